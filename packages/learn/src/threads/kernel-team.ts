import { Worker } from 'node:worker_threads';
import { SharedBlocks } from './shared-blocks.ts';

type Kernel = (...args: number[]) => number | void;
/** What a WebAssembly module offers: functions of numbers. */
type Kernels = { readonly [Name in string]: Kernel };

/** One thread of a team. It works on one call at a time. */
export interface KernelThread<K extends Kernels> {
  call<Name extends keyof K & string>(name: Name, ...args: Parameters<K[Name]>): Promise<ReturnType<K[Name]>>;
}

/** Threads that run the kernels of one module over one shared memory. Globals of the module are each thread's own. */
export interface KernelTeam<K extends Kernels> {
  readonly threads: readonly KernelThread<K>[];
  readonly memory: SharedBlocks;
}

/** A team that holds more than this is let go after its work: WebAssembly memory never shrinks. */
const keptBytes = 256 * 2 ** 20;

/**
 * Teams of one module (base64; its memory, shared, imported as env.memory). Threads take 70 ms to start, so that those that are done wait for the next
 * work. Waiting threads do not keep the process alive.
 */
export class KernelTeams<K extends Kernels> {
  readonly #code: string;
  #module: WebAssembly.Module | undefined;
  readonly #idle = new Map<number, Team<K>[]>();

  constructor(code: string) {
    this.#code = code;
  }

  /**
   * Lends a team to `work`, its memory empty but for what earlier work left there. With no thread (`threads` 0) the calls run here and now, which is right for
   * what is done sooner than a thread starts.
   */
  async lend<T>(threads: number, work: (team: KernelTeam<K>) => Promise<T>): Promise<T> {
    this.#module ??= new WebAssembly.Module(Uint8Array.from(atob(this.#code), (c) => c.charCodeAt(0)));
    const waiting = this.#idle.get(threads) ?? [];
    this.#idle.set(threads, waiting);
    const team = waiting.pop() ?? new Team<K>(this.#module, threads);
    team.wake();
    try {
      return await work(team);
    } finally {
      if (!team.isSound || team.memory.bytes > keptBytes || waiting.length > 0) await team.end();
      else {
        team.rest();
        waiting.push(team);
      }
    }
  }
}

class Team<K extends Kernels> implements KernelTeam<K> {
  readonly memory = new SharedBlocks();
  readonly threads: readonly KernelThread<K>[];
  readonly #workers: readonly WorkerThread[];

  constructor(module: WebAssembly.Module, threads: number) {
    this.#workers = Array.from({ length: threads }, () => new WorkerThread(module, this.memory.memory));
    this.threads =
      threads > 0
        ? this.#workers.map((worker) => ({
            call: (name, ...args) => worker.call(name, args) as never,
          }))
        : [inPlace(module, this.memory.memory)];
  }

  /** Has no thread died or failed? */
  get isSound(): boolean {
    return this.#workers.every((worker) => worker.isSound);
  }

  wake(): void {
    this.memory.clear();
    for (const { worker } of this.#workers) worker.ref();
  }

  rest(): void {
    for (const { worker } of this.#workers) worker.unref();
  }

  async end(): Promise<void> {
    await Promise.all(this.#workers.map(({ worker }) => worker.terminate()));
  }
}

function inPlace<K extends Kernels>(module: WebAssembly.Module, memory: WebAssembly.Memory): KernelThread<K> {
  const kernels = new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as K;
  return { call: async (name, ...args) => kernels[name](...args) as never };
}

type Reply = { readonly result: number } | { readonly error: string };

class WorkerThread {
  readonly worker: Worker;
  isSound = true;
  #settle: ((reply: Reply) => void) | null = null;

  constructor(module: WebAssembly.Module, memory: WebAssembly.Memory) {
    this.worker = new Worker(new URL('./kernel-thread.mjs', import.meta.url), {
      workerData: { module, memory },
      // The kernels need neither Node's loaders nor its flags.
      execArgv: [],
    });
    this.worker.on('message', (reply: Reply) => this.#answer(reply));
    this.worker.on('error', (error) => this.#answer({ error: error.message }));
    this.worker.on('exit', (code) => this.#answer({ error: `it ended with exit code ${code}` }));
  }

  call(name: string, args: readonly number[]): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#settle = (reply) => {
        if ('result' in reply) resolve(reply.result);
        else reject(new Error(`a thread failed: ${reply.error}`));
      };
      if (this.isSound) this.worker.postMessage({ name, args });
      else this.#answer({ error: 'it is gone' });
    });
  }

  #answer(reply: Reply): void {
    if ('error' in reply) this.isSound = false;
    this.#settle?.(reply);
    this.#settle = null;
  }
}

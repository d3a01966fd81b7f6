import { Worker } from 'node:worker_threads';

/** A worker module calls `serve` (serve.ts) with a function; `WorkerPool` runs that function on its threads, in order of arrival. */
export class WorkerPool<Task, Result> {
  readonly #idle: Worker[] = [];
  readonly #all: Worker[] = [];
  readonly #waiting: Job<Task, Result>[] = [];
  readonly #running = new Map<Worker, Job<Task, Result>>();
  readonly #start: () => void;
  /** Threads that have answered: only those are replaced when they die, so that a module that cannot load does not start for ever. */
  readonly #proven = new WeakSet<Worker>();
  #closed = false;

  /** @param module URL of the TypeScript module to run; `settings` reaches it once, before the first task. */
  constructor(module: URL, threads: number, settings: unknown) {
    this.#start = () => {
      const worker = new Worker(new URL('./entry.mjs', import.meta.url), {
        workerData: { module: module.href, settings },
      });
      worker.on('message', (reply: Reply<Result>) => this.#settle(worker, reply));
      worker.on('error', (error) => this.#fail(worker, error));
      worker.on('exit', (code) => {
        if (!this.#closed) this.#fail(worker, new Error(`a worker thread stopped with exit code ${code}`));
      });
      this.#all.push(worker);
      this.#idle.push(worker);
    };
    for (let i = 0; i < threads; i++) this.#start();
  }

  run(task: Task): Promise<Result> {
    if (this.#closed || this.#all.length === 0) {
      return Promise.reject(new Error('no worker thread is left to run this task'));
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({ task, resolve, reject });
      this.#next();
    });
  }

  /** Runs every task, at most `ahead` beyond the threads in flight, and yields results in the order of the tasks. */
  async *map(tasks: Iterable<Task>, ahead = 1): AsyncGenerator<Result> {
    const flying: Promise<Result>[] = [];
    const limit = this.#all.length + ahead;
    for (const task of tasks) {
      const promise = this.run(task);
      promise.catch(() => undefined); // a failure surfaces where it is awaited, below
      flying.push(promise);
      if (flying.length >= limit) yield await flying.shift()!;
    }
    while (flying.length > 0) yield await flying.shift()!;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all(this.#all.map((worker) => worker.terminate()));
  }

  #next(): void {
    while (this.#idle.length > 0 && this.#waiting.length > 0) {
      const worker = this.#idle.pop()!;
      const job = this.#waiting.shift()!;
      this.#running.set(worker, job);
      worker.postMessage(job.task);
    }
  }

  #settle(worker: Worker, reply: Reply<Result>): void {
    const job = this.#running.get(worker);
    this.#running.delete(worker);
    this.#proven.add(worker);
    this.#idle.push(worker);
    if (reply.ok) job?.resolve(reply.result);
    else job?.reject(reply.error);
    this.#next();
  }

  /** A thread died: its task fails, a new one takes its place; with no thread left everything waiting fails too. */
  #fail(worker: Worker, error: Error): void {
    const at = this.#all.indexOf(worker);
    if (at < 0) return;
    this.#all.splice(at, 1);
    const idle = this.#idle.indexOf(worker);
    if (idle >= 0) this.#idle.splice(idle, 1);
    this.#running.get(worker)?.reject(error);
    this.#running.delete(worker);
    if (this.#proven.has(worker) && !this.#closed) {
      this.#start();
      this.#next();
    }
    if (this.#all.length === 0) for (const job of this.#waiting.splice(0)) job.reject(error);
  }
}

interface Job<Task, Result> {
  readonly task: Task;
  resolve(result: Result): void;
  reject(error: unknown): void;
}

export type Reply<Result> =
  { readonly ok: true; readonly result: Result } | { readonly ok: false; readonly error: unknown };

import { fileURLToPath } from 'node:url';
import { LivingProcess } from './living-process.ts';
import { measureProcess } from './measure-process.ts';
import type { MeasuredProcess } from './measure-process.ts';

export const script = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** Python with astropy, sep and torch. */
export interface Peer {
  readonly python: string;
  /** `astropy 5.2.1, sep 1.2.1, torch 1.13.0a0, numpy 1.24.2` */
  readonly versions: string;
}

export class PeerMissing extends Error {
  override readonly name = 'PeerMissing';
}

/** The peer under this Python. @throws PeerMissing saying what it lacks */
export async function findPeer(python: string): Promise<Peer> {
  const install = 'sudo apt-get install python3-astropy python3-sep python3-torch (bench/README.md)';
  let answer: MeasuredProcess;
  try {
    answer = await runScanPeer(python, []);
  } catch (cause) {
    throw new PeerMissing(`no peer: '${python}' cannot be started; ${install}, or --python`, { cause });
  }
  if (answer.exitCode !== 0) {
    const reason = answer.stderr.trim().split('\n').at(-1);
    throw new PeerMissing(`no peer: ${python}: ${reason}; ${install}, or --python`);
  }
  const versions = JSON.parse(answer.stdout) as Record<string, string>;
  const names = ['astropy', 'sep', 'torch', 'numpy'].map((name) => `${name} ${versions[name]}`);
  return { python, versions: names.join(', ') };
}

/** `scan_peer.py` with these arguments, from start to exit. */
export function runScanPeer(python: string, args: readonly string[]): Promise<MeasuredProcess> {
  return measureProcess(python, ['-B', script('./scan_peer.py'), ...args]);
}

/**
 * Compares the peer's network with the reference in `folder` and finds its fastest variant on so many threads.
 * @throws Error where it differs by 1e-3 or more
 */
export async function chooseVariant(peer: Peer, folder: string, threads: number): Promise<PeerNetwork> {
  const done = await runScanPeer(peer.python, ['--network', folder, '--choose', String(threads)]);
  if (done.exitCode !== 0) throw new Error(`the peer's network: ${done.stderr.trim()}`);
  return JSON.parse(done.stdout) as PeerNetwork;
}

export interface PeerNetwork {
  readonly variant: string;
  /** Largest difference of a logit or map value from ours. */
  readonly difference: number;
}

/** `stages_peer.py`, alive until closed. */
export class StagesPeer {
  readonly #process: LivingProcess;

  constructor(python: string, args: readonly string[]) {
    this.#process = new LivingProcess(python, ['-B', script('./stages_peer.py'), ...args]);
  }

  /** The first answer, when everything is loaded. */
  async ready(): Promise<void> {
    await this.#process.answer();
  }

  /** Milliseconds of each repeat. */
  async time(stage: string, repeats: number): Promise<readonly number[]> {
    return (await this.#process.ask<{ ms?: readonly number[] }>({ stage, repeats })).ms ?? [];
  }

  /** Writes what the stage gives as float32. */
  async write(stage: string, path: string): Promise<void> {
    await this.#process.ask({ stage, write: path });
  }

  close(): Promise<void> {
    return this.#process.close();
  }
}

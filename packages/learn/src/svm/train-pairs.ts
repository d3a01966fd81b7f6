import { availableParallelism } from 'node:os';
import { WorkerPool } from '@blemish/engine/workers';
import type { FitContext } from '../learner.ts';
import { trainPair } from './train-pair.ts';
import type { PairResult, PairSettings, PairTask } from './train-pair.ts';

/** Below so many rows squared, over all tasks, threads cost more than they save. */
const worthThreads = 3e7;

/** The machines, on threads where there are enough rows. @throws DOMException AbortError when the signal fires. */
export async function trainPairs(
  settings: PairSettings,
  tasks: readonly PairTask[],
  { threads = availableParallelism(), signal, onProgress }: Omit<FitContext, 'seed'>,
): Promise<PairResult[]> {
  const results: PairResult[] = [];
  const done = (result: PairResult) => {
    results.push(result);
    onProgress?.(results.length, tasks.length);
  };
  const work = tasks.reduce((sum, { rows }) => sum + rows.length ** 2, 0);
  const used = Math.min(threads, tasks.length);
  signal?.throwIfAborted();
  if (used < 2 || work < worthThreads) {
    for (const task of tasks) {
      done(trainPair(settings, task));
      // Lets a signal in.
      await new Promise((resolve) => setImmediate(resolve));
      signal?.throwIfAborted();
    }
    return results;
  }
  const pool = new WorkerPool<PairTask, PairResult>(new URL('./worker.ts', import.meta.url), used, settings);
  const aborted = new Promise<never>((_, reject) => {
    signal?.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
  try {
    const collect = async () => {
      for await (const result of pool.map(tasks)) done(result);
    };
    await Promise.race([collect(), aborted]);
  } finally {
    await pool.close();
  }
  return results;
}

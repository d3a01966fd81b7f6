import { availableParallelism } from 'node:os';
import { WorkerPool } from '@blemish/engine/workers';
import type { RecordFormat } from './record-format.ts';
import { SampleStore } from './sample-store.ts';

export interface SimulatedStoreOptions<Sample> {
  readonly folder: string;
  readonly length: number;
  /** Of all settings that the samples come from. */
  readonly key: string;
  readonly format: RecordFormat<Sample>;
  /** Module that serves one task with one sample; `settings` reach it once. */
  readonly worker: URL;
  readonly settings: unknown;
  /** What the worker is given for sample i. */
  readonly taskOf: (i: number) => number;
  /** Called with the number of samples there are. */
  readonly onSample: (done: number) => void;
  readonly signal?: AbortSignal | undefined;
}

/** A set of samples on disk, made in worker threads where it is not there yet; making it resumes where it stopped. */
export function simulatedStore<Sample>(options: SimulatedStoreOptions<Sample>): Promise<SampleStore<Sample>> {
  const { folder, key, length, format, worker, settings, taskOf, onSample, signal } = options;
  return SampleStore.open(folder, key, length, format, async function* (from, to) {
    const pool = new WorkerPool<number, Sample>(worker, availableParallelism(), settings);
    try {
      const tasks = Array.from({ length: to - from }, (_, i) => taskOf(from + i));
      let done = from;
      for await (const sample of pool.map(tasks)) {
        signal?.throwIfAborted();
        yield sample;
        onSample(++done);
      }
    } finally {
      await pool.close();
    }
  });
}

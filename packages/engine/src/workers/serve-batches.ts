import type { Transferable } from 'node:worker_threads';
import type { Feeds } from '../training/training-graph.ts';
import type { BatchRequest } from './batch-loader.ts';
import { serve, workerSettings } from './serve.ts';

/**
 * Answers a `BatchLoader`: `prepare` gets its settings once (to open files, say) and gives the function that makes batches. That must
 * depend on nothing but epoch and batch: draw random numbers from a generator seeded with both. The arrays are moved, not copied: make
 * new ones for each batch.
 */
export function serveBatches<Settings>(
  prepare: (settings: Settings) => (request: BatchRequest) => Promise<Feeds> | Feeds,
): void {
  const make = prepare(workerSettings<Settings>());
  serve(make, (feeds) => [
    ...new Set(Object.values(feeds).map(({ buffer }) => buffer as Transferable & ArrayBuffer)),
  ]);
}

import { TrainingError } from '../training/options.ts';
import type { Feeds } from '../training/training-graph.ts';
import { WorkerPool } from './pool.ts';

/** A batch to make: `batch` of `epoch`, both from 0. */
export interface BatchRequest {
  readonly epoch: number;
  readonly batch: number;
}

export interface LoaderOptions {
  /** A module that calls `serveBatches` (serve-batches.ts): it makes the batches, in each worker thread. */
  readonly module: URL;
  /** Reaches the module once in each thread, before the first batch. */
  readonly settings: unknown;
  readonly workers: number;
  /** Batches made ahead of the one in use; by default two for each worker. They bound the memory. */
  readonly prefetch?: number;
}

/**
 * Makes the batches of a training in worker threads, which keep some ready while the network is busy. It knows no model and no data:
 * a batch is what the module makes of its epoch and number, so that the order is the same whatever the number of workers, and a
 * training resumed within an epoch asks for the missing batches only.
 */
export class BatchLoader {
  readonly #pool: WorkerPool<BatchRequest, Feeds>;
  readonly #prefetch: number;

  constructor({ module, settings, workers, prefetch = 2 * workers }: LoaderOptions) {
    if (!(Number.isInteger(workers) && workers >= 1 && Number.isInteger(prefetch) && prefetch >= 1)) {
      throw new RangeError(
        `workers ${workers} and prefetch ${prefetch} must be whole numbers of at least 1; give at least one of each`,
      );
    }
    this.#pool = new WorkerPool(module, workers, settings);
    this.#prefetch = prefetch;
  }

  /**
   * Batches `from` to `count` − 1 of an epoch, in order. Throws TrainingError BATCH_FAILED naming the first batch that could not be made.
   */
  async *epoch(epoch: number, count: number, from = 0): AsyncGenerator<Feeds, void> {
    const flying: { readonly request: BatchRequest; readonly feeds: Promise<Feeds> }[] = [];
    let next = from;
    while (next < count || flying.length > 0) {
      while (next < count && flying.length <= this.#prefetch) {
        const request = { epoch, batch: next++ };
        const feeds = this.#pool.run(request);
        feeds.catch(() => undefined); // surfaces where it is awaited, below
        flying.push({ request, feeds });
      }
      const { request, feeds } = flying.shift()!;
      yield await feeds.catch((cause: unknown) => {
        const reason = cause instanceof Error ? cause.message : String(cause);
        const where = `epoch ${request.epoch}, batch ${request.batch}`;
        throw new TrainingError('BATCH_FAILED', `${where} could not be made: ${reason}`, { cause });
      });
    }
  }

  close(): Promise<void> {
    return this.#pool.close();
  }
}

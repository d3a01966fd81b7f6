import type { Transferable } from 'node:worker_threads';
import { serve, workerSettings } from '@blemish/engine/workers';
import type { Matrix } from '../matrix.ts';
import { ExactSearch } from './exact-search.ts';
import type { MetricOptions } from './metric.ts';
import type { Neighbors } from './neighbors.ts';

/** A thread of `nearestNeighbors`: answers some of the queries. */
export interface SearchSettings {
  readonly reference: Matrix;
  readonly options: MetricOptions;
}

export interface SearchTask {
  readonly queries: Matrix;
  readonly k: number;
}

const { reference, options } = workerSettings<SearchSettings>();
const exact = new ExactSearch(reference, options);
serve<SearchTask, Neighbors>(
  ({ queries, k }) => exact.search(queries, k),
  ({ indices, distances }) => [indices.buffer, distances.buffer] as Transferable[],
);

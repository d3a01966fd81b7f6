import { availableParallelism } from 'node:os';
import { WorkerPool } from '@blemish/engine/workers';
import { checkInput } from '../check-training.ts';
import type { Matrix } from '../matrix.ts';
import { approximateSearch } from './approximate-search.ts';
import { ExactSearch } from './exact-search.ts';
import type { MetricOptions } from './metric.ts';
import type { Neighbors } from './neighbors.ts';
import type { SearchSettings, SearchTask } from './worker.ts';

export interface NeighborOptions extends MetricOptions {
  /** `exact` where absent; `approximate` is for references of more than some 10⁵ rows. */
  readonly search?: 'exact' | 'approximate';
  /** The queries are the reference rows themselves, and none is its own neighbor. */
  readonly skipSelf?: boolean;
  /** Threads that exact search may use (all cores). The result is the same with any number. */
  readonly threads?: number;
  readonly signal?: AbortSignal | undefined;
}

/** Below so many products threads cost more than they save. */
const worthThreads = 1.5e10;
const rowsPerTask = 512;

/**
 * The `k` reference rows nearest to each query, from near to far, equally distant ones in the order of the reference. Where more rows
 * are equally distant than there is room for, those are kept that scikit-learn's brute force keeps.
 *
 * @throws RangeError on fewer than `k` reference rows, another number of columns, NaN or infinite numbers (row and column named).
 */
export async function nearestNeighbors(
  reference: Matrix,
  queries: Matrix,
  k: number,
  options: NeighborOptions = {},
): Promise<Neighbors> {
  const { skipSelf = false, search = 'exact', signal } = options;
  const available = reference.rows - (skipSelf ? 1 : 0);
  if (!Number.isInteger(k) || k < 1 || k > available) {
    throw new RangeError(`${k} neighbors of ${available} rows: ask for 1 to ${available}`);
  }
  checkInput(reference, reference.columns, 'refused');
  checkInput(queries, reference.columns, 'refused');
  signal?.throwIfAborted();
  const wanted = skipSelf ? k + 1 : k;
  const found =
    search === 'exact'
      ? await searchExactly(reference, queries, wanted, options)
      : (await approximateSearch(reference, options)).search(queries, wanted);
  return skipSelf ? withoutSelf(found) : found;
}

async function searchExactly(
  reference: Matrix,
  queries: Matrix,
  k: number,
  { metric, p, threads = availableParallelism(), signal }: NeighborOptions,
): Promise<Neighbors> {
  const compared = { ...(metric && { metric }), ...(p !== undefined && { p }) };
  const tasks = Math.ceil(queries.rows / rowsPerTask);
  const used = Math.min(threads, tasks);
  if (used < 2 || queries.rows * reference.rows * reference.columns < worthThreads) {
    return new ExactSearch(reference, compared).search(queries, k);
  }
  const shared = new Float64Array(new SharedArrayBuffer(reference.data.byteLength));
  shared.set(reference.data);
  const settings: SearchSettings = { reference: { ...reference, data: shared }, options: compared };
  const pool = new WorkerPool<SearchTask, Neighbors>(new URL('./worker.ts', import.meta.url), used, settings);
  const indices = new Int32Array(queries.rows * k);
  const distances = new Float64Array(queries.rows * k);
  try {
    let at = 0;
    for await (const part of pool.map(slices(queries, k))) {
      signal?.throwIfAborted();
      indices.set(part.indices, at);
      distances.set(part.distances, at);
      at += part.indices.length;
    }
  } finally {
    await pool.close();
  }
  return { k, indices, distances };
}

function* slices({ rows, columns, data }: Matrix, k: number): Generator<SearchTask> {
  for (let from = 0; from < rows; from += rowsPerTask) {
    const count = Math.min(rowsPerTask, rows - from);
    const part = data.slice(from * columns, (from + count) * columns);
    yield { queries: { rows: count, columns, data: part }, k };
  }
}

/** Row i's own entry left out; where equally near copies of the row crowded it out, the last entry. */
function withoutSelf({ k: wide, indices, distances }: Neighbors): Neighbors {
  const k = wide - 1;
  const rows = indices.length / wide;
  const kept = { k, indices: new Int32Array(rows * k), distances: new Float64Array(rows * k) };
  for (let i = 0; i < rows; i++) {
    const row = indices.subarray(i * wide, (i + 1) * wide);
    const self = row.indexOf(i) < 0 ? k : row.indexOf(i);
    for (let j = 0; j < k; j++) {
      const from = i * wide + j + (j >= self ? 1 : 0);
      kept.indices[i * k + j] = indices[from];
      kept.distances[i * k + j] = distances[from];
    }
  }
  return kept;
}

import type { Matrix } from '../matrix.ts';
import { unitRows } from './metric.ts';
import type { MetricOptions } from './metric.ts';
import type { Neighbors, NeighborSearch } from './neighbors.ts';

/**
 * Approximate neighbors through a graph of small worlds (Malkov & Yashunin 2018, HNSW) of the `usearch` library, in single precision. It
 * is built on one thread, so that the same rows give the same graph. A query may miss a few of its true neighbors.
 * @throws RangeError on a metric other than euclidean and cosine, which the library has not.
 */
export async function approximateSearch(reference: Matrix, options: MetricOptions): Promise<NeighborSearch> {
  const { metric = 'euclidean' } = options;
  if (metric !== 'euclidean' && metric !== 'cosine') {
    throw new RangeError(
      `metric ${metric} has no approximate search: use search 'exact', or euclidean or cosine`,
    );
  }
  // Loaded only where asked for: it is native code.
  const { Index, MetricKind, ScalarKind } = await import('usearch');
  const cosine = metric === 'cosine';
  const index = new Index({
    dimensions: reference.columns,
    metric: MetricKind.L2sq,
    quantization: ScalarKind.F32,
    connectivity: 16,
    expansion_add: 128,
    expansion_search: 64,
    multi: false,
  });
  const rows = cosine ? unitRows(reference) : reference;
  const keys = BigUint64Array.from({ length: rows.rows }, (_, i) => BigInt(i));
  index.add(keys, Float32Array.from(rows.data), 1);
  return {
    search(queries: Matrix, k: number): Neighbors {
      const asked = Float32Array.from((cosine ? unitRows(queries) : queries).data);
      const found = index.search(asked, k, 1);
      const indices = Int32Array.from(found.keys, Number);
      const squares = Float64Array.from(found.distances);
      return { k, indices, distances: cosine ? squares.map((d) => d / 2) : squares.map(Math.sqrt) };
    },
  };
}

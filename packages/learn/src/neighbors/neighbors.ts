import type { Matrix } from '../matrix.ts';

/** For each query, in order, its `k` neighbors from near to far. */
export interface Neighbors {
  readonly k: number;
  /** [queries, k] rows of the reference, from 0. */
  readonly indices: Int32Array;
  /** [queries, k] */
  readonly distances: Float64Array;
}

/** A reference prepared for queries. */
export interface NeighborSearch {
  /** @param k at most the rows of the reference */
  search(queries: Matrix, k: number): Neighbors;
}

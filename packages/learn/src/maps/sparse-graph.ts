import type { Neighbors } from '../neighbors/neighbors.ts';

/** A symmetric sparse matrix, row after row: entries starts[i] … starts[i + 1] − 1 are those of row i, columns ascending. */
export interface SparseGraph {
  readonly starts: Int32Array;
  readonly columns: Int32Array;
  readonly values: Float64Array;
}

/**
 * The graph of both directions: `join(a, b)` of the value from i to j and the one from j to i, 0 where one is not the other's neighbor.
 * @param values [rows, k], beside the neighbors; none is a row's own
 */
export function symmetricGraph(
  { k, indices }: Neighbors,
  values: Float64Array,
  join: (a: number, b: number) => number,
): SparseGraph {
  const rows = indices.length / k;
  // Edges into each row, in the order of the rows they come from.
  const into = new Int32Array(rows + 1);
  for (const j of indices) into[j + 1]++;
  for (let i = 0; i < rows; i++) into[i + 1] += into[i];
  const sources = new Int32Array(indices.length);
  const sourceValues = new Float64Array(indices.length);
  const next = into.slice(0, rows);
  for (let e = 0; e < indices.length; e++) {
    const at = next[indices[e]]++;
    sources[at] = Math.floor(e / k);
    sourceValues[at] = values[e];
  }
  const starts = new Int32Array(rows + 1);
  const columns = new Int32Array(2 * indices.length);
  const joined = new Float64Array(2 * indices.length);
  const order = Int32Array.from({ length: k }, (_, e) => e);
  let count = 0;
  for (let i = 0; i < rows; i++) {
    order.sort((a, b) => indices[i * k + a] - indices[i * k + b]);
    let out = 0;
    let back = into[i];
    while (out < k || back < into[i + 1]) {
      const own = out < k ? indices[i * k + order[out]] : rows;
      const other = back < into[i + 1] ? sources[back] : rows;
      columns[count] = Math.min(own, other);
      joined[count++] = join(
        own <= other ? values[i * k + order[out++]] : 0,
        other <= own ? sourceValues[back++] : 0,
      );
    }
    starts[i + 1] = count;
  }
  return { starts, columns: columns.slice(0, count), values: joined.slice(0, count) };
}

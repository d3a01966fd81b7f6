import { Matrix as Dense, SingularValueDecomposition } from 'ml-matrix';
import { matrix } from '../matrix.ts';
import type { Matrix } from '../matrix.ts';
import { rowProduct } from './row-product.ts';

/** Directions beyond those wanted, and passes over the rows and columns: scikit-learn's defaults for few directions of many. */
const [more, passes] = [10, 7];

/**
 * The largest singular values of the rows of x and their right singular vectors, by random projections (Halko, Martinsson & Tropp 2011,
 * SIAM Review 53, 217, algorithm 4.4 with 4.3's orthogonal steps). The work is that of some thirty products of x with `count` + 10 vectors,
 * where a full decomposition of as many rows and columns would take thousands.
 * @param count at most the smaller extent of x
 * @param normal standard normal numbers
 * @returns `values` [count], falling, and `directions` [count, columns], rows of length 1
 */
export function randomizedAxes(
  x: Matrix,
  count: number,
  normal: () => number,
): { readonly values: Float64Array; readonly directions: Float64Array } {
  const { rows: n, columns: p } = x;
  const wide = Math.min(count + more, n, p);
  const turned = transposed(x);
  // Both hold their vectors as rows: [wide, p] and [wide, n].
  let right = orthonormal({
    rows: wide,
    columns: p,
    data: Float64Array.from({ length: wide * p }, () => normal()),
  });
  let left = right;
  for (let pass = 0; pass <= passes; pass++) {
    left = orthonormal(products(x, right));
    if (pass < passes) right = orthonormal(products(turned, left));
  }
  // [wide, p]: the rows of x seen along the left vectors.
  const seen = products(turned, left);
  const found = new SingularValueDecomposition(Dense.from1DArray(wide, p, seen.data), {
    autoTranspose: true,
    computeLeftSingularVectors: false,
    computeRightSingularVectors: true,
  });
  const vectors = found.rightSingularVectors;
  const directions = new Float64Array(count * p);
  for (let k = 0; k < count; k++) for (let j = 0; j < p; j++) directions[k * p + j] = vectors.get(j, k);
  return { values: Float64Array.from(found.diagonal.slice(0, count)), directions };
}

/** Vectors · rowsᵀ, [vectors, rows]. */
function products(x: Matrix, vectors: Matrix): Matrix {
  const out = matrix(vectors.rows, x.rows);
  const multiply = rowProduct(vectors.data, new Float64Array(x.columns));
  multiply(x, (results, width, from, rows) => {
    for (let i = 0; i < rows; i++)
      for (let k = 0; k < vectors.rows; k++) out.data[k * x.rows + from + i] = results[i * width + k];
  });
  return out;
}

function transposed({ rows, columns, data }: Matrix): Matrix {
  const out = matrix(columns, rows);
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < columns; j++) out.data[j * rows + i] = data[i * columns + j];
  return out;
}

/** The rows made orthogonal and of length 1, in place (modified Gram–Schmidt, twice for the sake of rounding). */
function orthonormal(vectors: Matrix): Matrix {
  const { rows, columns, data } = vectors;
  for (let round = 0; round < 2; round++) {
    for (let k = 0; k < rows; k++) {
      const own = data.subarray(k * columns, (k + 1) * columns);
      for (let m = 0; m < k; m++) {
        const before = data.subarray(m * columns, (m + 1) * columns);
        let share = 0;
        for (let j = 0; j < columns; j++) share += own[j] * before[j];
        for (let j = 0; j < columns; j++) own[j] -= share * before[j];
      }
      let sum = 0;
      for (let j = 0; j < columns; j++) sum += own[j] * own[j];
      const length = Math.sqrt(sum);
      // A row that lies in those before it, but for rounding, is left out of what follows.
      if (length > 0) for (let j = 0; j < columns; j++) own[j] /= length;
    }
  }
  return vectors;
}

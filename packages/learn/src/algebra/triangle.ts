import type { Matrix } from '../matrix.ts';
import { dot } from './dot.ts';

/** Rows taken at a time: a block of them stays in the cache while it is reduced. */
const blockRows = 256;

/**
 * The upper triangle R [p, p], row after row, of the QR decomposition of the rows (vᵢ − center)·√wᵢ: RᵀR is their scatter matrix, and R has
 * their singular values, without the loss of digits that forming the scatter matrix brings. Blocks of rows are folded into R one after
 * the other by Householder reflections (Golub & Van Loan 2013, 5.1 and 5.2; "tall and skinny QR").
 */
export function scatterTriangle(
  { rows, columns: p, data }: Matrix,
  center: ArrayLike<number>,
  weights?: ArrayLike<number>,
): Float64Array {
  const triangle = new Float64Array(p * p);
  const block = new Float64Array(p * blockRows);
  for (let from = 0; from < rows; from += blockRows) {
    const count = Math.min(blockRows, rows - from);
    for (let j = 0; j < p; j++) {
      for (let i = 0; i < count; i++) {
        const root = weights === undefined ? 1 : Math.sqrt(weights[from + i]);
        block[j * blockRows + i] = (data[(from + i) * p + j] - center[j]) * root;
      }
    }
    foldBlock(triangle, block, p, count);
  }
  return triangle;
}

/** Reflects the block's columns (each `blockRows` apart) to 0, column by column, into the triangle. */
function foldBlock(triangle: Float64Array, block: Float64Array, p: number, count: number): void {
  for (let k = 0; k < p; k++) {
    const own = block.subarray(k * blockRows, k * blockRows + count);
    const below = dot(own, 0, own, 0, count);
    if (below === 0) continue;
    const head = triangle[k * p + k];
    const norm = Math.sqrt(head * head + below);
    // The reflection vector is (head ± norm, own), its sign chosen so that nothing cancels.
    const first = head > 0 ? head + norm : head - norm;
    const factor = 2 / (first * first + below);
    triangle[k * p + k] = head > 0 ? -norm : norm;
    for (let j = k + 1; j < p; j++) {
      const other = block.subarray(j * blockRows, j * blockRows + count);
      const product = factor * (first * triangle[k * p + j] + dot(own, 0, other, 0, count));
      triangle[k * p + j] -= product * first;
      for (let i = 0; i < count; i++) other[i] -= product * own[i];
    }
  }
}

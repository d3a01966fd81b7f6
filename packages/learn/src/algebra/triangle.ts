import { KernelInstance } from '../kernel-instance.ts';
import type { Matrix } from '../matrix.ts';
import { linearWasm } from '../wasm/linear.generated.ts';
import type { LinearKernels } from './linear-kernels.ts';

/** Rows taken at a time, a multiple of 4: a block of them stays in the cache while it is reduced. */
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
  const kernels = new KernelInstance<LinearKernels>(linearWasm, 8 * p * (p + blockRows) + 32);
  const triangle = kernels.f64(p * p);
  const block = kernels.f64(p * blockRows);
  for (let from = 0; from < rows; from += blockRows) {
    const count = Math.min(blockRows, rows - from);
    // The last block is filled up with rows of 0, which change nothing.
    if (count < blockRows) block.data.fill(0);
    for (let i = 0; i < count; i++) {
      const root = weights === undefined ? 1 : Math.sqrt(weights[from + i]);
      for (let j = 0, at = (from + i) * p; j < p; j++, at++) {
        block.data[j * blockRows + i] = (data[at] - center[j]) * root;
      }
    }
    kernels.run.foldBlock(triangle.address, block.address, p, blockRows);
  }
  return triangle.data.slice();
}

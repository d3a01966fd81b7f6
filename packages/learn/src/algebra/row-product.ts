import { KernelInstance } from '../kernel-instance.ts';
import type { Matrix } from '../matrix.ts';
import { linearWasm } from '../wasm/linear.generated.ts';
import type { LinearKernels } from './linear-kernels.ts';

/** Rows multiplied at a time, a multiple of 4. */
const blockRows = 256;

/** Results of rows `from` … `from + count` − 1: row i's are the first k of `width` numbers from `i · width`. Valid until the next call. */
type Take = (results: Float64Array, width: number, from: number, count: number) => void;

/**
 * (x − center)·Wᵀ for W [k, p] and any number of rows, finite ones, handed over block by block. A row's result does not hang on the rows
 * beside it. The native memory is taken on first use.
 */
export function rowProduct(weights: Float64Array, center: Float64Array): (x: Matrix, take: Take) => void {
  const p = center.length;
  let compiled: ReturnType<typeof compile> | null = null;
  return (x, take) => {
    const { run, rows, packed, out, width } = (compiled ??= compile(weights, p, weights.length / p));
    for (let from = 0; from < x.rows; from += blockRows) {
      const count = Math.min(blockRows, x.rows - from);
      centered(x, from, count, center, rows.data);
      // What an earlier block left in the rows that fill the last four up is multiplied too, and not read.
      run.multiply(rows.address, Math.ceil(count / 4) * 4, p, packed.address, width / 4, out.address);
      take(out.data, width, from, count);
    }
  };
}

function centered(x: Matrix, first: number, count: number, center: Float64Array, to: Float64Array): void {
  const p = center.length;
  for (let i = 0, at = 0, from = first * p; i < count; i++) {
    for (let j = 0; j < p; j++) to[at++] = x.data[from++] - center[j];
  }
}

/** The kernels with W packed as they read it: [group][column][4 outputs], zeros beyond the last. */
function compile(weights: Float64Array, p: number, k: number) {
  const width = Math.ceil(k / 4) * 4;
  const bytes = 8 * (blockRows * (p + width) + p * width) + 64;
  const kernels = new KernelInstance<LinearKernels>(linearWasm, bytes);
  const rows = kernels.f64(blockRows * p);
  const packed = kernels.f64(p * width);
  const out = kernels.f64(blockRows * width);
  for (let o = 0; o < k; o++) {
    for (let j = 0; j < p; j++) packed.data[((o >> 2) * p + j) * 4 + (o & 3)] = weights[o * p + j];
  }
  return { run: kernels.run, rows, packed, out, width };
}

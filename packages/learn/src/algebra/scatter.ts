import type { Matrix } from '../matrix.ts';

/** Σ w (v − center)(v − center)ᵀ over rows: [p, p] row after row, its lower triangle; 0 above the diagonal. */
export function scatter(
  { rows, columns: p, data }: Matrix,
  center: ArrayLike<number>,
  weights?: ArrayLike<number>,
): Float64Array {
  const sums = new Float64Array(p * p);
  const row = new Float64Array(p);
  for (let i = 0; i < rows; i++) {
    const weight = weights?.[i] ?? 1;
    for (let j = 0; j < p; j++) row[j] = data[i * p + j] - center[j];
    for (let j = 0; j < p; j++) {
      const scaled = weight * row[j];
      for (let k = 0, at = j * p; k <= j; k++, at++) sums[at] += scaled * row[k];
    }
  }
  return sums;
}

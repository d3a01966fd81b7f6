import { dot } from './dot.ts';

/**
 * Cholesky decomposition in place: the lower triangle L of a symmetric matrix A = L·Lᵀ, [p, p] row after row; what is above the
 * diagonal is left as it was. False where A is not positive definite.
 */
export function cholesky(a: Float64Array, p: number): boolean {
  for (let j = 0; j < p; j++) {
    for (let i = j; i < p; i++) {
      const sum = a[i * p + j] - dot(a, i * p, a, j * p, j);
      if (i > j) a[i * p + j] = sum / a[j * p + j];
      else if (sum > 0) a[j * p + j] = Math.sqrt(sum);
      else return false;
    }
  }
  return true;
}

/** The inverse of L, [p, p] row after row with zeros above the diagonal. */
export function inverseLower(l: Float64Array, p: number): Float64Array {
  const inverse = new Float64Array(p * p);
  const column = new Float64Array(p);
  for (let j = 0; j < p; j++) {
    column.fill(0);
    column[j] = 1;
    solveLower(l, p, column);
    for (let i = j; i < p; i++) inverse[i * p + j] = column[i];
  }
  return inverse;
}

/** Solves A·z = v, A = L·Lᵀ, L as {@link cholesky} leaves it, in place. */
export function solveCholesky(l: Float64Array, p: number, v: Float64Array): void {
  solveLower(l, p, v);
  for (let i = p - 1; i >= 0; i--) {
    v[i] /= l[i * p + i];
    for (let k = 0; k < i; k++) v[k] -= l[i * p + k] * v[i];
  }
}

/** Solves L·z = v in place. */
function solveLower(l: Float64Array, p: number, v: Float64Array): void {
  for (let i = 0; i < p; i++) v[i] = (v[i] - dot(l, i * p, v, 0, i)) / l[i * p + i];
}

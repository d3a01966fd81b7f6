/**
 * Cholesky decomposition in place: the lower triangle L of a symmetric matrix A = L·Lᵀ, [p, p] row after row; what is above the
 * diagonal is left as it was. False where A is not positive definite.
 */
export function cholesky(a: Float64Array, p: number): boolean {
  for (let j = 0; j < p; j++) {
    for (let i = j; i < p; i++) {
      let sum = a[i * p + j];
      for (let k = 0; k < j; k++) sum -= a[i * p + k] * a[j * p + k];
      if (i > j) a[i * p + j] = sum / a[j * p + j];
      else if (sum > 0) a[j * p + j] = Math.sqrt(sum);
      else return false;
    }
  }
  return true;
}

/** Solves L·z = v in place, L as {@link cholesky} leaves it. */
export function solveLower(l: Float64Array, p: number, v: Float64Array): void {
  for (let i = 0; i < p; i++) {
    let sum = v[i];
    for (let k = 0; k < i; k++) sum -= l[i * p + k] * v[k];
    v[i] = sum / l[i * p + i];
  }
}

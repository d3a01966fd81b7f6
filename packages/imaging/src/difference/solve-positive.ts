/** A pivot below this share of its diagonal is what rounding leaves of zero. */
const leastPivot = 1e-11;

/**
 * Solves A z = v for a symmetric positive definite A by Cholesky's decomposition, z in place of v; the lower triangle of A is overwritten. False, and v as it
 * was, where A is not positive definite to rounding: the equations do not fix z.
 * @param a n × n, row-major. @param v n values
 */
export function solvePositive(a: Float64Array, v: Float64Array): boolean {
  const n = v.length;
  for (let j = 0; j < n; j++) {
    const diagonal = a[j * n + j];
    for (let i = j; i < n; i++) {
      let sum = a[i * n + j];
      for (let k = 0; k < j; k++) sum -= a[i * n + k] * a[j * n + k];
      if (i > j) a[i * n + j] = sum / a[j * n + j];
      else if (sum > leastPivot * diagonal) a[j * n + j] = Math.sqrt(sum);
      else return false;
    }
  }
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < i; k++) v[i] -= a[i * n + k] * v[k];
    v[i] /= a[i * n + i];
  }
  for (let i = n - 1; i >= 0; i--) {
    for (let k = i + 1; k < n; k++) v[i] -= a[k * n + i] * v[k];
    v[i] /= a[i * n + i];
  }
  return true;
}

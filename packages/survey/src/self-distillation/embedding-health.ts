/** What tells embeddings that differ from embeddings that are all alike. */
export interface EmbeddingHealth {
  /** Root mean variance of their numbers over samples, as a share of their root mean square: 0 where all samples have one embedding. */
  readonly deviation: number;
  /** Effective rank of their covariance, (Σλ)²/Σλ²: how many directions they spread over, 1 where one has all. */
  readonly rank: number;
}

/** @param rows [n, width], n ≥ 2; finite */
export function embeddingHealth(rows: Float32Array, width: number): EmbeddingHealth {
  const n = rows.length / width;
  const mean = new Float64Array(width);
  let square = 0;
  for (let i = 0; i < rows.length; i++) {
    mean[i % width] += rows[i] / n;
    square += rows[i] * rows[i];
  }
  const covariance = new Float64Array(width * width);
  const centred = new Float64Array(width);
  for (let row = 0; row < n; row++) {
    for (let k = 0; k < width; k++) centred[k] = rows[row * width + k] - mean[k];
    for (let k = 0; k < width; k++)
      for (let l = 0; l <= k; l++) covariance[k * width + l] += (centred[k] * centred[l]) / n;
  }
  let [trace, squares] = [0, 0];
  for (let k = 0; k < width; k++) {
    trace += covariance[k * width + k];
    squares += covariance[k * width + k] ** 2;
    for (let l = 0; l < k; l++) squares += 2 * covariance[k * width + l] ** 2;
  }
  return {
    deviation: square > 0 ? Math.sqrt(trace / (square / n)) : 0,
    rank: squares > 0 ? trace ** 2 / squares : 1,
  };
}

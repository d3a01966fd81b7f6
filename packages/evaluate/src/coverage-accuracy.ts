/** Accuracy of the most confident part of the data against the size of that part. */
export interface CoverageAccuracy {
  readonly coverage: Float64Array;
  readonly accuracy: Float64Array;
  /** Confidence at which the part ends: abstain below it. */
  readonly confidence: Float64Array;
}

/**
 * Coverage–accuracy curve of a classifier that may abstain (El-Yaniv and Wiener 2010): decide only where `confidence`
 * (e.g. max(p, 1 − p)) is highest. Equal confidences enter together. Empty on no data.
 * @param correct 1 where the decision is right, else 0.
 */
export function coverageAccuracy(
  confidence: ArrayLike<number>,
  correct: ArrayLike<number>,
): CoverageAccuracy {
  const n = confidence.length;
  if (correct.length !== n) throw new RangeError(`correct has ${correct.length} entries, confidence ${n}`);
  const order = Uint32Array.from({ length: n }, (_, i) => i).sort((i, j) => confidence[j] - confidence[i]);
  const coverage: number[] = [];
  const accuracy: number[] = [];
  const cut: number[] = [];
  let right = 0;
  for (let k = 0; k < n; k++) {
    right += correct[order[k]];
    if (k === n - 1 || confidence[order[k + 1]] !== confidence[order[k]]) {
      coverage.push((k + 1) / n);
      accuracy.push(right / (k + 1));
      cut.push(confidence[order[k]]);
    }
  }
  return {
    coverage: Float64Array.from(coverage),
    accuracy: Float64Array.from(accuracy),
    confidence: Float64Array.from(cut),
  };
}

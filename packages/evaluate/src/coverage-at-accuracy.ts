/**
 * Largest share of the rows, the most confident first, that is right at least as often as asked: a point of the coverage–accuracy curve
 * (`coverageAccuracy`) for weights of the rows, what a bootstrap calls for each resample. 0 where no part is. Equal confidences enter
 * together.
 * @param correct 1 where the decision is right, else 0
 * @throws RangeError on other lengths, or an accuracy that is no share
 */
export function coverageAtAccuracy(
  confidence: ArrayLike<number>,
  correct: ArrayLike<number>,
  accuracy: number,
): (weights: ArrayLike<number>) => number {
  const n = confidence.length;
  if (correct.length !== n) throw new RangeError(`correct has ${correct.length} entries, confidence ${n}`);
  if (!(accuracy >= 0 && accuracy <= 1))
    throw new RangeError(`accuracy is ${accuracy}: give a share in [0, 1]`);
  const order = Uint32Array.from({ length: n }, (_, i) => i).sort((i, j) => confidence[j] - confidence[i]);
  return (weights) => {
    let total = 0;
    let right = 0;
    let reached = 0;
    for (let k = 0; k < n; k++) {
      const i = order[k];
      total += weights[i];
      right += weights[i] * correct[i];
      const ends = k === n - 1 || confidence[order[k + 1]] !== confidence[i];
      // Rounding of sums of whole weights must not lose a part that is right exactly as often.
      if (ends && right >= accuracy * total * (1 - 1e-12)) reached = total;
    }
    return total === 0 ? 0 : reached / total;
  };
}

import type { BinaryScores } from './types.ts';

/**
 * Refuses what no metric can use.
 * @throws RangeError on unequal lengths, a label that is not 0 or 1, a score that is not finite, a negative weight.
 */
export function checkScores({ scores, labels, weights }: BinaryScores): void {
  const n = scores.length;
  if (labels.length !== n) {
    throw new RangeError(`labels has ${labels.length} entries, scores ${n}: give one label a score`);
  }
  if (weights !== undefined && weights.length !== n) {
    throw new RangeError(`weights has ${weights.length} entries, scores ${n}: give one weight a score`);
  }
  for (let i = 0; i < n; i++) {
    if (!Number.isFinite(scores[i])) {
      throw new RangeError(`scores[${i}] is ${scores[i]}: leave out images without a score before measuring`);
    }
    if (labels[i] !== 0 && labels[i] !== 1)
      throw new RangeError(`labels[${i}] is ${labels[i]}: labels are 0 or 1`);
    if (weights !== undefined && !(weights[i] >= 0 && weights[i] < Infinity)) {
      throw new RangeError(`weights[${i}] is ${weights[i]}: weights are finite and not negative`);
    }
  }
}

/** @throws RangeError where a score is outside [0, 1]. */
export function checkProbabilities(probabilities: ArrayLike<number>): void {
  for (let i = 0; i < probabilities.length; i++) {
    if (!(probabilities[i] >= 0 && probabilities[i] <= 1)) {
      throw new RangeError(
        `probability ${i} is ${probabilities[i]}: give probabilities in [0, 1], not logits`,
      );
    }
  }
}

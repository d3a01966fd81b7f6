import { RowError, noAnswer } from '../check-training.ts';
import { matrix } from '../matrix.ts';
import type { Matrix } from '../matrix.ts';

/**
 * [n, K] scores → probabilities, in place: exp(s − max) over their sum, row by row. A score of −∞ is probability 0.
 * @throws RowError on a row whose largest score is not finite
 */
export function softmaxRows(scores: Matrix): Matrix {
  const { rows, columns, data } = scores;
  for (let i = 0; i < rows; i++) {
    const row = data.subarray(i * columns, (i + 1) * columns);
    let most = -Infinity;
    for (let k = 0; k < columns; k++) most = Math.max(most, row[k]);
    if (!Number.isFinite(most)) throw new RowError(i, noAnswer);
    let sum = 0;
    for (let k = 0; k < columns; k++) sum += row[k] = Math.exp(row[k] - most);
    for (let k = 0; k < columns; k++) row[k] /= sum;
  }
  return scores;
}

/** A decision function from scores by class: [n, 1], second minus first, for two classes; the scores themselves for more. */
export function contrast(scores: Matrix): Matrix {
  if (scores.columns !== 2) return scores;
  const result = matrix(scores.rows, 1);
  for (let i = 0; i < scores.rows; i++) result.data[i] = scores.data[2 * i + 1] - scores.data[2 * i];
  return result;
}

/** @throws RangeError where priors are not one a class or do not sum to 1 (to 1e-9). */
export function checkPriors(priors: readonly number[], classes: number): Float64Array {
  if (priors.length !== classes) {
    throw new RangeError(`${priors.length} priors for ${classes} classes: give one a class`);
  }
  const sum = priors.reduce((total, prior) => total + prior, 0);
  if (Math.abs(sum - 1) > 1e-9) throw new RangeError(`priors sum to ${sum}: divide them by it`);
  return Float64Array.from(priors);
}

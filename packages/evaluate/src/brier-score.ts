import { checkProbabilities, checkScores } from './check-scores.ts';
import type { BinaryScores, Measure } from './types.ts';

/**
 * Mean squared error of the probability, mean (p − y)² (Brier 1950, Mon. Weather Rev. 78, 1; the two-class form, 0 … 1).
 * @throws RangeError where a score is outside [0, 1].
 */
export function brierScore(data: BinaryScores): Measure {
  checkScores(data);
  checkProbabilities(data.scores);
  let sum = 0;
  let total = 0;
  for (let i = 0; i < data.scores.length; i++) {
    const weight = data.weights === undefined ? 1 : data.weights[i];
    sum += weight * (data.scores[i] - data.labels[i]) ** 2;
    total += weight;
  }
  return total > 0 ? { value: sum / total } : { value: null, reason: 'no examples' };
}

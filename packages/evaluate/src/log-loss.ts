import { checkProbabilities, checkScores } from './check-scores.ts';
import type { BinaryScores, Measure } from './types.ts';

/** Probabilities are kept this far from 0 and 1, as scikit-learn does: one sure mistake costs 36, not infinity. */
const epsilon = Number.EPSILON;

/**
 * Mean negative log-likelihood −[y ln p + (1 − y) ln(1 − p)] in nats; scores are probabilities. Undefined on no data.
 * @throws RangeError where a score is outside [0, 1].
 */
export function logLoss(data: BinaryScores): Measure {
  checkScores(data);
  checkProbabilities(data.scores);
  let sum = 0;
  let total = 0;
  for (let i = 0; i < data.scores.length; i++) {
    const weight = data.weights === undefined ? 1 : data.weights[i];
    const p = Math.min(1 - epsilon, Math.max(epsilon, data.scores[i]));
    sum -= weight * Math.log(data.labels[i] === 1 ? p : 1 - p);
    total += weight;
  }
  return total > 0 ? { value: sum / total } : { value: null, reason: 'no examples' };
}

import { checkScores } from './check-scores.ts';
import { rankScores } from './ranking.ts';
import type { Ranking } from './ranking.ts';
import type { BinaryScores, Measure } from './types.ts';

/**
 * Area under the ROC curve: the chance that a positive scores above a negative, ties counting half (Mann–Whitney U;
 * Fawcett 2006, Pattern Recognit. Lett. 27, 861). Undefined with one class only.
 */
export function rocAuc(data: BinaryScores): Measure {
  checkScores(data);
  return rankedAuc(rankScores(data), data.weights);
}

/** The same from a ranking already made; `weights` in the order of the data. One pass, for resampling. */
export function rankedAuc(ranking: Ranking, weights?: ArrayLike<number>): Measure {
  const { n, order, positive, runEnd } = ranking;
  let above = 0; // weight of positives in earlier runs
  let negatives = 0;
  let runPositive = 0;
  let runNegative = 0;
  let area = 0;
  for (let k = 0; k < n; k++) {
    const weight = weights === undefined ? 1 : weights[order[k]];
    if (positive[k] === 1) runPositive += weight;
    else runNegative += weight;
    if (runEnd[k] === 1) {
      area += runNegative * (above + 0.5 * runPositive);
      above += runPositive;
      negatives += runNegative;
      runPositive = 0;
      runNegative = 0;
    }
  }
  const positives = above;
  if (positives <= 0) return { value: null, reason: 'no positive example: the ROC curve needs both classes' };
  if (negatives <= 0) return { value: null, reason: 'no negative example: the ROC curve needs both classes' };
  return { value: area / (positives * negatives) };
}

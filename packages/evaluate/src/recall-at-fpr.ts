import { checkScores } from './check-scores.ts';
import { classTotals, rankScores } from './ranking.ts';
import type { Ranking } from './ranking.ts';
import type { BinaryScores, Measure } from './types.ts';

/**
 * Recall (true-positive rate) at a false-positive rate of at most `maxFpr`, by default conservative: the best recall
 * of a threshold that exists (flag score ≥ t, t one of the scores or above all) and whose FPR does not exceed
 * `maxFpr`, so the figure can be reached by a real threshold. With `interpolate` the ROC curve is read between its
 * points by a straight line (a mixture of two thresholds, Fawcett 2006 §7): never lower.
 * With N negatives rates come in steps of 1/N: below 1/N the conservative figure allows no false positive at all.
 */
export function recallAtFpr(
  data: BinaryScores,
  maxFpr: number,
  options: { readonly interpolate?: boolean } = {},
): Measure {
  checkScores(data);
  return rankedRecallAtFpr(rankScores(data), maxFpr, data.weights, options);
}

/** The same from a ranking already made. */
export function rankedRecallAtFpr(
  ranking: Ranking,
  maxFpr: number,
  weights?: ArrayLike<number>,
  options: { readonly interpolate?: boolean } = {},
): Measure {
  if (!(maxFpr >= 0 && maxFpr <= 1)) throw new RangeError(`maxFpr is ${maxFpr}: give a rate in [0, 1]`);
  const { n, order, positive, runEnd } = ranking;
  const { positives, negatives } = classTotals(ranking, weights);
  if (positives <= 0) return { value: null, reason: 'no positive example: recall has nothing to count' };
  if (negatives <= 0) return { value: null, reason: 'no negative example: a false-positive rate needs some' };
  // Rounding must not push 5/1000 over 0.005.
  const allowed = maxFpr * negatives * (1 + 1e-12);
  let tp = 0;
  let fp = 0;
  let lastTp = 0;
  let lastFp = 0;
  for (let k = 0; k < n; k++) {
    const weight = weights === undefined ? 1 : weights[order[k]];
    if (positive[k] === 1) tp += weight;
    else fp += weight;
    if (runEnd[k] !== 1) continue;
    if (fp > allowed) {
      const share = options.interpolate === true ? (allowed - lastFp) / (fp - lastFp) : 0;
      return { value: Math.min(1, (lastTp + share * (tp - lastTp)) / positives) };
    }
    lastTp = tp;
    lastFp = fp;
  }
  return { value: 1 };
}

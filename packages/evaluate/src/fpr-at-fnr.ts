import { checkScores } from './check-scores.ts';
import { classTotals, rankScores } from './ranking.ts';
import type { Ranking } from './ranking.ts';
import type { BinaryScores, Measure } from './types.ts';

/**
 * False-positive rate at a false-negative rate of at most `maxFnr`: the lowest FPR of a threshold that exists (flag
 * score ≥ t, t one of the scores) and misses no more than that share of the positives. The mirror image of
 * `recallAtFpr`, as conservative as it: with P positives rates come in steps of 1/P.
 */
export function fprAtFnr(data: BinaryScores, maxFnr: number): Measure {
  checkScores(data);
  return rankedFprAtFnr(rankScores(data), maxFnr, data.weights);
}

/** The same from a ranking already made. */
export function rankedFprAtFnr(ranking: Ranking, maxFnr: number, weights?: ArrayLike<number>): Measure {
  if (!(maxFnr >= 0 && maxFnr <= 1)) throw new RangeError(`maxFnr is ${maxFnr}: give a rate in [0, 1]`);
  const { n, order, positive, runEnd } = ranking;
  const { positives, negatives } = classTotals(ranking, weights);
  if (positives <= 0) return { value: null, reason: 'no positive example: a false-negative rate needs some' };
  if (negatives <= 0)
    return { value: null, reason: 'no negative example: a false-positive rate has nothing to count' };
  // Rounding must not push 1 − 0.95 over 0.05.
  const needed = positives * (1 - maxFnr) * (1 - 1e-12);
  if (needed <= 0) return { value: 0 };
  let tp = 0;
  let fp = 0;
  for (let k = 0; k < n; k++) {
    const weight = weights === undefined ? 1 : weights[order[k]];
    if (positive[k] === 1) tp += weight;
    else fp += weight;
    if (runEnd[k] === 1 && tp >= needed) break;
  }
  return { value: fp / negatives };
}

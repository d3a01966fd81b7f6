import { checkScores } from './check-scores.ts';
import type { BinaryScores } from './types.ts';

/**
 * Scores sorted once, so that curves and areas of many resamples (new weights, same order) cost one pass each.
 * All arrays run from the highest score to the lowest.
 */
export interface Ranking {
  readonly n: number;
  /** Index of the entry in the data. */
  readonly order: Uint32Array;
  /** Its label. */
  readonly positive: Uint8Array;
  readonly score: Float64Array;
  /** 1 on the last entry of each run of equal scores: only there does a threshold separate. */
  readonly runEnd: Uint8Array;
}

/** Weight of the positives and of the negatives; entries count 1 where there are no weights. */
export function classTotals(
  { n, order, positive }: Ranking,
  weights?: ArrayLike<number>,
): { readonly positives: number; readonly negatives: number } {
  let positives = 0;
  let negatives = 0;
  for (let k = 0; k < n; k++) {
    const weight = weights === undefined ? 1 : weights[order[k]];
    if (positive[k] === 1) positives += weight;
    else negatives += weight;
  }
  return { positives, negatives };
}

/** @throws RangeError as `checkScores`. */
export function rankScores({ scores, labels }: BinaryScores): Ranking {
  checkScores({ scores, labels });
  const n = scores.length;
  const order = Uint32Array.from({ length: n }, (_, i) => i);
  order.sort((i, j) => scores[j] - scores[i]);
  const positive = new Uint8Array(n);
  const score = new Float64Array(n);
  const runEnd = new Uint8Array(n);
  for (let k = 0; k < n; k++) {
    const i = order[k];
    positive[k] = labels[i]!;
    score[k] = scores[i]!;
    runEnd[k] = k === n - 1 || scores[order[k + 1]] !== scores[i] ? 1 : 0;
  }
  return { n, order, positive, score, runEnd };
}

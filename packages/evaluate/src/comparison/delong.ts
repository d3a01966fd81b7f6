import { checkScores } from '../check-scores.ts';
import { twoSidedP } from '../normal-tail.ts';
import type { Undefined } from '../types.ts';

/** Difference of two AUCs on the same rows with its standard error and two-sided p. */
export interface DeLong {
  readonly a: number;
  readonly b: number;
  readonly difference: number;
  readonly standardError: number;
  readonly p: number;
}

/**
 * DeLong's test of two correlated AUCs (DeLong, DeLong and Clarke-Pearson 1988, Biometrics 44, 837) in n log n (Sun and Xu
 * 2014). Rows are taken as independent, as in McNemar's test. Undefined with fewer than two rows of either class.
 * @throws RangeError as `checkScores`.
 */
export function delongTest(
  labels: ArrayLike<number>,
  scoresA: ArrayLike<number>,
  scoresB: ArrayLike<number>,
): DeLong | Undefined {
  checkScores({ scores: scoresA, labels });
  checkScores({ scores: scoresB, labels });
  const rows = Array.from({ length: labels.length }, (_, i) => i);
  const positives = rows.filter((i) => labels[i] === 1);
  const negatives = rows.filter((i) => labels[i] === 0);
  if (positives.length < 2 || negatives.length < 2) {
    const reason = `${positives.length} positive and ${negatives.length} negative rows: DeLong's variance needs two of each`;
    return { value: null, reason };
  }
  const [a, b] = [scoresA, scoresB].map((scores) => {
    const up = Float64Array.from(positives, (i) => scores[i]);
    const down = Float64Array.from(negatives, (i) => scores[i]);
    // Share of the other class that each row beats: its structural component.
    const wins = shareBelow(up, down);
    const losses = shareBelow(down, up).map((share) => 1 - share);
    return { auc: mean(wins), wins, losses };
  });
  const variance =
    differenceVariance(a.wins, b.wins) / positives.length +
    differenceVariance(a.losses, b.losses) / negatives.length;
  const difference = a.auc - b.auc;
  const standardError = Math.sqrt(Math.max(0, variance));
  const p = standardError > 0 ? twoSidedP(difference / standardError) : difference === 0 ? 1 : 0;
  return { a: a.auc, b: b.auc, difference, standardError, p };
}

/** For each value the share of `others` below it, equals counting half. */
function shareBelow(values: Float64Array, others: Float64Array): Float64Array {
  const sorted = Float64Array.from(others).sort();
  return values.map((value) => {
    const below = countBelow(sorted, value, false);
    const upTo = countBelow(sorted, value, true);
    return (0.5 * (below + upTo)) / sorted.length;
  });
}

/** How many of ascending values are below `value`, or up to it. */
function countBelow(sorted: Float64Array, value: number, orEqual: boolean): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] < value || (orEqual && sorted[middle] === value)) low = middle + 1;
    else high = middle;
  }
  return low;
}

function mean(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Sample variance of a − b. */
function differenceVariance(a: Float64Array, b: Float64Array): number {
  const difference = a.map((value, i) => value - b[i]);
  const center = mean(difference);
  return difference.reduce((sum, value) => sum + (value - center) ** 2, 0) / (difference.length - 1);
}

import { rankScores } from '../ranking.ts';
import type { Ranking } from '../ranking.ts';
import { rankedAuc } from '../roc-auc.ts';
import type { Measure } from '../types.ts';
import type { ClassificationProblem } from './problem.ts';

/**
 * Mean over all pairs of classes of how well the two are told apart: for each pair the mean of the AUC of pᵢ and of pⱼ on
 * the rows of those two classes alone (Hand and Till 2001, Mach. Learn. 45, 171, eq. 7). Insensitive to class shares.
 * Pairs of the classes in `present`; where a resample misses a class, the pairs it leaves.
 */
export function oneVsOne(
  { labels, probabilities, classes }: ClassificationProblem,
  present: readonly number[],
): (weights: Float64Array) => Measure {
  const k = classes.length;
  const rowsOf = classes.map((_, c) => Uint32Array.from(labels.keys()).filter((i) => labels[i] === c));
  const pairs: { readonly rows: Uint32Array; readonly rankings: readonly Ranking[] }[] = [];
  for (const a of present) {
    for (const b of present) {
      if (b <= a) continue;
      const rows = Uint32Array.from([...rowsOf[a], ...rowsOf[b]]);
      const rankings = [a, b].map((c) =>
        rankScores({
          scores: Float64Array.from(rows, (i) => probabilities[i * k + c]),
          labels: Uint8Array.from(rows, (i) => (labels[i] === c ? 1 : 0)),
        }),
      );
      pairs.push({ rows, rankings });
    }
  }
  const scratch = new Float64Array(labels.length);
  return (weights) => {
    let sum = 0;
    let count = 0;
    for (const { rows, rankings } of pairs) {
      for (let r = 0; r < rows.length; r++) scratch[r] = weights[rows[r]]!;
      const first = rankedAuc(rankings[0], scratch);
      const second = rankedAuc(rankings[1], scratch);
      if (first.value === null || second.value === null) continue;
      sum += 0.5 * (first.value + second.value);
      count++;
    }
    return count > 0 ? { value: sum / count } : { value: null, reason: 'needs examples of two classes' };
  };
}

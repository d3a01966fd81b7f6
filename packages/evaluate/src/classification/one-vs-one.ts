import type { Measure } from '../types.ts';
import type { ClassificationProblem } from './problem.ts';
import { rankedAreas } from './ranked-areas.ts';
import type { RankedAreas } from './ranked-areas.ts';

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
  const pairs: (readonly RankedAreas[])[] = [];
  for (const a of present) {
    for (const b of present) {
      if (b <= a) continue;
      const rows = Uint32Array.from([...rowsOf[a], ...rowsOf[b]]);
      pairs.push(
        [a, b].map((c) =>
          rankedAreas(
            {
              scores: Float64Array.from(rows, (i) => probabilities[i * k + c]),
              labels: Uint8Array.from(rows, (i) => (labels[i] === c ? 1 : 0)),
            },
            (entry) => rows[entry],
          ),
        ),
      );
    }
  }
  return (weights) => {
    let sum = 0;
    let count = 0;
    for (const areas of pairs) {
      const [first, second] = areas.map((area) => area.auc(weights));
      if (first.value === null || second.value === null) continue;
      sum += 0.5 * (first.value + second.value);
      count++;
    }
    return count > 0 ? { value: sum / count } : { value: null, reason: 'needs examples of two classes' };
  };
}

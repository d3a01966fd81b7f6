import { checkScores } from './check-scores.ts';
import { rankScores } from './ranking.ts';
import type { Ranking } from './ranking.ts';
import type { BinaryScores, Undefined } from './types.ts';

/** Points of a ROC curve from (0, 0) to (1, 1); entry i flags score ≥ `thresholds[i]`, the first (Infinity) nothing. */
export interface RocCurve {
  readonly fpr: Float64Array;
  readonly tpr: Float64Array;
  readonly thresholds: Float64Array;
}

/**
 * ROC curve with one point per distinct score (Fawcett 2006, algorithm 1), as scikit-learn's `roc_curve` with
 * `drop_intermediate=False`. Undefined with one class only.
 */
export function rocCurve(data: BinaryScores): RocCurve | Undefined {
  checkScores(data);
  return rankedRoc(rankScores(data), data.weights);
}

/** The same from a ranking already made. */
export function rankedRoc(ranking: Ranking, weights?: ArrayLike<number>): RocCurve | Undefined {
  const { n, order, positive, runEnd, score } = ranking;
  const fpr: number[] = [0];
  const tpr: number[] = [0];
  const thresholds: number[] = [Infinity];
  let tp = 0;
  let fp = 0;
  for (let k = 0; k < n; k++) {
    const weight = weights === undefined ? 1 : weights[order[k]];
    if (positive[k] === 1) tp += weight;
    else fp += weight;
    if (runEnd[k] === 1) {
      fpr.push(fp);
      tpr.push(tp);
      thresholds.push(score[k]);
    }
  }
  if (tp <= 0) return { value: null, reason: 'no positive example: the ROC curve needs both classes' };
  if (fp <= 0) return { value: null, reason: 'no negative example: the ROC curve needs both classes' };
  return {
    fpr: Float64Array.from(fpr, (x) => x / fp),
    tpr: Float64Array.from(tpr, (y) => y / tp),
    thresholds: Float64Array.from(thresholds),
  };
}

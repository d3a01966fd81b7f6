import { checkScores } from './check-scores.ts';
import { rankScores } from './ranking.ts';
import type { Ranking } from './ranking.ts';
import type { BinaryScores, Measure, Undefined } from './types.ts';

/** Precision and recall by falling threshold; entry i flags score ≥ `thresholds[i]`. Recall ascends to 1. */
export interface PrecisionRecallCurve {
  readonly precision: Float64Array;
  readonly recall: Float64Array;
  readonly thresholds: Float64Array;
}

/** One point per distinct score, as scikit-learn's `precision_recall_curve` (there in reverse, with an added (1, 0)). */
export function precisionRecallCurve(data: BinaryScores): PrecisionRecallCurve | Undefined {
  checkScores(data);
  const { weights } = data;
  const { n, order, positive, runEnd, score } = rankScores(data);
  const precision: number[] = [];
  const found: number[] = [];
  const thresholds: number[] = [];
  let tp = 0;
  let fp = 0;
  for (let k = 0; k < n; k++) {
    const weight = weights === undefined ? 1 : weights[order[k]];
    if (positive[k] === 1) tp += weight;
    else fp += weight;
    if (runEnd[k] === 1 && tp + fp > 0) {
      precision.push(tp / (tp + fp));
      found.push(tp);
      thresholds.push(score[k]);
    }
  }
  if (tp <= 0) return { value: null, reason: 'no positive example: recall has nothing to count' };
  return {
    precision: Float64Array.from(precision),
    recall: Float64Array.from(found, (y) => y / tp),
    thresholds: Float64Array.from(thresholds),
  };
}

/** Average precision Σ (Rᵢ − Rᵢ₋₁) Pᵢ: the area under the stepped curve, without optimistic interpolation (scikit-learn's definition). */
export function averagePrecision(data: BinaryScores): Measure {
  checkScores(data);
  return rankedAveragePrecision(rankScores(data), data.weights);
}

/** The same from a ranking already made. */
export function rankedAveragePrecision(ranking: Ranking, weights?: ArrayLike<number>): Measure {
  const { n, order, positive, runEnd } = ranking;
  let tp = 0;
  let all = 0;
  let runTp = 0;
  let sum = 0;
  for (let k = 0; k < n; k++) {
    const weight = weights === undefined ? 1 : weights[order[k]];
    all += weight;
    if (positive[k] === 1) runTp += weight;
    if (runEnd[k] === 1) {
      tp += runTp;
      if (runTp > 0) sum += (runTp * tp) / all;
      runTp = 0;
    }
  }
  if (tp <= 0) return { value: null, reason: 'no positive example: recall has nothing to count' };
  return { value: sum / tp };
}

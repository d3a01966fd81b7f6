import { rankScores } from '../ranking.ts';
import type { BinaryScores, Measure } from '../types.ts';

/** Both areas of one ranking of rows under weights of the rows; made once, called for every resample. */
export interface RankedAreas {
  auc(weights: Float64Array): Measure;
  averagePrecision(weights: Float64Array): Measure;
}

const needsPositive = 'no positive example: the ROC curve needs both classes';
const needsNegative = 'no negative example: the ROC curve needs both classes';

/**
 * What `rankedAuc` and `rankedAveragePrecision` compute, laid out for resampling: the row of
 * each rank is looked up once, and labels multiply instead of branching, which a random order of labels would mispredict.
 * @param rowOf row of each entry of the data, where several entries (class against class) share one
 */
export function rankedAreas(data: BinaryScores, rowOf?: (entry: number) => number): RankedAreas {
  const { n, order, positive, runEnd } = rankScores(data);
  const row = rowOf === undefined ? order : order.map(rowOf);
  const label = Float64Array.from(positive);
  const ties = runEnd.includes(0);
  return {
    auc(weights) {
      let above = 0;
      let area = 0;
      let all = 0;
      if (!ties) {
        for (let k = 0; k < n; k++) {
          const weight = weights[row[k]];
          const hit = weight * label[k];
          area += (weight - hit) * above;
          above += hit;
          all += weight;
        }
      } else {
        let runPositive = 0;
        let runNegative = 0;
        for (let k = 0; k < n; k++) {
          const weight = weights[row[k]];
          const hit = weight * label[k];
          runPositive += hit;
          runNegative += weight - hit;
          if (runEnd[k] === 1) {
            area += runNegative * (above + 0.5 * runPositive);
            above += runPositive;
            all += runPositive + runNegative;
            runPositive = 0;
            runNegative = 0;
          }
        }
      }
      if (above <= 0) return { value: null, reason: needsPositive };
      if (all - above <= 0) return { value: null, reason: needsNegative };
      return { value: area / (above * (all - above)) };
    },
    averagePrecision(weights) {
      let tp = 0;
      let all = 0;
      let runTp = 0;
      let sum = 0;
      for (let k = 0; k < n; k++) {
        const weight = weights[row[k]];
        all += weight;
        runTp += weight * label[k];
        if (runEnd[k] === 1) {
          tp += runTp;
          if (runTp > 0) sum += (runTp * tp) / all;
          runTp = 0;
        }
      }
      if (tp <= 0) return { value: null, reason: 'no positive example: recall has nothing to count' };
      return { value: sum / tp };
    },
  };
}

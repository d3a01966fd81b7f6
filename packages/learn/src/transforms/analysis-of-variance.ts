import { selectRows } from '../matrix.ts';
import { columnMoments } from '../column-statistics.ts';
import type { TrainingData } from '../learner.ts';

/**
 * F of a one-way analysis of variance for each column (Fisher 1925; scikit-learn's f_classif): variance between the classes' means over
 * variance within them. Missing values are skipped; a row of weight w counts as w rows. 0 for a column without variance, Infinity for one
 * that varies between classes alone.
 */
export function varianceRatios({ x, y, classes, weights }: TrainingData): Float64Array {
  const whole = columnMoments(x, weights);
  const between = new Float64Array(x.columns);
  const within = new Float64Array(x.columns);
  for (let k = 0; k < classes; k++) {
    const rows: number[] = [];
    for (let i = 0; i < y.length; i++) if (y[i] === k) rows.push(i);
    const own = columnMoments(selectRows(x, rows), weights && rows.map((i) => weights[i]));
    for (let j = 0; j < x.columns; j++) {
      if (own.weight[j] === 0) continue;
      between[j] += own.weight[j] * (own.mean[j] - whole.mean[j]) ** 2;
      within[j] += own.weight[j] * own.variance[j];
    }
  }
  return between.map((squares, j) => {
    if (squares === 0) return 0;
    return squares / (classes - 1) / (within[j] / (whole.weight[j] - classes));
  });
}

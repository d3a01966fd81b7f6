import { classMoments, pooledMoments } from '../column-statistics.ts';
import type { TrainingData } from '../learner.ts';

/**
 * F of a one-way analysis of variance for each column (Fisher 1925; scikit-learn's f_classif): variance between the classes' means over
 * variance within them. Missing values are skipped; a row of weight w counts as w rows. 0 for a column without variance, Infinity for one
 * that varies between classes alone.
 */
export function varianceRatios(data: TrainingData): Float64Array {
  const { weight, within, between } = pooledMoments(classMoments(data), data.x.columns);
  return between.map((squares, j) => {
    if (squares === 0) return 0;
    return ((weight[j] - data.classes) * squares) / ((data.classes - 1) * within[j]);
  });
}

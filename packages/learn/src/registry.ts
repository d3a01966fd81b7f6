import { majority } from './baseline/majority.ts';
import { mec } from './bayes/mec.ts';
import { naiveBayes } from './bayes/naive-bayes.ts';
import type { Learner, LearnerName } from './learner.ts';
import { knn } from './neighbors/knn.ts';
import { logistic } from './linear/logistic.ts';
import { svm } from './svm/svm.ts';
import type { Transform, TransformName } from './transform.ts';
import { impute } from './transforms/impute.ts';
import { minMaxScale } from './transforms/min-max-scale.ts';
import { pca } from './transforms/pca.ts';
import { robustScale } from './transforms/robust-scale.ts';
import { standardScale } from './transforms/standard-scale.ts';
import { varianceThreshold } from './transforms/variance-threshold.ts';

/** Every learner by its name in recipes. */
export const learners: Readonly<Partial<Record<LearnerName, Learner>>> = {
  'naive-bayes': naiveBayes,
  knn,
  mec,
  logistic,
  svm,
  majority,
};

/** Every transform by its name in recipes. */
export const transforms: Readonly<Partial<Record<TransformName, Transform>>> = {
  impute,
  'standard-scale': standardScale,
  'min-max-scale': minMaxScale,
  'robust-scale': robustScale,
  pca,
  'variance-threshold': varianceThreshold,
};

import { majority } from './baseline/majority.ts';
import { naiveBayes } from './bayes/naive-bayes.ts';
import type { Learner, LearnerName } from './learner.ts';
import { knn } from './neighbors/knn.ts';
import type { Transform, TransformName } from './transform.ts';
import { impute } from './transforms/impute.ts';
import { standardScale } from './transforms/standard-scale.ts';

/** Every learner by its name in recipes. */
export const learners: Readonly<Partial<Record<LearnerName, Learner>>> = {
  'naive-bayes': naiveBayes,
  knn,
  majority,
};

/** Every transform by its name in recipes. */
export const transforms: Readonly<Partial<Record<TransformName, Transform>>> = {
  impute,
  'standard-scale': standardScale,
};

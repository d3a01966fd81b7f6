import { majority } from './baseline/majority.ts';
import { mec } from './bayes/mec.ts';
import { naiveBayes } from './bayes/naive-bayes.ts';
import type { Learner, LearnerName } from './learner.ts';
import { mlpLearner } from './networks/mlp-learner.ts';
import { knn } from './neighbors/knn.ts';
import { logistic } from './linear/logistic.ts';
import { attention } from './sequences/attention.ts';
import { recurrent } from './sequences/recurrent.ts';
import { svm } from './svm/svm.ts';
import { boosting } from './trees/boosting.ts';
import { extraTrees, randomForest } from './trees/forest.ts';

/** Every learner by its name in recipes. */
export const learners: Readonly<Partial<Record<LearnerName, Learner>>> = {
  'random-forest': randomForest,
  'extra-trees': extraTrees,
  boosting,
  'naive-bayes': naiveBayes,
  knn,
  mec,
  logistic,
  svm,
  mlp: mlpLearner,
  majority,
  recurrent,
  attention,
};

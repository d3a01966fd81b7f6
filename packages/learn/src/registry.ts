import type { Learner, LearnerName } from './learner.ts';
import type { Transform, TransformName } from './transform.ts';

/** Every learner by its name in recipes. */
export const learners: Readonly<Partial<Record<LearnerName, Learner>>> = {};

/** Every transform by its name in recipes. */
export const transforms: Readonly<Partial<Record<TransformName, Transform>>> = {};

export type { BinaryScores, Interval, Measure, Undefined } from './types.ts';
export type { ThresholdChoice, ThresholdCriterion } from './threshold/types.ts';

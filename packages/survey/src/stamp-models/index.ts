export { compareStamps } from './compare-stamps.ts';
export type { CompareStampsOptions } from './compare-stamps.ts';
export type { StampComparison } from './stamp-comparison.ts';
export { evaluateStamps } from './evaluate-stamps.ts';
export type { EvaluateStampsOptions, StampEvaluation } from './evaluate-stamps.ts';
export { finetuneStamps } from './finetune-stamps.ts';
export type { FinetunePoint } from './finetune-point.ts';

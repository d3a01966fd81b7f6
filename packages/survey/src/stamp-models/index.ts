export { evaluateStamps } from './evaluate-stamps.ts';
export type { EvaluateStampsOptions, StampEvaluation } from './evaluate-stamps.ts';
export { finetuneStamps } from './finetune-stamps.ts';
export type { FinetunePoint } from './finetune-point.ts';

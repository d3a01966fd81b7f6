export { evaluateStamps } from './evaluate-stamps.ts';
export type { EvaluateStampsOptions, StampEvaluation } from './evaluate-stamps.ts';

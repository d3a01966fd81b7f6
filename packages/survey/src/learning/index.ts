export { evaluateTable } from './evaluate-table.ts';
export type { EvaluateTableOptions, TableEvaluation } from './evaluate-table.ts';
export { predictTable } from './predict-table.ts';
export type { PredictTableOptions, PredictTableSummary } from './predict-table.ts';
export { tablePredictionColumns } from './predictions.ts';

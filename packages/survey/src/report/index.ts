export type * from './types.ts';
export { renderScanReport } from './scan-report.ts';
export { renderEvaluationReport } from './evaluation-report.ts';
export type { ScanReportOptions } from './scan-report.ts';
export { TopList } from './top-list.ts';
export { classCounts } from './attention.ts';
export { buildEvaluation } from './build-evaluation.ts';
export type { EvaluationInput } from './build-evaluation.ts';

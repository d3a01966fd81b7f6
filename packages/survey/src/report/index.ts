export type * from './types.ts';
export { renderScanReport } from './scan-report.ts';
export { renderEvaluationReport } from './evaluation-report.ts';

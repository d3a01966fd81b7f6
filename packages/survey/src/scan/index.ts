export { scan } from './scan.ts';
export type { ScanSummary } from './summary.ts';
export { checkThresholds, parseFormats, parseShard } from './options.ts';
export type { ScanOptions, ScanProgress } from './options.ts';
export type { FileRecord, FindingRecord, ImageRecord } from './records.ts';
export { compareTruth } from './compare-truth.ts';
export type { TruthComparison } from './compare-truth.ts';

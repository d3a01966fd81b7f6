export { exportModel } from './export-model.ts';
export type { ExportSummary } from './export-model.ts';
export { importModel } from './import-model.ts';
export type { ImportOptions } from './import-model.ts';
export { outputKinds } from './output-kind.ts';
export type { OutputKind } from './output-kind.ts';

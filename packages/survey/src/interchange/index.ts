export { exportModel } from './export-model.ts';
export type { ExportSummary } from './export-model.ts';
export { importModel } from './import-model.ts';
export type { ImportOptions } from './import-model.ts';
export { outputKinds } from './network.ts';
export type { OutputKind } from './network.ts';

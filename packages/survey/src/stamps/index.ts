export { csvLines, predict, predictionColumns } from './predict.ts';
export type { PredictOptions, PredictSummary } from './predict.ts';
export { embed } from './embed.ts';
export type { EmbedOptions, EmbedSummary } from './embed.ts';
export { stampLayouts } from './layout.ts';
export type { StampLayout } from './layout.ts';
export type { RunStampsOptions, StampProgress } from './run-stamps.ts';
export { StampSetWriter } from './stamp-set-writer.ts';
export type { StampBlock, StampSetOptions, StampSetSettings } from './stamp-set-writer.ts';

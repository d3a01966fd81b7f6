export { featureColumns } from './feature-columns.ts';
export type { FeatureColumn } from './feature-columns.ts';
export { measureSource } from './measure-source.ts';
export type { MeasureSourceOptions, SourceFeatures } from './measure-source.ts';

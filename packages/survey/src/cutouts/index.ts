/** Sets of colour cut-outs: written, measured, fetched. */
export { carriedColumns, measureFeatures } from './measure-features.ts';
export type { MeasureFeaturesOptions, MeasureFeaturesSummary } from './measure-features.ts';
export { fetchCutouts } from './fetch/fetch-cutouts.ts';
export type { FetchCutoutsOptions, FetchCutoutsSummary } from './fetch/fetch-cutouts.ts';

export type {
  CcdJudgement,
  ExposureCcd,
  ExposureJudgement,
  ExposureModel,
  LabelledNeighbour,
} from './exposure-model.ts';
export { openExposureModel } from './exposure-bundle.ts';
export { evaluateExposures } from './evaluate-exposures.ts';
export type { ExposureEvaluation } from './evaluate-exposures.ts';
export { exposurePredictionColumns } from './exposure-predictions.ts';
export { searchExposures } from './search-exposures.ts';
export { compareExposures } from './compare-exposures.ts';
export { comparedFigures } from './exposure-comparison.ts';
export type { ExposureComparison } from './exposure-comparison.ts';

export { SurveyError, errorCode, errorTable } from './errors.ts';
export type { ErrorEntry, Failure, SurveyErrorCode } from './errors.ts';
export { version } from './version.ts';
export { artifactClass, blemishCcd, probabilityColumn } from './taxonomy.ts';
export type { ArtifactClass } from './taxonomy.ts';
export { defaultModel, openBundle, shippedModels } from './bundle.ts';
export type { Bundle } from './bundle.ts';
export type {
  BundleDescription,
  BundleTask,
  CcdDescription,
  EncoderDescription,
  StampDescription,
  StampInput,
  TableDescription,
} from './bundle-description.ts';
export { stampPreprocessings, stampPreprocessNames } from './preprocess/stamp-preprocess.ts';
export type { StampPreprocessName } from './preprocess/stamp-preprocess.ts';
export { exportModel, importModel, outputKinds } from './interchange/index.ts';
export type { ExportSummary, ImportOptions, OutputKind } from './interchange/index.ts';
export { embedObjects, frameColumns } from './frames/index.ts';
export type { EmbedObjectsSummary } from './frames/index.ts';
export { csvLines, embed, predict, predictionColumns, stampFits, stampLayouts } from './stamps/index.ts';
export { StampSetWriter } from './stamps/index.ts';
export type { ExistingSet, StampRows, StampSetFormat } from './stamps/index.ts';
export type {
  EmbedOptions,
  EmbedSummary,
  PredictOptions,
  PredictSummary,
  RunStampsOptions,
  StampFit,
  StampLayout,
  StampProgress,
} from './stamps/index.ts';
export { explain, explainMethods, explainStamps, occlusionFills, randomiseParts } from './explain/index.ts';
export type {
  ExplainMethod,
  ExplainOptions,
  ExplainSummary,
  RandomisePart,
  StampExplanation,
  TruthFigures,
} from './explain/index.ts';
export type {
  Action,
  AnalyserOptions,
  CcdAnalyser,
  CcdAnalysis,
  CcdInput,
  CreateAnalyser,
  Finding,
  ModelInfo,
  ThresholdOptions,
} from './analyser/types.ts';
export { expandInputs, fitsStem, isCompanionName, isFitsName, parseSelector } from './inputs/index.ts';
export type { ExpandedInputs, InputFile } from './inputs/index.ts';
export { catalogColumns, exposureColumns, imageColumns, tableFormats } from './tables/index.ts';
export type { Column, Row, TableFormat } from './tables/index.ts';
export { checkThresholds, compareTruth, parseFormats, parseShard, scan } from './scan/index.ts';
export type { TruthComparison } from './scan/index.ts';
export type {
  FileRecord,
  FindingRecord,
  ImageRecord,
  ScanOptions,
  ScanProgress,
  ScanSummary,
} from './scan/index.ts';
export { serve, WorkerPool, workerSettings } from '@blemish/engine/workers';
export { trainFromRecipe } from './training/index.ts';
export {
  anomalyMethods,
  checkDataset,
  checkPositions,
  holdsPositions,
  compareTables,
  consensusColumns,
  crossvalTable,
  evaluateTable,
  judgedFrameColumns,
  labelConsensus,
  mapMethods,
  mapTable,
  nearestLabelled,
  neighborMetrics,
  objectColumns,
  predictTable,
  rankAnomalies,
  searchTable,
  splitTable,
  studyTables,
  suspectColumns,
  suspectLabels,
  tableInfo,
  tablePredictionColumns,
  tablesIn,
} from './learning/index.ts';
export type {
  AnomalyMethod,
  ColumnInfo,
  ComparedModel,
  CrossvalResult,
  DatasetCheck,
  PositionCheck,
  FeatureChoice,
  LabelConsensus,
  MapMethod,
  NeighborMetric,
  SearchResult,
  SplitTableOptions,
  StudyKind,
  SuspectLabels,
  TableComparison,
  TableEvaluation,
  TableInfo,
  TableStudy,
} from './learning/index.ts';
export { readRecipeFor, readRecipesFor } from './recipe.ts';
export type { RecipeFile } from './recipe.ts';
export { tableTasks } from './table-recipe.ts';
export type { TableRecipe } from './table-recipe.ts';
export { evaluateModel } from './evaluation/index.ts';
export type { EvaluationProgress } from './evaluation/index.ts';
export {
  checkLabels,
  defaultLabelNoise,
  flips,
  labelColumns,
  labelFormats,
  labelSimulated,
  maskLabels,
  labelProblemKinds,
  checkerPositions,
  readLabels,
  readStars,
  requireSoundLabels,
  settleFlip,
  shapeNumbersOf,
  writeLabels,
} from './labels/index.ts';
export type {
  CheckLabelsOptions,
  CheckerPositions,
  Flip,
  Label,
  LabelCheck,
  LabelFormat,
  LabelNoise,
  LabelProblemKind,
  ReadLabelsOptions,
} from './labels/index.ts';
export { compareSegmentation, crossvalPictures, evaluatePictures } from './pictures/index.ts';
export type {
  AnswerFigures,
  PictureCrossval,
  PictureEvaluation,
  PictureFigures,
  SegmentationComparison,
} from './pictures/index.ts';
export type { SegmentationRecipe } from './segmentation-recipe.ts';
export {
  comparedFigures,
  compareExposures,
  evaluateExposures,
  exposurePredictionColumns,
  openExposureModel,
  searchExposures,
} from './exposure-models/index.ts';
export type {
  CcdJudgement,
  ExposureCcd,
  ExposureComparison,
  ExposureEvaluation,
  ExposureJudgement,
  ExposureModel,
  LabelledNeighbour,
} from './exposure-models/index.ts';
export { evaluateStamps, finetuneStamps } from './stamp-models/index.ts';
export type { FinetunePoint, StampEvaluation } from './stamp-models/index.ts';
export { carriedColumns, fetchCutouts, measureFeatures, openStampSet } from './cutouts/index.ts';
export type {
  FetchCutoutsOptions,
  FetchCutoutsSummary,
  MeasureFeaturesOptions,
  MeasureFeaturesSummary,
  StampSet,
} from './cutouts/index.ts';
export {
  alignments,
  candidateColumns,
  convolved,
  difference,
  differenceBits,
  differenceMethods,
  differenceStampColumns,
  fakeColumns,
} from './difference/index.ts';
export type {
  AlignmentKind,
  Convolved,
  DifferenceMethod,
  DifferenceOptions,
  DifferenceSummary,
  Efficiency,
  EfficiencyBin,
} from './difference/index.ts';
export {
  ccdViews,
  defaultViews,
  exposureSetColumns,
  exposureSetFormat,
  headerQuantities,
  isLabelled,
  makeExposureSet,
  measureExposureCcd,
  readExposureLabels,
  simpleStatistics,
  simulateViews,
  viewChannels,
  viewSettings,
} from './exposures/index.ts';
export type {
  CcdPixels,
  ExposureLabels,
  ExposureSetSummary,
  HeaderQuantity,
  MakeExposureSetOptions,
  MeasuredCcd,
  SimulatedViews,
  SimulateViewsOptions,
  ViewSettings,
} from './exposures/index.ts';

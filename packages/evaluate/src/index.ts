export type { BinaryScores, Interval, Measure, Undefined } from './types.ts';
export { rocAuc } from './roc-auc.ts';
export { rocCurve } from './roc-curve.ts';
export type { RocCurve } from './roc-curve.ts';
export { recallAtFpr } from './recall-at-fpr.ts';
export { fprAtFnr } from './fpr-at-fnr.ts';
export { averagePrecision, precisionRecallCurve } from './precision-recall.ts';
export type { PrecisionRecallCurve } from './precision-recall.ts';
export { logLoss } from './log-loss.ts';
export { brierScore } from './brier-score.ts';
export { expectedCalibrationError, reliabilityBins } from './reliability.ts';
export type { ReliabilityBinOptions, ReliabilityCount } from './reliability.ts';
export { confusionCounts, confusionMatrix, confusionMetrics } from './confusion.ts';
export type { ConfusionCounts, ConfusionMetrics } from './confusion.ts';
export { macroAverage } from './macro-average.ts';
export { coverageAccuracy } from './coverage-accuracy.ts';
export type { CoverageAccuracy } from './coverage-accuracy.ts';
export { coverageAtAccuracy } from './coverage-at-accuracy.ts';
export { intersectionOverUnion, maskOverlap } from './mask-overlap.ts';
export type { MaskOverlap, MaskOverlapOptions } from './mask-overlap.ts';
export { pooledIouInterval } from './mask-overlap-interval.ts';
export { coverageBand } from './coverage-band.ts';
export type { CoverageBand } from './coverage-band.ts';
export { flaggedByClass } from './confusion-by-class.ts';
export type { FlaggedByClass } from './confusion-by-class.ts';
export { bootstrap, bootstrapMany } from './bootstrap.ts';
export type { BootstrapOptions, Units } from './bootstrap.ts';
export { groupedProportion, proportionInterval } from './proportion-interval.ts';
export {
  averagePrecisionInterval,
  classIntervals,
  recallAtFprInterval,
  rocAucInterval,
} from './intervals.ts';
export type { ClassIntervals } from './intervals.ts';
export { classificationFigures, classificationMetrics } from './classification/classification-metrics.ts';
export type {
  ClassificationMetrics,
  ClassificationOptions,
} from './classification/classification-metrics.ts';
export type { WantedRates } from './classification/evaluator.ts';
export { compareOverAnswers, measureOverAnswers } from './comparison/compare-over-answers.ts';
export { comparePaired } from './comparison/compare-paired.ts';
export type { CompareOptions, PairedComparison } from './comparison/compare-paired.ts';
export { pairedBootstrap } from './comparison/paired-bootstrap.ts';
export type { PairedDifference } from './comparison/paired-bootstrap.ts';
export { mcnemar } from './comparison/mcnemar.ts';
export type { McNemar } from './comparison/mcnemar.ts';
export { delongTest } from './comparison/delong.ts';
export type { DeLong } from './comparison/delong.ts';
export { kFold, splitByTime, splitRows } from './splits/split-rows.ts';
export { stratifiedOrder } from './splits/stratified-order.ts';
export type { Fold, Parts, Shares, SplitOptions } from './splits/types.ts';
export { joinGroups } from './splits/join-groups.ts';
export { healpixPixel, skyRegions } from './splits/healpix.ts';
export { findLeakage } from './splits/leakage.ts';
export type { Leakage, LeakageOptions } from './splits/leakage.ts';
export { nearDuplicates } from './duplicates/near-duplicates.ts';
export type { NearDuplicateOptions, Rows } from './duplicates/near-duplicates.ts';
export { samePositions } from './duplicates/sky-positions.ts';
export { consensus } from './labels/consensus.ts';
export type { Annotator, Consensus, ConsensusOptions } from './labels/consensus.ts';
export type { Votes } from './labels/votes.ts';
export { fleissKappa, krippendorffAlpha } from './labels/agreement.ts';
export { flipLabels } from './labels/flip-labels.ts';
export { labelErrors } from './labels/label-errors.ts';
export type { LabelErrors, SuspectLabel } from './labels/label-errors.ts';
export { labelConflicts } from './labels/label-conflicts.ts';
export type { LabelConflict } from './labels/label-conflicts.ts';
export { rocBand } from './roc-band.ts';
export type { RocBand } from './roc-band.ts';
export { fitPlatt, sigmoid } from './calibration/platt.ts';
export { fitTemperature } from './calibration/temperature.ts';
export { fitIsotonic } from './calibration/isotonic.ts';
export { calibrate, calibrateAll } from './calibration/apply.ts';
export { correctPrior, estimatePrior } from './calibration/prior.ts';
export { applySoftmaxTemperature, fitSoftmaxTemperature } from './calibration/softmax-temperature.ts';
export type { MulticlassCalibrationData, SoftmaxTemperature } from './calibration/softmax-temperature.ts';
export { applyOneVsRest, fitOneVsRest } from './calibration/one-vs-rest.ts';
export type { OneVsRestCalibration } from './calibration/one-vs-rest.ts';
export { correctPriors } from './calibration/priors.ts';
export type { Calibration, CalibrationData, NotCalibrated } from './calibration/types.ts';
export { thresholdForReviewBudget } from './threshold/review-budget.ts';
export { thresholdForMaxFpr } from './threshold/max-fpr.ts';
export { thresholdForMaxFnr } from './threshold/max-fnr.ts';
export { thresholdForPrecision } from './threshold/min-precision.ts';
export { thresholdForCost } from './threshold/min-cost.ts';
export type { Costs, CostThreshold } from './threshold/min-cost.ts';
export { chooseAbstention, decideOrAbstain, describeAbstention } from './abstention/abstention.ts';
export type { Abstention, AbstentionData, AbstentionValidation } from './abstention/abstention.ts';
export { describeFixedThreshold } from './threshold/fixed.ts';
export type {
  ThresholdChoice,
  ThresholdCriterion,
  ThresholdOptions,
  ValidationScores,
} from './threshold/types.ts';
export { rocPlot } from './plot/roc-plot.ts';
export type { Curve, NamedPoint, RocPlotData } from './plot/roc-plot.ts';
export { rocComparisonPlot } from './plot/roc-comparison-plot.ts';
export type { RocComparisonPlotData } from './plot/roc-comparison-plot.ts';
export { confusionPlot } from './plot/confusion-plot.ts';
export type { ConfusionPlotData } from './plot/confusion-plot.ts';
export { forestPlot } from './plot/forest-plot.ts';
export type { ForestPlotData } from './plot/forest-plot.ts';
export { detPlot } from './plot/det-plot.ts';
export { errorRatesPlot } from './plot/error-rates-plot.ts';
export { precisionRecallPlot } from './plot/precision-recall-plot.ts';
export { reliabilityPlot } from './plot/reliability-plot.ts';
export { scoreHistogramPlot } from './plot/score-histogram-plot.ts';
export { recallBySnrPlot } from './plot/recall-by-snr-plot.ts';
export { intervalBarsPlot } from './plot/interval-bars-plot.ts';
export { coverageAccuracyPlot, learningCurvePlot } from './plot/line-plots.ts';
export { plotStyle, seriesColors } from './plot/style.ts';

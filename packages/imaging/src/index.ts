export { KernelMemory, Layout } from './kernel-memory.ts';
export type { KernelViews } from './kernel-memory.ts';
export type { Plane } from './plane.ts';
export { createPlane } from './plane.ts';
export { recycleArray, takeArray } from './spare-arrays.ts';
export type { Background, BackgroundOptions } from './background.ts';
export { estimateBackground } from './background.ts';
export { renderBackground, renderRms, subtractBackground } from './render-background.ts';
export type { BinnedStatistics, BinStatisticsOptions } from './bin-statistics.ts';
export { binStatistics } from './bin-statistics.ts';
export type { ColumnSums } from './column-sums.ts';
export { blockRows, columnSums } from './column-sums.ts';
export type { ColumnStreaks } from './column-streaks.ts';
export { columnStreaks } from './column-streaks.ts';
export type { AmplifierStep } from './amplifier-step.ts';
export { amplifierStep } from './amplifier-step.ts';
export type { RowGrain, RowSeries } from './row-series.ts';
export { rowGrain, rowSeries } from './row-series.ts';
export type { RowStep } from './row-step.ts';
export { rowStep } from './row-step.ts';
export type { RingEvidence } from './ring-evidence.ts';
export { ringEvidence } from './ring-evidence.ts';
export type { SpotEvidence } from './spot-evidence.ts';
export { spotEvidence } from './spot-evidence.ts';
export type { WaveEvidence } from './wave-evidence.ts';
export { waveEvidence } from './wave-evidence.ts';
export type { HaloProfile } from './halo-profile.ts';
export { haloProfile, haloRings } from './halo-profile.ts';
export type { LineEvidenceOptions } from './line-evidence.ts';
export { lineEvidence } from './line-evidence.ts';
export type { RidgeMapOptions } from './ridge.ts';
export { ridgeExcess, ridgeMap } from './ridge.ts';
export type { MeanBinned } from './mean-bin.ts';
export { meanBin } from './mean-bin.ts';
export type { Components, LabelOptions } from './label-components.ts';
export { labelComponents } from './label-components.ts';
export type { MeasureStarsOptions, StarMeasurements } from './measure-stars.ts';
export { measureStars } from './measure-stars.ts';
export type { StackStarsOptions } from './stack-stars.ts';
export { stackStars } from './stack-stars.ts';
export type { HeaderValues, MeasureQualityOptions, QualityFigures } from './measure-quality.ts';
export { measureQuality } from './measure-quality.ts';
export type { DilateOptions } from './dilate-mask.ts';
export { dilateMask } from './dilate-mask.ts';
export type { FillHolesOptions } from './fill-holes.ts';
export { fillHoles } from './fill-holes.ts';
export type { LineOptions } from './draw-line.ts';
export { drawLine } from './draw-line.ts';
export type { ArcsinhOptions } from './arcsinh-transform.ts';
export { arcsinhTransform } from './arcsinh-transform.ts';
export type { Limits } from './limits.ts';
export { minMaxLimits, percentileLimits } from './limits.ts';
export type { ZscaleOptions } from './zscale.ts';
export { zscaleLimits } from './zscale.ts';
export type { StretchOptions } from './stretch.ts';
export { stretchToBytes } from './stretch.ts';
export type { Cutout, CutoutOptions } from './cutout.ts';
export { cutout } from './cutout.ts';
export type { ChannelImage } from './augment/channel-image.ts';
export { flipImage } from './augment/flip.ts';
export type { WarpOptions } from './augment/warp.ts';
export { warpImage } from './augment/warp.ts';
export type { Rectangle, Uniform } from './augment/pixels.ts';
export { addNoise, cutOut } from './augment/pixels.ts';
export type { AugmentOptions } from './augment/augment.ts';
export { augmentImage } from './augment/augment.ts';
export type { KernelBasis, KernelBasisOptions } from './difference/kernel-basis.ts';
export type { FitKernelOptions, KernelFit, NoisyPlane } from './difference/fit-kernel.ts';
export { fitKernel } from './difference/fit-kernel.ts';
export type { Difference } from './difference/subtract-reference.ts';
export { subtractReference } from './difference/subtract-reference.ts';
export type { Affine, Alignment, AlignStarsOptions, StarList } from './difference/align-stars.ts';
export { alignStars, applyAffine } from './difference/align-stars.ts';
export type { Resampled } from './difference/resample.ts';
export { resample } from './difference/resample.ts';
export type { ProperDifference, ProperImage } from './difference/proper-difference.ts';
export { properDifference } from './difference/proper-difference.ts';
export type { Candidate, FindCandidatesOptions } from './difference/find-candidates.ts';
export { findCandidates } from './difference/find-candidates.ts';
export type { ViewerStretchOptions } from './viewer-stretch.ts';
export { viewerPixelArcsec, viewerStretch, viewerUnstretch } from './viewer-stretch.ts';
export { featureColumns, measureSource } from './source-features/index.ts';
export type { FeatureColumn, MeasureSourceOptions, SourceFeatures } from './source-features/index.ts';
export type { FillMissingOptions } from './difference/fill-missing.ts';
export { fillMissing } from './difference/fill-missing.ts';
export type { Place } from './difference/place-grid.ts';
export { placeGrid } from './difference/place-grid.ts';
export type { StackPsfOptions } from './difference/stack-psf.ts';
export { stackPsf } from './difference/stack-psf.ts';
export type { IsophotalOptions, IsophotalSource } from './difference/isophotal-sources.ts';
export { isophotalSources } from './difference/isophotal-sources.ts';
export type { RoundGaussian } from './difference/fit-round-gaussian.ts';
export { fitRoundGaussian } from './difference/fit-round-gaussian.ts';
export type { SpreadModel } from './difference/spread-model.ts';
export { spreadModel } from './difference/spread-model.ts';
export type {
  AutoscanFeature,
  AutoscanHost,
  AutoscanInput,
  AutoscanMeasurement,
} from './difference/autoscan-features.ts';
export {
  autoscanFeatures,
  autoscanMeasure,
  autoscanSide,
  hostReachArcsec,
} from './difference/autoscan-features.ts';

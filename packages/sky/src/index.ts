export { Rng } from './rng.ts';
export { stream } from './streams.ts';
export { artifactModel } from './artifact.ts';
export type {
  ArtifactModel,
  CcdPlace,
  CcdScene,
  ExposureContext,
  PsfKernel,
  Stage,
  Star,
} from './artifact.ts';
export { artifactModels, simulatedClasses } from './artifacts/index.ts';
export { pipelines, planExposure } from './plan.ts';
export type { ExposureOptions, ExposurePlan, Pipeline, PlannedEvent } from './plan.ts';
export { recycleCcd, simulateCcd } from './simulate-ccd.ts';
export type { SimulatedCcd } from './simulate-ccd.ts';
export { truthThreshold, leastSnr } from './truth.ts';
export type { TruthArtifact } from './truth.ts';
export { maskBits } from './mask-bits.ts';
export { decamPlaces, pixelScaleArcsec } from './focal-plane.ts';
export { exposureFileName, primaryHeader } from './header.ts';
export { appendTables, writeExposure } from './write-exposure.ts';
export type { WriteOptions, WrittenCcd } from './write-exposure.ts';
export { thumbnailSize } from './thumbnails/layout.ts';
export { simulateThumbnail } from './thumbnails/simulate-thumbnail.ts';
export type { Thumbnail } from './thumbnails/simulate-thumbnail.ts';
export { sequenceTags } from './sequences/artifact.ts';
export type { SequenceTag } from './sequences/artifact.ts';
export { cutoutSize } from './sequences/camera.ts';
export { sourceKinds } from './sequences/light-curves.ts';
export type { SourceKind } from './sequences/light-curves.ts';
export { planSequence, sequenceOid } from './sequences/plan.ts';
export type { SequenceOptions, SequencePlan } from './sequences/plan.ts';
export { renderFrame } from './sequences/render-frame.ts';
export type { SequenceFrame } from './sequences/render-frame.ts';
export { appendSequenceTables, sequenceTables, writeSequence } from './sequences/write-sequence.ts';
export type { WrittenSequence } from './sequences/write-sequence.ts';
export { skyBlock } from './cutouts/footprint.ts';
export { cutoutClasses, planCutout } from './cutouts/plan-cutout.ts';
export type { CutoutClass, CutoutOptions, CutoutPlan } from './cutouts/plan-cutout.ts';
export { renderCutout } from './cutouts/render-cutout.ts';
export type { RenderedCutout } from './cutouts/render-cutout.ts';
export { meanBrightness } from './cutouts/scene.ts';
export type { CutoutTruth } from './cutouts/scene.ts';
export { cutoutPixelArcsec, cutoutSurveyNames, cutoutSurveys } from './cutouts/surveys.ts';
export type { CutoutSurveyName } from './cutouts/surveys.ts';
export { pairKinds, simulatePair } from './pairs/simulate-pair.ts';
export type {
  PairKind,
  PairOptions,
  PairTruth,
  SimulatedImage,
  SimulatedPair,
} from './pairs/simulate-pair.ts';
export {
  classOfStamp,
  defaultStampMix,
  stampClassProperties,
  stampClasses,
  visualClasses,
} from './stamps/classes.ts';
export type { StampClass, StampClassProperties, StampMix, VisualClass } from './stamps/classes.ts';
export { simulatePatch, stampsOfPatch } from './stamps/simulate-patch.ts';
export type { PatchOptions } from './stamps/simulate-patch.ts';
export type { Stamp, StampRow } from './stamps/cut-stamp.ts';
export { studyDetection } from './stamps/detection-study.ts';
export type { DetectionStudy, InjectedSource } from './stamps/detection-study.ts';
export { badCategories, exposureCategories } from './bad-exposures/categories.ts';
export type { BadCategory, ExposureCategory } from './bad-exposures/categories.ts';
export { backplaneOf } from './bad-exposures/backplane-noise.ts';
export { defaultCategoryMix, planBadExposure } from './bad-exposures/plan-bad-exposure.ts';
export type { BadExposureOptions, BadExposurePlan, CategoryMix } from './bad-exposures/plan-bad-exposure.ts';
export { communityMask } from './community-mask.ts';
export {
  appendBadExposures,
  badExposureTables,
  writeBadExposure,
} from './bad-exposures/write-bad-exposure.ts';
export type { WrittenBadCcd } from './bad-exposures/write-bad-exposure.ts';

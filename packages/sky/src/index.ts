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
export { planExposure } from './plan.ts';
export type { ExposureOptions, ExposurePlan, PlannedEvent } from './plan.ts';
export { recycleCcd, simulateCcd } from './simulate-ccd.ts';
export type { SimulatedCcd } from './simulate-ccd.ts';
export { truthThreshold, leastSnr } from './truth.ts';
export type { TruthArtifact } from './truth.ts';
export { maskBits } from './mask-bits.ts';
export { decamPlaces, pixelScaleArcsec } from './focal-plane.ts';
export { exposureFileName, primaryHeader } from './header.ts';
export { appendTables, writeExposure } from './write-exposure.ts';
export type { WriteOptions, WrittenCcd } from './write-exposure.ts';

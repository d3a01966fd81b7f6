import { z } from 'zod';
import { patternNames } from './patterns.ts';

/**
 * How a CCD becomes the network's input. Stored in every bundle and read back from there, so that training, scanning, server and page
 * prepare pixels alike. `version` changes whenever the same settings would give other numbers.
 */
export const preprocessSettings = z.object({
  version: z.literal(4).default(4),
  /** Side of the background mesh, pixels; 256 is the survey's: a finer one erases large faint structure. */
  mesh: z.number().int().min(16).default(256),
  /** Pixels per side of a bin. */
  binFactor: z.literal(8).default(8),
  /** Bins of the network's canvas; a smaller image is padded (as masked), a larger one is read in tiles. */
  canvasWidth: z.number().int().default(256),
  canvasHeight: z.number().int().default(512),
  /** Images with a side below this many pixels get quality figures and no probability. */
  minimumSide: z.number().int().default(128),
  /** Side of the stacked star stamp in stamp pixels of `starBin` image pixels each. */
  starSize: z.number().int().default(32),
  starBin: z.number().int().default(2),
});

export type PreprocessSettings = z.infer<typeof preprocessSettings>;

export const defaultPreprocess: PreprocessSettings = preprocessSettings.parse({});

/** The channels of the network's image, in order; see `ccd-features.ts` for their formulas. */
export const channels = [
  'mean',
  'max',
  'min',
  'rms',
  'masked fraction',
  'background',
  'brightest, masked or not',
  'brightest of the other amplifier',
] as const;

/** The maps of evidence beside the image, in cells of two bins; see `evidence.ts` for their formulas. */
export const evidenceKinds = [
  'ridge',
  'narrow streak',
  'long narrow streak',
  'wide streak',
  'long wide streak',
  'line',
  'arc',
] as const;

/** Numbers of stars, mask and amplifiers; see `ccd-features.ts` for their formulas. */
export const measuredNumbers = [
  'log fwhm',
  'ellipticity',
  'log star count',
  'masked fraction',
  'amplifier step',
  'amplifier step significance',
] as const;

/** The numbers beside the image, in order. */
export const scalars: readonly string[] = [...measuredNumbers, ...patternNames];

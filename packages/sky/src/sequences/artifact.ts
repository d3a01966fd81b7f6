import type { PsfProfile } from '../psf.ts';
import type { Rng } from '../rng.ts';
import type { FieldExposure } from './field.ts';

/** Artifact tags of the catalogue, in the order in which it names several of one object. */
export const sequenceTags = [
  ...(['bright_star', 'ghost', 'defocusing', 'column', 'spike', 'frame_edge', 'track', 'cosmic'] as const),
] as const;
export type SequenceTag = (typeof sequenceTags)[number];

/** One cut-out while it is made. Planes are electrons expected, before noise. */
export interface SequenceScene {
  /** Sky and sources of the cut-out, [28, 28]; an artifact changes it in place. */
  readonly plane: Float32Array;
  /** Which frame of the sequence. */
  readonly frame: number;
  readonly exposure: FieldExposure;
  readonly psf: PsfProfile;
  /** Noise of the sky, electrons. */
  readonly skyRms: number;
  /** Where the object lies in the cut-out, counted from 0. */
  readonly objectX: number;
  readonly objectY: number;
  /** Direction of the first of the four diffraction spikes, radians. */
  readonly spikeAngle: number;
  /** Electrons at which a pixel overflows. */
  readonly well: number;
  /** A generator of this artifact in this frame alone. */
  readonly rng: Rng;
  /** Sky and sources with `margin` more pixels on each side. */
  light(margin: number): Float32Array;
}

export interface SequenceContext {
  readonly exposures: readonly FieldExposure[];
  /** A frame that the artifact has to reach. */
  readonly anchor: number;
  readonly spikeAngle: number;
}

/**
 * One kind of artifact over all frames of an object: `draw` fixes it (plain data), `render` puts it into one frame, or leaves the plane as it
 * is where it misses.
 */
export interface SequenceArtifact<P> {
  draw(rng: Rng, context: SequenceContext): P;
  render(scene: SequenceScene, parameters: P): void;
}

/** Erases the parameter type, so that all kinds stand in one table. */
export function sequenceArtifact<P>(model: SequenceArtifact<P>): SequenceArtifact<unknown> {
  return model;
}

/** The anchor and up to `more` further frames, in growing order. */
export function drawFrames(rng: Rng, context: SequenceContext, more: number): readonly number[] {
  const frames = new Set([context.anchor]);
  for (let i = 0; i < more; i++) frames.add(rng.integer(0, context.exposures.length - 1));
  return [...frames].sort((a, b) => a - b);
}

import type { ArtifactModel } from '../artifact.ts';
import { Rng } from '../rng.ts';
import { drawAmplitude } from './amplitudes.ts';

export interface VerticalJumpParameters {
  /** Height of the step, per cent of the sky, on the CCDs that have it in full. */
  readonly peak: number;
  /** Of the half with the higher y. */
  readonly sign: 1 | -1;
  /** Rows from the middle of the CCD to the step. */
  readonly offset: number;
  /** Seed of each CCD's share of the step. */
  readonly seed: number;
}

/**
 * Bad exposures in the median of the flats: a step of 0.1–0.5 % of the sky across the rows near the middle of the CCD (y = 2048), over its full
 * width, on all CCDs while that flat lives. It comes before the survey's sky subtraction, which leaves half of it on either side, fading within
 * ±300 px.
 * Source: Melchior et al. 2016 (Astronomy and Computing 16, 99), the Exposure Checker's example (its pictures have y to the right).
 */
export const verticalJump: ArtifactModel<VerticalJumpParameters> = {
  className: 'Vertical jump',
  stage: 'readout',
  scope: 'exposure',
  extended: true,
  wholeCcd: false,
  draw(rng) {
    return {
      peak: drawAmplitude(rng, 'Vertical jump'),
      sign: rng.sign(),
      offset: rng.integer(-20, 20),
      seed: rng.uint32(),
    };
  },
  render(scene, p, delta) {
    const { width, height } = scene;
    const share = new Rng(p.seed, scene.place.ccdnum).uniform(0.6, 1);
    const from = Math.min(height, Math.max(0, (height >> 1) + p.offset)) * width;
    const value = share * p.sign * (p.peak / 100) * scene.skyLevel;
    for (let i = from; i < width * height; i++) delta[i] += value;
  },
};

import type { ArtifactModel } from '../artifact.ts';
import { Rng } from '../rng.ts';
import { drawAmplitude } from './amplitudes.ts';

export interface VerticalStripesParameters {
  /** Largest offset of a row with the gradient, sky rms. */
  readonly peak: number;
  /** The gradient's share of it, and the edge towards which it rises: higher x or lower. */
  readonly gradient: number;
  readonly rising: 1 | -1;
  /** Rows of the thickest stripes. */
  readonly thickest: number;
  /** Seed of the stripes. */
  readonly seed: number;
}

/**
 * Every few rows are off by an amount of their own: a grain of stripes 1–10 rows thick over the full width of the CCD, 0.1–1 × sky rms, with a
 * slow gradient along x; the cause is unknown. It comes before the survey's sky subtraction, which takes the gradient but not the stripes.
 * Source: Melchior et al. 2016 (Astronomy and Computing 16, 99), the Exposure Checker's example (its pictures have y to the right).
 */
export const verticalStripes: ArtifactModel<VerticalStripesParameters> = {
  className: 'Vertical stripes',
  stage: 'readout',
  scope: 'ccd',
  extended: true,
  wholeCcd: true,
  draw(rng) {
    return {
      peak: drawAmplitude(rng, 'Vertical stripes'),
      gradient: rng.uniform(0.1, 0.4),
      rising: rng.sign(),
      thickest: rng.integer(4, 10),
      seed: rng.uint32(),
    };
  },
  render(scene, p, delta) {
    const { width, height } = scene;
    const rng = new Rng(p.seed);
    const level = p.peak * scene.skyRms;
    const slope = Float32Array.from(
      { length: width },
      (_, x) => p.rising * p.gradient * level * ((2 * x) / (width - 1) - 1),
    );
    let left = 0;
    let offset = 0;
    for (let y = 0; y < height; y++, left--) {
      if (left === 0) {
        left = rng.integer(1, p.thickest);
        offset = rng.uniform(-1, 1) * (1 - p.gradient) * level;
      }
      const base = y * width;
      for (let x = 0; x < width; x++) delta[base + x] += offset + slope[x];
    }
  },
};

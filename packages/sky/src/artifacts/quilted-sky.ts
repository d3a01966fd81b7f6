import type { ArtifactModel } from '../artifact.ts';
import { Rng } from '../rng.ts';
import { drawAmplitude } from './amplitudes.ts';

export interface QuiltedSkyParameters {
  /** Largest error of a block, sky rms. */
  readonly peak: number;
  /** `tiles`: every block is off by itself. `seam`: the blocks along one short edge of the CCD are off together. */
  readonly form: 'tiles' | 'seam';
  /** Seed of the errors; with CCDNUM it gives those of a CCD. */
  readonly seed: number;
}

/** Side of the blocks in which the illumination is normalised, pixels, counted from pixel (0, 0) of each CCD. */
const blockPixels = 512;

/**
 * The illumination correction is normalised in blocks of 512 px, each with an error of its own: tiles of ±0.1–0.5 × sky rms with sharp seams, or
 * a single seam along x 512 px from a short edge. The blocks are those of every CCD, their errors each CCD's own.
 * Source: Melchior et al. 2016 (Astronomy and Computing 16, 99), the Exposure Checker's example.
 */
export const quiltedSky: ArtifactModel<QuiltedSkyParameters> = {
  className: 'Quilted sky',
  stage: 'sky',
  scope: 'exposure',
  extended: false,
  wholeCcd: true,
  draw(rng) {
    return {
      peak: drawAmplitude(rng, 'Quilted sky'),
      form: rng.chance(0.7) ? 'tiles' : 'seam',
      seed: rng.uint32(),
    };
  },
  render(scene, p, delta) {
    const { width, height } = scene;
    const nx = Math.ceil(width / blockPixels);
    const ny = Math.ceil(height / blockPixels);
    const rng = new Rng(p.seed, scene.place.ccdnum);
    const strength = rng.uniform(0.6, 1);
    const errors = p.form === 'tiles' ? tiles(rng, nx, ny) : seam(rng, nx, ny);
    for (let y = 0; y < height; y++) {
      const row = Math.floor(y / blockPixels) * nx;
      for (let i = 0; i < nx; i++) {
        const value = strength * p.peak * scene.skyRms * errors[row + i];
        const end = y * width + Math.min(width, (i + 1) * blockPixels);
        for (let k = y * width + i * blockPixels; k < end; k++) delta[k] += value;
      }
    }
  },
};

/** [ny, nx]: random, with the same weight everywhere from −1 to 1, where one lies; their mean, which the level of the sky takes, is nothing. */
function tiles(rng: Rng, nx: number, ny: number): number[] {
  const drawn = Array.from({ length: nx * ny }, () => rng.uniform(-1, 1));
  const mean = drawn.reduce((sum, value) => sum + value, 0) / drawn.length;
  const largest = Math.max(...drawn.map((value) => Math.abs(value - mean)));
  return drawn.map((value) => (largest > 0 ? (value - mean) / largest : 0));
}

function seam(rng: Rng, nx: number, ny: number): number[] {
  const sign = rng.sign();
  const edge = rng.chance(0.5) ? 0 : ny - 1;
  return Array.from({ length: nx * ny }, (_, k) => (Math.floor(k / nx) === edge ? sign : 0));
}

import type { ArtifactModel } from '../artifact.ts';
import { drawAmplitude } from './amplitudes.ts';
import { starOnCcd, type CausingStar } from './bright-star.ts';
import { smoothStep } from './place.ts';

export interface AntiBleedParameters {
  readonly star: CausingStar;
  /** Depth of the band at the star, sky rms. */
  readonly peak: number;
  /** Rows over which it is deeper than half, and how soft its edges are (0: a box). */
  readonly rows: number;
  readonly soft: number;
  /** Sides of the star it is on: towards higher x, lower x. */
  readonly right: boolean;
  readonly left: boolean;
  /** Pixels along x over which it fades to half. */
  readonly fade: number;
}

/**
 * The sky is over-estimated in the rows of a bright star: a dark band some 100 rows wide along x (the serial direction, at right angles to
 * the bleed trail), from the star to the edge of the CCD, on one side or both, −0.2…−1 × sky rms, the fainter the farther from the star.
 * Around the CCD's brightest star, or one that is brought along.
 * Source: Melchior et al. 2016 (Astronomy and Computing 16, 99), the Exposure Checker's example.
 */
export const antiBleed: ArtifactModel<AntiBleedParameters> = {
  className: 'Anti-bleed',
  stage: 'sky',
  scope: 'ccd',
  extended: false,
  wholeCcd: false,
  draw(rng, exposure) {
    const sides = rng.pick(['right', 'left', 'both']);
    return {
      star: starOnCcd(rng, exposure, 20),
      peak: drawAmplitude(rng, 'Anti-bleed'),
      rows: rng.logUniform(70, 150),
      soft: rng.uniform(0.2, 0.6),
      right: sides !== 'left',
      left: sides !== 'right',
      fade: rng.logUniform(800, 8000),
    };
  },
  stars: ({ star }) => (star.invented ? [star] : []),
  render(scene, p, delta) {
    const { width, height } = scene;
    const along = Float32Array.from({ length: width }, (_, x) => {
      const distance = Math.abs(x - p.star.x);
      const onSide = x >= p.star.x ? p.right : p.left;
      return onSide ? (-p.peak * scene.skyRms * p.fade) / (p.fade + distance) : 0;
    });
    const half = p.rows / 2;
    const soft = p.soft * half;
    const first = Math.max(0, Math.ceil(p.star.y - half - soft));
    const last = Math.min(height - 1, Math.floor(p.star.y + half + soft));
    for (let y = first; y <= last; y++) {
      const inside = half + soft - Math.abs(y - p.star.y);
      const across = smoothStep(0, 2 * soft, inside);
      const base = y * width;
      for (let x = 0; x < width; x++) delta[base + x] += across * along[x];
    }
  },
};

import type { ArtifactModel } from '../artifact.ts';
import { Rng } from '../rng.ts';
import { drawAmplitude } from './amplitudes.ts';
import { saturatedFlux } from './bright-star.ts';

export interface BleedTrailParameters {
  /** The star, CCD pixels, and its flux, electrons. */
  readonly x: number;
  readonly y: number;
  readonly flux: number;
  /** Level beside the star, sky rms. */
  readonly peak: number;
  readonly columns: number;
  /** Reach of the charge from the star towards higher and lower rows, pixels. */
  readonly up: number;
  readonly down: number;
  /** Level at the far end over that beside the star. */
  readonly taper: number;
  readonly seed: number;
}

/**
 * Charge of a saturated star spilled along its column further than the pipeline's mask reaches: 1–12 columns wide, up to the height of the
 * CCD, each column with its own blunt end, fading slowly outwards. The event brings its star along; the saturated core and the bleed that
 * the simulation itself makes of it are masked as usual, so that only what lies beyond that mask is wrong. No range in the
 * specification, so the general one: 0.3–30 × sky rms.
 */
export const bleedTrail: ArtifactModel<BleedTrailParameters> = {
  className: 'Bleed trail',
  stage: 'electrons',
  scope: 'ccd',
  extended: false,
  wholeCcd: false,
  draw(rng, exposure) {
    const length = rng.logUniform(150, 2500);
    // charge overflows both ways, seldom in equal parts
    const share = rng.chance(0.25) ? 0 : rng.uniform(0.3, 1);
    const flip = rng.chance(0.5);
    return {
      x: Math.round(rng.uniform(0.01, 0.99) * exposure.width),
      y: Math.round(rng.uniform(0.02, 0.98) * exposure.height),
      flux: saturatedFlux(rng.logUniform(1.5, 10), exposure),
      peak: drawAmplitude(rng, 'Bleed trail'),
      columns: rng.pick([1, 2, 2, 3, 3, 4, 5, 6, 8, 12]),
      up: flip ? length : share * length,
      down: flip ? share * length : length,
      taper: rng.uniform(0.3, 1),
      seed: rng.uint32(),
    };
  },
  stars: (p) => [{ x: p.x, y: p.y, flux: p.flux }],
  render(scene, p, delta) {
    const { width, height } = scene;
    const rng = new Rng(p.seed);
    const level = p.peak * scene.skyRms;
    const middle = (p.columns - 1) / 2;
    for (let c = 0; c < p.columns; c++) {
      const x = p.x + c - Math.floor(middle);
      // the outer columns end sooner
      const edge = middle > 0 ? Math.abs(c - middle) / middle : 0;
      const strength = 1 - 0.4 * edge * edge;
      for (const [direction, reach] of [
        [1, p.up],
        [-1, p.down],
      ] as const) {
        const end = reach * (1 - edge * rng.uniform(0.1, 0.5));
        const blunt = rng.uniform(2, 8);
        if (x < 0 || x >= width) continue;
        for (let k = direction === 1 ? 0 : 1; k < end; k++) {
          const y = p.y + direction * k;
          if (y < 0 || y >= height) break;
          const fade = 1 - (1 - p.taper) * (k / reach);
          delta[y * width + x] += level * strength * fade * Math.min(1, (end - k) / blunt);
        }
      }
    }
  },
};

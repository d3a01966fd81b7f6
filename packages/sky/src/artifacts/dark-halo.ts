import type { ArtifactModel } from '../artifact.ts';
import { drawAmplitude } from './amplitudes.ts';
import { starOnCcd, type CausingStar } from './bright-star.ts';
import { CoarseField } from './coarse-field.ts';

export interface DarkHaloParameters {
  readonly star: CausingStar;
  /** Depth of the ring where it is darkest, sky rms. */
  readonly peak: number;
  /** Radius where it is darkest, pixels. */
  readonly radius: number;
  /** Short axis over long axis, and the angle of the long one, radians. */
  readonly axisRatio: number;
  readonly angle: number;
}

/**
 * The outskirts of a bright star or galaxy are taken for sky, which comes out too high around it: a dark ring of 200–500 px radius, −0.1…−1 ×
 * sky rms, that goes to nothing inside, where the sky is interpolated over the masked star, and outwards over another radius. Around the
 * CCD's brightest star, or one that is brought along.
 * Source: Melchior et al. 2016 (Astronomy and Computing 16, 99), the Exposure Checker's example.
 */
export const darkHalo: ArtifactModel<DarkHaloParameters> = {
  className: 'Dark halo',
  stage: 'sky',
  scope: 'ccd',
  extended: false,
  wholeCcd: false,
  draw(rng, exposure) {
    return {
      star: starOnCcd(rng, exposure, 50),
      peak: drawAmplitude(rng, 'Dark halo'),
      radius: rng.logUniform(200, 500),
      axisRatio: rng.uniform(0.75, 1),
      angle: rng.uniform(0, Math.PI),
    };
  },
  stars: ({ star }) => (star.invented ? [star] : []),
  render(scene, p, delta) {
    const field = new CoarseField(scene.width, scene.height, 8);
    const { step, nx, values } = field;
    const reach = 2.5 * p.radius;
    const along = Math.cos(p.angle) / p.radius;
    const across = Math.sin(p.angle) / p.radius;
    const [i0, i1] = field.nodesX(p.star.x - reach, p.star.x + reach);
    const [j0, j1] = field.nodesY(p.star.y - reach, p.star.y + reach);
    for (let j = j0; j <= j1; j++) {
      const dy = j * step - p.star.y;
      for (let i = i0; i <= i1; i++) {
        const dx = i * step - p.star.x;
        const u = dx * along + dy * across;
        const v = (dy * along - dx * across) / p.axisRatio;
        const q = u * u + v * v;
        // 1 at q = 1; below 0.01 from 2.5 radii on
        if (q < 6.25) values[j * nx + i] = q * Math.exp(1 - q);
      }
    }
    field.addTo(delta, -p.peak * scene.skyRms);
  },
};

import type { ArtifactModel } from '../artifact.ts';
import { drawAmplitude } from './amplitudes.ts';
import { normalised } from './psf-kernel.ts';

export interface OutOfFocusParameters {
  /** Outer diameter of the donut on the optical axis, pixels: defocus / (2.7 × 15 µm). */
  readonly diameter: number;
  /** Change of the diameter per pixel of the focal plane, by a tilt of the camera. */
  readonly tiltX: number;
  readonly tiltY: number;
  /** Brightness gradient across the donut (coma), relative at the rim, and its direction in radians. */
  readonly coma: number;
  readonly comaAngle: number;
}

/** Diameter of the prime-focus cage's shadow over that of the pupil. */
const obstruction = 0.38;

/**
 * The focus was lost: each star becomes the image of the pupil, a donut of diameter defocus / (2.7 × 15 µm) at f/2.7 (300 µm: 7 px), its hole
 * (0.38 of the diameter) visible above ~8 px. A tilt makes one side of the focal plane worse, by up to a third from axis to rim.
 * One kernel for every star and galaxy of a CCD, convolved with the seeing; cosmic rays stay sharp. Diameter 6–30 px.
 * Source: DECam's focal ratio 2.7 and pixels of 15 µm (Flaugher et al. 2015, AJ 150, 150).
 */
export const outOfFocus: ArtifactModel<OutOfFocusParameters> = {
  className: 'Out of focus',
  stage: 'psf',
  scope: 'exposure',
  extended: false,
  wholeCcd: true,
  draw(rng) {
    const diameter = drawAmplitude(rng, 'Out of focus');
    const tilt = (rng.uniform(0, 0.33) * diameter) / 15_000;
    const direction = rng.uniform(0, 2 * Math.PI);
    return {
      diameter,
      tiltX: tilt * Math.cos(direction),
      tiltY: tilt * Math.sin(direction),
      coma: rng.uniform(0, 0.4),
      comaAngle: rng.uniform(0, 2 * Math.PI),
    };
  },
  kernel(p, place) {
    const radius = Math.max(2, (p.diameter + p.tiltX * place.centreX + p.tiltY * place.centreY) / 2);
    const inner = obstruction * radius;
    const reach = Math.ceil(radius);
    const size = 2 * reach + 1;
    const values = new Float32Array(size * size);
    const cx = (p.coma * Math.cos(p.comaAngle)) / radius;
    const cy = (p.coma * Math.sin(p.comaAngle)) / radius;
    const fine = 8;
    for (let y = -reach; y <= reach; y++) {
      for (let x = -reach; x <= reach; x++) {
        let sum = 0;
        for (let j = 0; j < fine; j++) {
          const dy = y + (j + 0.5) / fine - 0.5;
          for (let i = 0; i < fine; i++) {
            const dx = x + (i + 0.5) / fine - 0.5;
            const r2 = dx * dx + dy * dy;
            if (r2 <= radius * radius && r2 >= inner * inner) sum += 1 + cx * dx + cy * dy;
          }
        }
        values[(y + reach) * size + x + reach] = sum;
      }
    }
    return normalised(size, values);
  },
};

import type { ArtifactModel } from '../artifact.ts';
import { maskBits } from '../mask-bits.ts';

export interface ExcessiveMaskParameters {
  readonly form: 'rectangle' | 'circle';
  /** Centre as fractions of width and height. */
  readonly x: number;
  readonly y: number;
  /** Half sides of the rectangle as fractions of width and height; radius of the circle in pixels. */
  readonly halfWidth: number;
  readonly halfHeight: number;
  readonly radius: number;
  readonly bit: number;
}

/**
 * The masker failed: normal pixels are masked over a rectangle of 10–80 % of the CCD, or over a circle far larger than its star needs
 * (radius 300–900 px). No pixel changes. Source: the Exposure Checker's class of this name.
 */
export const excessiveMask: ArtifactModel<ExcessiveMaskParameters> = {
  className: 'Excessive mask',
  stage: 'mask',
  scope: 'ccd',
  extended: false,
  wholeCcd: false,
  draw(rng) {
    const form = rng.chance(0.6) ? 'rectangle' : 'circle';
    const area = rng.uniform(0.1, 0.8);
    // width × height = area, neither above the CCD's
    const width = rng.uniform(area, 1);
    const height = area / width;
    return {
      form,
      x: form === 'circle' ? rng.uniform(0.05, 0.95) : rng.uniform(width / 2, 1 - width / 2),
      y: form === 'circle' ? rng.uniform(0.05, 0.95) : rng.uniform(height / 2, 1 - height / 2),
      halfWidth: width / 2,
      halfHeight: height / 2,
      radius: rng.uniform(300, 900),
      // an oversized star's is suspect too, so that pipelines without a code for halos have it as well
      bit:
        form === 'circle'
          ? maskBits.STAR | maskBits.SUSPECT
          : rng.pick([maskBits.TRAIL, maskBits.STREAK, maskBits.SUSPECT]),
    };
  },
  mask({ width, height }, p, mask) {
    const cx = p.x * (width - 1);
    const cy = p.y * (height - 1);
    const circle = p.form === 'circle';
    const reachX = circle ? p.radius : p.halfWidth * width;
    const reachY = circle ? p.radius : p.halfHeight * height;
    for (let y = Math.max(0, Math.ceil(cy - reachY)); y <= Math.min(height - 1, cy + reachY); y++) {
      const half = circle ? Math.sqrt(p.radius ** 2 - (y - cy) ** 2) : reachX;
      const from = Math.max(0, Math.ceil(cx - half));
      const to = Math.min(width - 1, Math.floor(cx + half));
      for (let x = from; x <= to; x++) mask[y * width + x] |= p.bit;
    }
  },
};

import type { ArtifactModel } from '../artifact.ts';
import { Rng } from '../rng.ts';
import { drawAmplitude } from './amplitudes.ts';
import { kernelFromPoints } from './psf-kernel.ts';

export interface GuidingParameters {
  /** Diagonal of the box around the track, pixels. */
  readonly length: number;
  /** Direction in radians. */
  readonly angle: number;
  readonly form: 'line' | 'hook' | 'double';
  /** Share of the exposure spent at rest before the motion (line, hook) or at the first place (double). */
  readonly rest: number;
  /** By how much a hook turns, radians. */
  readonly turn: number;
  readonly seed: number;
}

/**
 * The telescope drifted or was bumped during the exposure: every star and galaxy on every CCD shows the same track, a line, a hook or two
 * images, 3–60 px long, while cosmic rays stay sharp. The light lies where the telescope dwelt: a share at rest, the rest along the
 * motion with some jitter.
 */
export const guiding: ArtifactModel<GuidingParameters> = {
  className: 'Guiding',
  stage: 'psf',
  scope: 'exposure',
  extended: false,
  wholeCcd: true,
  draw(rng) {
    return {
      length: drawAmplitude(rng, 'Guiding'),
      angle: rng.uniform(0, 2 * Math.PI),
      form: rng.pick(['line', 'line', 'hook', 'double'] as const),
      rest: rng.uniform(0, 0.35),
      turn: rng.sign() * rng.uniform(1, 3.5),
      seed: rng.uint32(),
    };
  },
  kernel(p) {
    const rng = new Rng(p.seed);
    const n = Math.max(16, Math.ceil(4 * p.length));
    const xs = new Float64Array(n);
    const ys = new Float64Array(n);
    const weights = new Float64Array(n);
    let speed = 1;
    for (let k = 0; k < n; k++) {
      const t = k / (n - 1);
      // a hook turns in its last third
      const bend = p.form === 'hook' ? p.turn * Math.max(0, t - 0.6) * 2.5 : 0;
      if (k > 0) {
        xs[k] = xs[k - 1] + Math.cos(p.angle + bend);
        ys[k] = ys[k - 1] + Math.sin(p.angle + bend);
      }
      speed += 0.1 * (rng.uniform(0.5, 1.5) - speed);
      // a bump passes from one place to the other in a moment and leaves next to nothing between
      weights[k] = p.form === 'double' ? 0.02 * speed : 1 / speed;
    }
    const moving = weights.reduce((sum, w) => sum + w, 0);
    if (p.form === 'double') {
      const share = 0.15 + 2 * p.rest;
      weights[0] += (moving / 0.02) * share;
      weights[n - 1] += (moving / 0.02) * (1 - share);
    } else {
      weights[0] += (moving * p.rest) / (1 - p.rest);
    }
    return kernelFromPoints(centred(xs, ys, weights, p.length));
  },
};

/** Scales a track so that the diagonal of its box is `length` pixels, and centres the box. */
function centred(xs: Float64Array, ys: Float64Array, weights: Float64Array, length: number) {
  const minX = Math.min(...xs);
  const maxX = Math.max(...xs);
  const minY = Math.min(...ys);
  const maxY = Math.max(...ys);
  const scale = length / Math.hypot(maxX - minX, maxY - minY);
  return Array.from(weights, (weight, k) => ({
    x: scale * (xs[k] - (minX + maxX) / 2),
    y: scale * (ys[k] - (minY + maxY) / 2),
    weight,
  }));
}

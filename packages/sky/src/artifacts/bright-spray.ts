import type { ArtifactModel } from '../artifact.ts';
import { Rng } from '../rng.ts';
import { drawAmplitude } from './amplitudes.ts';
import { CoarseField } from './coarse-field.ts';
import { focalOrigin, randomFieldPoint } from './place.ts';

export interface BrightSprayParameters {
  /** Where the fan spreads from, focal-plane pixels: outwards of the CCD it falls on. */
  readonly x: number;
  readonly y: number;
  /** Direction of its axis, radians, and half its opening. */
  readonly angle: number;
  readonly opening: number;
  /** Distance from (x, y) where striae begin and where the fan ends, pixels. */
  readonly near: number;
  readonly far: number;
  readonly striae: number;
  /** Brightest stria, sky rms. */
  readonly peak: number;
  readonly seed: number;
}

/**
 * A bright star off the axis shines on the wall of the shutter or a baffle, which scatters it into a fan of straight striae, each
 * 20–30 px wide and 300–4000 px long, unequal in brightness, dense and broken, coming in from the rim of the focal plane.
 * 1–20 × sky rms. The fan falls on the outermost simulated CCDs first. Striae overlap by the brighter one, so that the peak is the
 * drawn one however dense they lie. Source: the Exposure Checker's example.
 */
export const brightSpray: ArtifactModel<BrightSprayParameters> = {
  className: 'Bright spray',
  stage: 'photons',
  scope: 'exposure',
  extended: true,
  wholeCcd: false,
  draw(rng, exposure) {
    // the outer of two places drawn at random
    const a = randomFieldPoint(rng, exposure);
    const b = randomFieldPoint(rng, exposure);
    const target = Math.hypot(a.x, a.y) > Math.hypot(b.x, b.y) ? a : b;
    const outwards = Math.atan2(target.y, target.x) + rng.normal(0, 0.5);
    const distance = rng.uniform(2500, 8000);
    const reach = rng.uniform(500, 3500);
    return {
      x: target.x + distance * Math.cos(outwards),
      y: target.y + distance * Math.sin(outwards),
      angle: outwards + Math.PI,
      opening: rng.uniform(0.06, 0.35),
      near: Math.max(200, distance - reach),
      far: distance + reach,
      striae: rng.integer(60, 300),
      peak: drawAmplitude(rng, 'Bright spray'),
      seed: rng.uint32(),
    };
  },
  render(scene, p, delta) {
    const origin = focalOrigin(scene);
    const rng = new Rng(p.seed);
    const field = new CoarseField(scene.width, scene.height, 4);
    const px = p.x - origin.x;
    const py = p.y - origin.y;
    let seen = false;
    for (let k = 0; k < p.striae; k++) {
      // brightness falls off from the axis of the fan; the first stria is the brightest
      const off = k === 0 ? rng.uniform(-0.2, 0.2) : rng.uniform(-1, 1);
      const angle = p.angle + p.opening * off + rng.normal(0, 0.01);
      // most are short: the fan looks broken
      const length = Math.min(300 * (4000 / 300) ** (rng.uniform() ** 2), p.far - p.near);
      const start = k === 0 ? (p.near + p.far - length) / 2 : rng.uniform(p.near, p.far - length);
      const weight = k === 0 ? 1 : rng.uniform(0.15, 1) * (1 - 0.7 * Math.abs(off));
      const half = rng.uniform(14, 21);
      if (addStria(field, px, py, angle, start, length, half, weight)) seen = true;
    }
    if (seen) field.addTo(delta, p.peak * scene.skyRms);
  },
};

/** Draws a streak with a parabolic profile across, `half` px to zero on either side, and tapered ends; where streaks overlap the brighter stays. */
function addStria(
  field: CoarseField,
  px: number,
  py: number,
  angle: number,
  start: number,
  length: number,
  half: number,
  weight: number,
): boolean {
  const { step, nx, values } = field;
  const ux = Math.cos(angle);
  const uy = Math.sin(angle);
  const ay = py + start * uy;
  const by = ay + length * uy;
  const ax = px + start * ux;
  const bx = ax + length * ux;
  const [j0, j1] = field.nodesY(Math.min(ay, by) - half, Math.max(ay, by) + half);
  const taper = 1 / Math.min(120, length / 4);
  let seen = false;
  for (let j = j0; j <= j1; j++) {
    const dy = j * step - py;
    let low = Math.min(ax, bx) - half;
    let high = Math.max(ax, bx) + half;
    if (Math.abs(uy) > 1e-9) {
      const centre = px + (dy * ux) / uy;
      low = Math.max(low, centre - half / Math.abs(uy));
      high = Math.min(high, centre + half / Math.abs(uy));
    }
    const [i0, i1] = field.nodesX(low, high);
    for (let i = i0; i <= i1; i++) {
      const dx = i * step - px;
      const d = (dy * ux - dx * uy) / half;
      const t = dx * ux + dy * uy - start;
      if (t <= 0 || t >= length || d <= -1 || d >= 1) continue;
      const value = weight * (1 - d * d) * Math.min(1, t * taper, (length - t) * taper);
      const at = j * nx + i;
      if (value > values[at]) values[at] = value;
      seen = true;
    }
  }
  return seen;
}

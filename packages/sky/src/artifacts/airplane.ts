import type { ArtifactModel } from '../artifact.ts';
import { drawAmplitude } from './amplitudes.ts';
import { CoarseField } from './coarse-field.ts';
import { focalOrigin, randomFieldPoint } from './place.ts';

export interface AirplaneLight {
  /** Sideways from the first light, pixels, and its brightness relative to it. */
  readonly offset: number;
  readonly weight: number;
}

export interface AirplaneParameters {
  /** A point of the first light's path, focal-plane pixels, and its direction in radians. */
  readonly x: number;
  readonly y: number;
  readonly angle: number;
  /** Brightest pixel, sky rms. */
  readonly peak: number;
  /** Outer diameter of the donut each light makes, pixels. */
  readonly diameter: number;
  /** Where the path begins and ends along its direction (the shutter), pixels from (x, y). */
  readonly start: number;
  readonly end: number;
  readonly lights: readonly AirplaneLight[];
  /** Flashes along the path: distance between two, place of one, brightness of a donut over that of the band; 0: none. */
  readonly strobePixels: number;
  readonly strobePhase: number;
  readonly strobeWeight: number;
}

const obstruction = 0.38;

/**
 * The lights of an aircraft some 10 km away, so near that each point of them is a donut as wide as the pupil seen from there: 4 m / 10 km =
 * 82″ = 314 px. The donut swept along the path is a band 300–500 px wide, brightest at the edges of its hole; strobes stand in it as
 * single donuts at equal distances; another lamp may draw a second band beside it. One path in four begins or ends in the field, with
 * the open shape of the donut. 10–1000 × sky rms: it wrecks the survey's sky in whole blocks.
 * Source: the Exposure Checker's example; pupil and pixel scale of DECam.
 */
export const airplane: ArtifactModel<AirplaneParameters> = {
  className: 'Airplane',
  stage: 'photons',
  scope: 'exposure',
  extended: true,
  wholeCcd: false,
  draw(rng, exposure) {
    const { x, y } = randomFieldPoint(rng, exposure);
    const diameter = rng.logUniform(300, 480);
    const lights: AirplaneLight[] = [{ offset: 0, weight: 1 }];
    if (rng.chance(0.3)) {
      lights.push({ offset: rng.sign() * diameter * rng.logUniform(1.1, 6), weight: rng.uniform(0.2, 0.8) });
    }
    const cut = rng.chance(0.25) ? rng.sign() * rng.uniform(0, 1500) : null;
    const strobes = rng.chance(0.6);
    return {
      x,
      y,
      angle: rng.uniform(0, Math.PI),
      peak: drawAmplitude(rng, 'Airplane'),
      diameter,
      start: cut !== null && cut < 0 ? cut : -1e6,
      end: cut !== null && cut >= 0 ? cut : 1e6,
      lights,
      strobePixels: strobes ? rng.logUniform(1200, 5000) : 0,
      strobePhase: rng.uniform(),
      strobeWeight: strobes ? rng.uniform(0.3, 2) : 0,
    };
  },
  render(scene, p, delta) {
    const origin = focalOrigin(scene);
    const ux = Math.cos(p.angle);
    const uy = Math.sin(p.angle);
    const radius = p.diameter / 2;
    const field = new CoarseField(scene.width, scene.height, 4);
    let seen = false;
    for (const light of p.lights) {
      const px = p.x - origin.x - light.offset * uy;
      const py = p.y - origin.y + light.offset * ux;
      if (addLight(field, p, light.weight, px, py, ux, uy, radius)) seen = true;
    }
    if (seen) field.addTo(delta, (p.peak * scene.skyRms) / (1 + p.strobeWeight));
  },
};

function addLight(
  field: CoarseField,
  p: AirplaneParameters,
  weight: number,
  px: number,
  py: number,
  ux: number,
  uy: number,
  radius: number,
): boolean {
  const { step, nx, ny, values } = field;
  const inner = obstruction * radius;
  // longest chord through the annulus: tangent to the hole
  const longest = 2 * Math.sqrt(radius * radius - inner * inner);
  let seen = false;
  for (let j = 0; j < ny; j++) {
    const dy = j * step - py;
    let low = 0;
    let high = (nx - 1) * step;
    if (Math.abs(uy) > 1e-9) {
      const centre = px + (dy * ux) / uy;
      low = centre - radius / Math.abs(uy);
      high = centre + radius / Math.abs(uy);
    }
    const [i0, i1] = field.nodesX(low, high);
    for (let i = i0; i <= i1; i++) {
      const dx = i * step - px;
      const d = dy * ux - dx * uy;
      const d2 = d * d;
      if (d2 >= radius * radius) continue;
      const t = dx * ux + dy * uy;
      // light reaches this pixel while the lamp is within [t − a, t + a] but not within [t − b, t + b]
      const a = Math.sqrt(radius * radius - d2);
      const b = d2 < inner * inner ? Math.sqrt(inner * inner - d2) : 0;
      const lit = overlap(t - a, t + a, p.start, p.end) - overlap(t - b, t + b, p.start, p.end);
      let value = lit / longest;
      if (p.strobeWeight > 0) value += p.strobeWeight * strobe(p, t, d2, radius, inner);
      if (value <= 0) continue;
      values[j * nx + i] += weight * value;
      seen = true;
    }
  }
  return seen;
}

function overlap(low: number, high: number, start: number, end: number): number {
  return Math.max(0, Math.min(high, end) - Math.max(low, start));
}

/** The donut of the nearest flash, 1 inside it, with a rim 12 px soft. */
function strobe(p: AirplaneParameters, t: number, d2: number, radius: number, inner: number): number {
  const phase = t / p.strobePixels - p.strobePhase;
  const nearest = Math.round(phase);
  const at = (nearest + p.strobePhase) * p.strobePixels;
  if (at < p.start || at > p.end) return 0;
  const r = Math.sqrt((t - at) ** 2 + d2);
  return ramp((radius - r) / 12) * ramp(0.5 + (r - inner) / 12);
}

function ramp(value: number): number {
  return value <= 0 ? 0 : value >= 1 ? 1 : value;
}

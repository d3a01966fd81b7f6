import type { ArtifactModel, CcdScene } from '../artifact.ts';
import { drawAmplitude } from './amplitudes.ts';
import { focalOrigin, randomFieldPoint, smoothStep } from './place.ts';
import { trailProfile } from './trail-profile.ts';

export interface SatelliteParameters {
  /** A point of the line where it is at its brightest, focal-plane pixels, and its direction in radians. */
  readonly x: number;
  readonly y: number;
  readonly angle: number;
  /** Peak of the cross-section, sky rms. */
  readonly peak: number;
  /** Diameter of the pupil's image at the satellite's distance, pixels. */
  readonly blurPixels: number;
  /** Where the trail begins and ends along its direction, pixels from (x, y). */
  readonly start: number;
  readonly end: number;
  readonly variation: 'steady' | 'drift' | 'tumbling' | 'flare';
  /** Pixels over which the brightness varies, and the fraction that remains at its faintest. */
  readonly period: number;
  readonly floor: number;
}

const pupilMetres = 4;
const arcsecPerRadian = 206265;
const arcsecPerPixel = 0.263;

/**
 * Sunlight on a satellite that crosses the field while the shutter is open: a straight line over many CCDs whose width is the PSF widened by
 * the image of the 4 m pupil at the satellite's distance (4 m / 550 km = 1.5″ = 6 px). Three in four orbit at 400 to 2000 km and cross the
 * field in seconds; the rest are high, and those near 36,000 km move by the sidereal 15″/s only, so that both ends may be seen.
 * One in three varies along the trail: tumblers, flares, slow changes. Peak 0.3–100 × sky rms.
 * Source: Tyson et al. 2020 (AJ 160, 226) on widths; the Exposure Checker's example.
 */
export const satellite: ArtifactModel<SatelliteParameters> = {
  className: 'Satellite',
  stage: 'photons',
  scope: 'exposure',
  extended: false,
  wholeCcd: false,
  draw(rng, exposure) {
    const { x, y } = randomFieldPoint(rng, exposure);
    const low = rng.chance(0.75);
    const kilometres = low ? rng.logUniform(400, 2000) : rng.logUniform(15_000, 38_000);
    const sidereal = (15.04 / arcsecPerPixel) * exposure.exposureSeconds;
    const stationary = kilometres > 30_000;
    const before = stationary ? rng.uniform(0, sidereal) : 1e6;
    const variation = rng.chance(0.65) ? 'steady' : rng.pick(['drift', 'tumbling', 'flare'] as const);
    return {
      x,
      y,
      angle: rng.uniform(0, Math.PI),
      peak: drawAmplitude(rng, 'Satellite'),
      blurPixels: ((pupilMetres / (kilometres * 1000)) * arcsecPerRadian) / arcsecPerPixel,
      start: -before,
      end: stationary ? sidereal - before : 1e6,
      variation,
      period: variation === 'tumbling' ? rng.logUniform(200, 6000) : rng.logUniform(2000, 12_000),
      floor: rng.uniform(0.05, 0.6),
    };
  },
  render(scene, p, delta) {
    const { width, height } = scene;
    const peak = p.peak * scene.skyRms;
    const profile = trailProfile(scene.fwhmPixels, p.blurPixels, 0.01 / p.peak);
    const { samplesPerPixel, values } = profile;
    const reach = profile.reach;
    const origin = focalOrigin(scene);
    const px = p.x - origin.x;
    const py = p.y - origin.y;
    const ux = Math.cos(p.angle);
    const uy = Math.sin(p.angle);
    // brightness along the trail, one sample every 4 px over the stretch that can meet this CCD
    const along = brightnessAlong(scene, p, px, py, ux, uy);
    for (let y = 0; y < height; y++) {
      const dy = y - py;
      let x0 = 0;
      let x1 = width - 1;
      if (Math.abs(uy) > 1e-9) {
        const centre = px + (dy * ux) / uy;
        const half = reach / Math.abs(uy);
        x0 = Math.max(0, Math.ceil(centre - half));
        x1 = Math.min(width - 1, Math.floor(centre + half));
      }
      for (let x = x0; x <= x1; x++) {
        const dx = x - px;
        const distance = Math.abs(dy * ux - dx * uy);
        if (distance >= reach) continue;
        const s = distance * samplesPerPixel;
        const i = s | 0;
        const cross = values[i] + (s - i) * (values[i + 1] - values[i]);
        const t = (dx * ux + dy * uy - along.start) * 0.25;
        const k = t | 0;
        const brightness = along.values[k] + (t - k) * (along.values[k + 1] - along.values[k]);
        delta[y * width + x] += peak * cross * brightness;
      }
    }
  },
};

function brightnessAlong(
  scene: CcdScene,
  p: SatelliteParameters,
  px: number,
  py: number,
  ux: number,
  uy: number,
): { start: number; values: Float32Array } {
  const corners = [
    [0, 0],
    [scene.width, 0],
    [0, scene.height],
    [scene.width, scene.height],
  ].map(([x, y]) => (x - px) * ux + (y - py) * uy);
  const start = Math.min(...corners) - 8;
  const n = Math.ceil((Math.max(...corners) - start) / 4) + 4;
  const soft = scene.fwhmPixels + p.blurPixels;
  const values = new Float32Array(n);
  for (let i = 0; i < n; i++) {
    const t = start + 4 * i;
    const ends =
      smoothStep(p.start - soft, p.start + soft, t) * (1 - smoothStep(p.end - soft, p.end + soft, t));
    values[i] = ends * brightness(p, t);
  }
  return { start, values };
}

/** Relative brightness `t` pixels along the trail from its reference point: 1 there, never above 1. */
function brightness(p: SatelliteParameters, t: number): number {
  switch (p.variation) {
    case 'steady':
      return 1;
    case 'drift':
      return p.floor + (1 - p.floor) / (1 + (t / p.period) ** 2);
    case 'tumbling':
      return p.floor + (1 - p.floor) * Math.cos((Math.PI * t) / p.period) ** 2;
    case 'flare':
      return p.floor + (1 - p.floor) * Math.exp(-0.5 * (t / (0.3 * p.period)) ** 2);
  }
}

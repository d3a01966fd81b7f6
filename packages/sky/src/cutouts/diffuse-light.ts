import { addGalaxy, galaxyProfile } from '../galaxy.ts';
import { Rng } from '../rng.ts';
import { octaveField } from './octave-field.ts';
import type { CirrusLight, GalaxyLight, PlumeLight, SceneLight, SpiralLight, TrailLight } from './scene.ts';

/** The pixels of a cut-out as they lie on the sky. */
export interface CutoutGrid {
  readonly size: number;
  readonly pixelArcsec: number;
}

/** Steps to which Sérsic indices are rounded. */
export const indexStep = 0.05;
/** Share of a star's light in its aureole, and the aureole's core radius in arcsec: surface brightness ∝ (1 + r²/r₀²)^(−3/2). */
export const aureole = { share: 0.04, radiusArcsec: 4 } as const;
/** Half-light radius in arcsec (geometric mean of the axes) from which a galaxy is smooth enough to be drawn on the cut-out's own pixels. */
const smoothRadius = 2;

/** Is a light so smooth that the cut-out's pixels sample it, and that the bands' different seeing does not matter? */
export function isDiffuse(light: SceneLight): boolean {
  if (light.kind === 'galaxy')
    return light.radius * Math.sqrt(light.axisRatio) >= smoothRadius && light.sersicIndex < 2;
  return light.kind !== 'star';
}

/**
 * Fills `plane` with the shape of a diffuse light: its share of the light's flux in each pixel.
 * @param fwhmArcsec seeing, which widens the smooth galaxies
 */
export function drawShape(
  plane: Float32Array,
  grid: CutoutGrid,
  light: SceneLight,
  fwhmArcsec: number,
): void {
  plane.fill(0);
  switch (light.kind) {
    case 'galaxy':
      drawGalaxy(plane, grid, light, fwhmArcsec);
      break;
    case 'star':
      drawAureole(plane, grid, light.x, light.y);
      break;
    case 'spiral':
      drawSpiral(plane, grid, light);
      break;
    case 'plume':
      drawPlume(plane, grid, light);
      break;
    case 'trail':
      drawTrail(plane, grid, light);
      break;
    case 'cirrus':
      drawCirrus(plane, grid, light);
      break;
  }
}

function drawGalaxy(plane: Float32Array, grid: CutoutGrid, light: GalaxyLight, fwhmArcsec: number): void {
  const { size, pixelArcsec } = grid;
  const middle = (size - 1) / 2;
  const galaxy = {
    ...light,
    ...{ x: middle + light.x / pixelArcsec, y: middle + light.y / pixelArcsec, flux: 1 },
    radius: light.radius / pixelArcsec,
  };
  addGalaxy(plane, size, size, galaxyProfile(galaxy, fwhmArcsec / pixelArcsec, 1e-7, indexStep));
}

/** Calls `value` with each pixel's place, arcsec from the centre; it gives light per square arcsecond. */
function fillFrom(
  plane: Float32Array,
  { size, pixelArcsec }: CutoutGrid,
  value: (x: number, y: number) => number,
): void {
  const middle = (size - 1) / 2;
  const area = pixelArcsec * pixelArcsec;
  for (let j = 0, at = 0; j < size; j++) {
    const y = (j - middle) * pixelArcsec;
    for (let i = 0; i < size; i++, at++) plane[at] = area * value((i - middle) * pixelArcsec, y);
  }
}

function drawAureole(plane: Float32Array, grid: CutoutGrid, x0: number, y0: number): void {
  const { share, radiusArcsec: r0 } = aureole;
  const peak = share / (2 * Math.PI * r0 * r0);
  fillFrom(plane, grid, (x, y) => {
    const q = 1 + ((x - x0) ** 2 + (y - y0) ** 2) / (r0 * r0);
    return peak / (q * Math.sqrt(q));
  });
}

function drawSpiral(plane: Float32Array, grid: CutoutGrid, light: SpiralLight): void {
  const { x: x0, y: y0, radius, axisRatio, angle, arms, pitch, contrast, armX, armY } = light;
  const [c, s] = [Math.cos(angle), Math.sin(angle)];
  const phase = (x: number, y: number): { r: number; turn: number } => {
    const u = (x - x0) * c + (y - y0) * s;
    const v = ((y - y0) * c - (x - x0) * s) / axisRatio;
    const r = Math.hypot(u, v);
    return { r, turn: arms * (Math.atan2(v, u) - Math.log(Math.max(r, 0.05 * radius)) / pitch) };
  };
  const crest = phase(armX, armY).turn;
  const peak = 1 / (2 * Math.PI * radius * radius * axisRatio);
  fillFrom(plane, grid, (x, y) => {
    const { r, turn } = phase(x, y);
    // Twice a squared cosine has a mean of 1; squared once more, narrow arms of the same mean.
    const wave = (0.5 + 0.5 * Math.cos(turn - crest)) ** 2 / 0.375;
    const inner = Math.min(1, r / radius);
    return peak * Math.exp(-r / radius) * (1 + contrast * inner * (wave - 1));
  });
  const { size, pixelArcsec } = grid;
  const clumps = octaveField(new Rng(light.seed), size, [
    { scale: 1.2 / pixelArcsec, rms: 0.16 },
    { scale: 3 / pixelArcsec, rms: 0.16 },
  ]);
  for (let i = 0; i < plane.length; i++) plane[i] *= Math.exp(contrast * clumps[i]);
}

function drawPlume(plane: Float32Array, grid: CutoutGrid, light: PlumeLight): void {
  const { x: x0, y: y0, radius, angle, halfLength, sigma } = light;
  // Along its length the light goes as exp(−½ (θ / (half length / 2))²).
  const along = halfLength / 2;
  const norm = 1 / (sigma * Math.sqrt(2 * Math.PI) * radius * along * Math.sqrt(2 * Math.PI));
  fillFrom(plane, grid, (x, y) => {
    const r = Math.hypot(x - x0, y - y0);
    let turn = Math.atan2(y - y0, x - x0) - angle;
    turn -= 2 * Math.PI * Math.round(turn / (2 * Math.PI));
    return norm * Math.exp(-0.5 * (((r - radius) / sigma) ** 2 + (turn / along) ** 2));
  });
}

function drawTrail(plane: Float32Array, grid: CutoutGrid, light: TrailLight): void {
  const [c, s] = [Math.cos(light.angle), Math.sin(light.angle)];
  const norm = 1 / (light.sigma * Math.sqrt(2 * Math.PI));
  fillFrom(plane, grid, (x, y) => {
    const across = (y - light.y) * c - (x - light.x) * s;
    return norm * Math.exp(-0.5 * (across / light.sigma) ** 2);
  });
}

/**
 * Cirrus has power at all scales, amplitude ∝ scale^0.95 (a spectrum of slope −2.9; Miville-Deschênes et al. 2016, A&A 593, A4); filaments are where
 * the field crosses zero. Brightest value 1 a square arcsecond.
 */
function drawCirrus(plane: Float32Array, grid: CutoutGrid, { seed, filaments, knot }: CirrusLight): void {
  const { size, pixelArcsec } = grid;
  const scales = [1.5, 3, 6, 12, 24].map((arcsec) => ({
    scale: arcsec / pixelArcsec,
    rms: (arcsec / 24) ** 0.95,
  }));
  const field = octaveField(new Rng(seed), size, scales);
  const middle = (size - 1) / 2;
  let most = 0;
  for (let at = 0; at < field.length; at++) {
    const cloud = 1 / (1 + Math.exp(-1.5 * field[at]));
    const ridge = Math.exp(-3 * Math.abs(field[at]));
    let value = cloud * (1 - filaments) + ridge * filaments;
    if (knot !== null) {
      const r2 = ((at % size) - middle) ** 2 + (Math.floor(at / size) - middle) ** 2;
      value *= 0.15 + Math.exp((-0.5 * r2 * pixelArcsec ** 2) / knot ** 2);
    }
    plane[at] = value;
    most = Math.max(most, value);
  }
  const scale = pixelArcsec ** 2 / most;
  for (let at = 0; at < plane.length; at++) plane[at] *= scale;
}

// The point-spread function of an image from its stars, for matched filters and proper subtraction.
import { cutout } from '../cutout.ts';
import { medianInPlace } from '../median.ts';
import type { Plane } from '../plane.ts';
import { checkInteger, checkPlane } from '../plane.ts';
import { resample } from './resample.ts';

export interface StackPsfOptions {
  /** Half the side of the stamp less one, pixels (default 15: 31 × 31). */
  readonly radius?: number;
  /** Stars used at most, from the first (default 40). */
  readonly max?: number;
  /** Only the `3 max` stars nearest to this place may be used; without it all. */
  readonly near?: { readonly x: number; readonly y: number };
}

/**
 * Median, weighted by their light, of the stars of a background-subtracted plane, each brought to the middle by Lanczos-3 interpolation (bilinear would make a PSF of FWHM 4.5 px some 2 % wider), less the
 * median of a ring about it and over its sum: sum 1, odd sides, centre in the middle. Stars with a NaN within the stamp or nearer to the edge than its reach take no part. Null without any.
 * @param stars isolated, unsaturated, brightest first, 0-based pixels: a faint star's own sum and sky are noise, and a median of noise over noise is no PSF
 */
export function stackPsf(
  plane: Plane,
  stars: readonly { readonly x: number; readonly y: number }[],
  options: StackPsfOptions = {},
): Plane | null {
  const { radius = 15, max = 40, near } = options;
  checkPlane(plane, 'stackPsf');
  checkInteger(radius, 2, 'radius', 'stackPsf');
  const side = 2 * radius + 1;
  const distance = (star: { readonly x: number; readonly y: number }) =>
    near === undefined ? 0 : Math.hypot(star.x - near.x, star.y - near.y);
  const farthest = stars.map(distance).sort((a, b) => a - b)[Math.min(stars.length, 3 * max) - 1] ?? 0;
  const stamps: Star[] = [];
  for (const star of stars) {
    if (stamps.length >= max) break;
    if (distance(star) > farthest) continue;
    const stamp = centred(plane, star, side);
    if (stamp !== null) stamps.push(stamp);
  }
  if (stamps.length === 0) return null;
  const data = new Float32Array(side * side);
  const weights = weightsOf(stamps);
  for (let k = 0; k < data.length; k++) data[k] = weightedMedian(stamps, weights, k);
  const sum = data.reduce((total, value) => total + value, 0);
  if (!(sum > 0)) return null;
  for (let k = 0; k < data.length; k++) data[k] /= sum;
  return { width: side, height: side, data };
}

/** The ring about the stamp that gives a star's own sky, from its rim, pixels: what lies nearer still holds a per cent of the star. */
const [ringFrom, ringTo] = [6, 10];

/** A star's stamp of sum 1, and the sum it had. */
interface Star {
  readonly data: Float32Array;
  readonly flux: number;
}

/** The so many brightest stars count alike: the light of one's neighbour must not decide. */
const equals = 5;

/** How much each star counts: as its light, since a faint star's pixels are mostly noise, and the brightest alike. */
function weightsOf(stars: readonly Star[]): Float64Array {
  const fluxes = stars.map(({ flux }) => flux).sort((a, b) => b - a);
  const most = fluxes[Math.min(equals, fluxes.length) - 1];
  return Float64Array.from(stars, ({ flux }) => Math.min(flux, most));
}

/** The value of pixel `k` below and above which half of the weight lies. */
function weightedMedian(stars: readonly Star[], weights: Float64Array, k: number): number {
  const order = Array.from(stars.keys()).sort((a, b) => stars[a].data[k] - stars[b].data[k]);
  const half = 0.5 * weights.reduce((sum, weight) => sum + weight, 0);
  let below = 0;
  for (let at = 0; ; at++) {
    below += weights[order[at]];
    if (below < half && at < order.length - 1) continue;
    // Where the half falls between two, their mean, as of any median.
    const next = below === half ? (order[at + 1] ?? order[at]) : order[at];
    return 0.5 * (stars[order[at]].data[k] + stars[next].data[k]);
  }
}

/** A star's stamp about its centre; null where it is not whole. */
function centred(
  plane: Plane,
  { x, y }: { readonly x: number; readonly y: number },
  side: number,
): Star | null {
  const radius = (side - 1) / 2;
  const wide = cutout(plane, x, y, 2 * (radius + ringTo) + 1);
  const [cx, cy] = [x - wide.offsetX, y - wide.offsetY];
  const { data } = resample(wide, null, { width: side, height: side }, (u, v) => [
    cx + u - radius,
    cy + v - radius,
  ]).image;
  if (data.some((value) => value !== value)) return null;
  const ring: number[] = [];
  for (let v = 0, at = 0; v < wide.height; v++)
    for (let u = 0; u < wide.width; u++, at++) {
      const r = Math.hypot(u - cx, v - cy);
      const value = wide.data[at];
      if (r > radius + ringFrom && r < radius + ringTo && value === value) ring.push(value);
    }
  const sky = ring.length > 0 ? medianInPlace(Float64Array.from(ring)) : 0;
  let sum = 0;
  for (let k = 0; k < data.length; k++) sum += data[k] -= sky;
  if (!(sum > 0)) return null;
  for (let k = 0; k < data.length; k++) data[k] /= sum;
  return { data, flux: sum };
}

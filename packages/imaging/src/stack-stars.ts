// A CCD's point-spread function as a picture: the median of its stars.
import type { StarMeasurements } from './measure-stars.ts';
import type { Plane } from './plane.ts';
import { checkInteger, checkMask, checkPlane } from './plane.ts';

export interface StackStarsOptions {
  /** Side of the stamp in its own pixels (default 32). */
  readonly size?: number;
  /** Image pixels per stamp pixel along each axis (default 1): size 32 with bin 2 covers 64 × 64 px. */
  readonly bin?: number;
  /** Stars used, from the brightest (default 40). */
  readonly max?: number;
  /** Each star is divided by its highest stamp pixel (`peak`, default) or by the sum of its stamp (`flux`) before the median. */
  readonly normalise?: 'peak' | 'flux';
}

/**
 * Median stack (`size × size`, row-major) of the stars of a background-subtracted plane, each shifted by bilinear interpolation so that its
 * centroid lies in the middle, between the four central pixels. Masked, NaN and outside pixels take no part in the median; no stars, or a
 * stamp pixel that none covers, give 0.
 */
export function stackStars(
  plane: Plane,
  mask: Uint8Array | null,
  stars: StarMeasurements,
  options: StackStarsOptions = {},
): Float32Array {
  const { size = 32, bin = 1, max = 40, normalise = 'peak' } = options;
  checkPlane(plane, 'stackStars');
  checkMask(mask, plane, 'stackStars');
  checkInteger(size, 1, 'size', 'stackStars');
  checkInteger(bin, 1, 'bin', 'stackStars');
  const pixels = size * size;
  const stamps: Float32Array[] = [];
  for (let i = 0; i < stars.count && stamps.length < max; i++) {
    const stamp = new Float32Array(pixels);
    cutStamp(plane, mask, stars.x[i], stars.y[i], size, bin, stamp);
    let peak = 0;
    let flux = 0;
    for (const value of stamp)
      if (value === value) {
        flux += value;
        if (value > peak) peak = value;
      }
    const norm = normalise === 'peak' ? peak : flux;
    if (!(norm > 0)) continue;
    for (let k = 0; k < pixels; k++) stamp[k] /= norm;
    stamps.push(stamp);
  }
  const out = new Float32Array(pixels);
  const column = new Float32Array(stamps.length);
  for (let k = 0; k < pixels; k++) {
    let count = 0;
    for (const stamp of stamps) if (stamp[k] === stamp[k]) column[count++] = stamp[k];
    if (count === 0) continue;
    const sorted = column.subarray(0, count).sort();
    out[k] = 0.5 * (sorted[(count - 1) >> 1] + sorted[count >> 1]);
  }
  return out;
}

/** Mean of bin × bin bilinear samples per stamp pixel, the stamp's middle on (x, y); NaN where any of them is unusable. */
function cutStamp(
  plane: Plane,
  mask: Uint8Array | null,
  x: number,
  y: number,
  size: number,
  bin: number,
  stamp: Float32Array,
): void {
  const { width, height, data } = plane;
  const span = size * bin;
  const left = x - (span - 1) / 2;
  const bottom = y - (span - 1) / 2;
  const x0 = Math.floor(left);
  const y0 = Math.floor(bottom);
  const fx = left - x0;
  const fy = bottom - y0;
  const scale = 1 / (bin * bin);
  for (let j = 0; j < span; j++) {
    const row = y0 + j;
    for (let i = 0; i < span; i++) {
      const column = x0 + i;
      const to = Math.floor(j / bin) * size + Math.floor(i / bin);
      if (row < 0 || column < 0 || row + 1 >= height || column + 1 >= width) {
        stamp[to] = NaN;
        continue;
      }
      const at = row * width + column;
      if (
        mask !== null &&
        (mask[at] !== 0 || mask[at + 1] !== 0 || mask[at + width] !== 0 || mask[at + width + 1] !== 0)
      ) {
        stamp[to] = NaN;
        continue;
      }
      const lower = data[at] + fx * (data[at + 1] - data[at]);
      const upper = data[at + width] + fx * (data[at + width + 1] - data[at + width]);
      stamp[to] += scale * (lower + fy * (upper - lower));
    }
  }
}

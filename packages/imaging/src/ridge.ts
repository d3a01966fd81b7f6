// Pixels sharper than any star: what ionising particles leave in the silicon, where no optics has blurred it.
import type { Plane } from './plane.ts';
import { checkInteger, checkMask, checkPlane } from './plane.ts';

/** FWHM of the sharpest star that is granted, px: 0.85″ at DECam's scale. Sharper pixels are no star's, whatever the seeing. */
const sharpestFwhm = 3.2;
/** What a star keeps of its peak one and two pixels away. */
const kept = [1, 2].map((d) => Math.exp(-4 * Math.LN2 * (d / sharpestFwhm) ** 2));

const directions = [
  [1, 0],
  [0, 1],
  [1, 1],
  [1, -1],
] as const;

/**
 * How far a pixel stands above a ridge that a star could have: across it, in some direction and at one or two pixels, both opposite neighbours
 * fall below `share` of what a star of FWHM 3.2 px keeps there, exp(−4 ln 2 d²/FWHM²); in the wing of a star the inner neighbour is
 * brighter still and the tangential ones nearly as bright.
 *
 * @returns the largest `share · kept · value − brighter neighbour`, the plane's units; > 0 on a ridge. −∞ within two pixels of the edge.
 */
export function ridgeExcess({ data, width, height }: Plane, x: number, y: number, share: number): number {
  if (x < 2 || y < 2 || x >= width - 2 || y >= height - 2) return -Infinity;
  const at = y * width + x;
  const value = data[at];
  let excess = -Infinity;
  for (let d = 1; d <= 2; d++) {
    const limit = share * kept[d - 1] * value;
    for (const [dx, dy] of directions) {
      // Two diagonal steps reach farther than a star's share allows for.
      if (d === 2 && dx !== 0 && dy !== 0) continue;
      const step = d * (dy * width + dx);
      const a = data[at + step];
      const b = data[at - step];
      const deficit = limit - (a > b ? a : b);
      if (deficit > excess) excess = deficit;
    }
  }
  return excess;
}

export interface RidgeMapOptions {
  /** Pixels per bin along each axis (default 8). */
  readonly factor?: number;
  /** Pixels fainter than this many `rms` are not looked at (default 8). */
  readonly threshold?: number;
  /** Share of a star's light below which both neighbours must fall (default 0.6). */
  readonly share?: number;
}

/**
 * The largest excess over a star's ridge in each bin, in `rms`: unmasked cosmic rays and hot pixels.
 *
 * @returns ceil(height/factor) × ceil(width/factor), row-major, 0 where no pixel is a ridge; NaN and masked pixels are none.
 */
export function ridgeMap(
  plane: Plane,
  mask: Uint8Array | null,
  rms: number,
  options: RidgeMapOptions = {},
): Float32Array {
  const { factor = 8, threshold = 8, share = 0.6 } = options;
  checkPlane(plane, 'ridgeMap');
  checkMask(mask, plane, 'ridgeMap');
  checkInteger(factor, 1, 'factor', 'ridgeMap');
  const { width, height, data } = plane;
  const columns = Math.ceil(width / factor);
  const out = new Float32Array(columns * Math.ceil(height / factor));
  const least = threshold * rms;
  for (let y = 2; y < height - 2; y++) {
    const row = y * width;
    const to = Math.floor(y / factor) * columns;
    for (let x = 2; x < width - 2; x++) {
      if (!(data[row + x] > least)) continue;
      if (mask !== null && mask[row + x] !== 0) continue;
      const excess = ridgeExcess(plane, x, y, share) / rms;
      const bin = to + Math.floor(x / factor);
      if (excess > out[bin] && excess < Infinity) out[bin] = excess;
    }
  }
  return out;
}

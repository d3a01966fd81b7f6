// The mean of every row of each amplifier: what grain along rows is measured from.
import { medianInPlace } from './median.ts';
import type { Plane } from './plane.ts';
import { checkMask, checkPlane } from './plane.ts';

/** Pixels are cut to ± this many rms first, so that a star crossing a row weighs little. */
const clip = 1.5;
/** Every second pixel: a mean over 500 is as good as the grain looked for. */
const stride = 2;
/** A row with fewer usable samples in a half has no mean there. */
const leastSamples = 50;

/** Means of rows in the left and right half (the amplifiers), in rms of a pixel; NaN where too few pixels are usable. */
export interface RowSeries {
  readonly height: number;
  readonly halves: readonly [Float32Array, Float32Array];
  /** Samples of each mean. */
  readonly counts: readonly [Uint16Array, Uint16Array];
}

/**
 * @param plane background-subtracted; NaN and masked pixels take no part.
 * @param rms sky rms per pixel, the plane's units.
 */
export function rowSeries(plane: Plane, mask: Uint8Array | null, rms: number): RowSeries {
  checkPlane(plane, 'rowSeries');
  checkMask(mask, plane, 'rowSeries');
  const { width, height, data } = plane;
  const halves = [new Float32Array(height), new Float32Array(height)] as const;
  const counts = [new Uint16Array(height), new Uint16Array(height)] as const;
  const limit = clip * rms;
  for (let half = 0; half < 2; half++) {
    const from = half === 0 ? 0 : width >> 1;
    const to = half === 0 ? width >> 1 : width;
    for (let y = 0; y < height; y++) {
      let sum = 0;
      let n = 0;
      for (let at = y * width + from + (y & 1), end = y * width + to; at < end; at += stride) {
        const value = data[at];
        if ((mask !== null && mask[at] !== 0) || value - value !== 0) continue;
        sum += value > limit ? limit : value < -limit ? -limit : value;
        n++;
      }
      halves[half][y] = n < leastSamples ? NaN : sum / (n * rms);
      counts[half][y] = n;
    }
  }
  return { height, halves, counts };
}

export interface RowGrain {
  /** Scatter of a row's mean about its neighbours' over what pixel noise makes of it, median over both halves; 0.97 without grain (the neighbours' mean holds the row). */
  readonly excess: number;
  /** Correlation of that scatter between the halves: grain of the whole row goes through both amplifiers. */
  readonly correlation: number;
}

/** Rows on each side that a row is compared with. */
const neighbours = 8;

/** Null where fewer than 64 rows can be compared. */
export function rowGrain({ height, halves, counts }: RowSeries): RowGrain | null {
  const ratios: number[][] = [[], []];
  let sumA = 0;
  let sumB = 0;
  let sumAB = 0;
  for (let y = 0; y < height; y++) {
    const [a, b] = halves.map((series, half) => {
      const around = meanOf(series, y - neighbours, y + neighbours + 1);
      // Clipped noise of unit rms scatters by 0.882, its mean over n by √n less.
      return ((series[y] - around) * Math.sqrt(counts[half][y])) / 0.882;
    });
    if (a === a) ratios[0].push(Math.abs(a));
    if (b === b) ratios[1].push(Math.abs(b));
    if (a !== a || b !== b) continue;
    // Rows that a saturated star crosses are cut, lest one of them be the correlation.
    const [u, v] = [Math.max(-20, Math.min(20, a)), Math.max(-20, Math.min(20, b))];
    sumA += u * u;
    sumB += v * v;
    sumAB += u * v;
  }
  if (Math.max(ratios[0].length, ratios[1].length) < 64) return null;
  const scatters = ratios
    .filter((list) => list.length >= 64)
    .map((list) => 1.4826 * medianInPlace(Float64Array.from(list)));
  return {
    excess: medianInPlace(Float64Array.from(scatters)),
    correlation: sumA > 0 && sumB > 0 ? sumAB / Math.sqrt(sumA * sumB) : 0,
  };
}

/** Mean of the values of [from, to) that are numbers; NaN where fewer than half are. */
function meanOf(series: Float32Array, from: number, to: number): number {
  let sum = 0;
  let n = 0;
  for (let y = Math.max(0, from); y < Math.min(series.length, to); y++) {
    if (series[y] !== series[y]) continue;
    sum += series[y];
    n++;
  }
  return n < (to - from) / 2 ? NaN : sum / n;
}

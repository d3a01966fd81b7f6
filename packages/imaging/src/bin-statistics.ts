// What a bin of pixels holds, in one pass: the network's input at reduced resolution.
import type { Plane } from './plane.ts';
import { checkInteger, checkMask, checkPlane } from './plane.ts';

/** Per-bin statistics, each `height × width` of the binned image (ceil of the plane's size over the factor). */
export interface BinnedStatistics {
  readonly width: number;
  readonly height: number;
  readonly factor: number;
  readonly mean: Float32Array;
  readonly max: Float32Array;
  readonly min: Float32Array;
  /** Scatter about the bin's mean (population). */
  readonly rms: Float32Array;
  /** Largest excess of a pixel over the mean of its usable neighbours (left, right, above, below), ≥ 0. */
  readonly sharpness: Float32Array;
  /** Fraction of the bin's pixels that are masked or not finite. */
  readonly maskedFraction: Float32Array;
}

export interface BinStatisticsOptions {
  /** Pixels per bin along each axis (default 8). */
  readonly factor?: number;
}

/**
 * Mean, extremes, scatter and sharpness of each `factor × factor` bin over its unmasked finite pixels; the last bins may be partial.
 * A bin with none: NaN in all five, `maskedFraction` 1. A pixel without a usable neighbour adds nothing to sharpness.
 */
export function binStatistics(
  plane: Plane,
  mask: Uint8Array | null,
  options: BinStatisticsOptions = {},
): BinnedStatistics {
  const { factor = 8 } = options;
  checkPlane(plane, 'binStatistics');
  checkMask(mask, plane, 'binStatistics');
  checkInteger(factor, 1, 'factor', 'binStatistics');
  const { width, height, data } = plane;
  const nx = Math.ceil(width / factor);
  const ny = Math.ceil(height / factor);
  const make = () => new Float32Array(nx * ny);
  const out = {
    width: nx,
    height: ny,
    factor,
    mean: make(),
    max: make(),
    min: make(),
    rms: make(),
    sharpness: make(),
    maskedFraction: make(),
  };
  // Rows −1 … factor of a strip with masked and infinite pixels as NaN and a frame of NaN: a sum with NaN in it tells the slow case.
  const pitch = width + 2;
  const strip = new Float32Array((factor + 2) * pitch);
  for (let j = 0; j < ny; j++) {
    const y0 = j * factor;
    const rows = Math.min(factor, height - y0);
    strip.fill(NaN);
    for (let r = -1; r <= rows; r++) {
      const y = y0 + r;
      if (y < 0 || y >= height) continue;
      const to = (r + 1) * pitch + 1;
      const from = y * width;
      for (let x = 0; x < width; x++) {
        const value = data[from + x];
        strip[to + x] = (mask && mask[from + x] !== 0) || value - value !== 0 ? NaN : value;
      }
    }
    for (let i = 0; i < nx; i++) {
      const x0 = i * factor;
      const columns = Math.min(factor, width - x0);
      let count = 0;
      let sum = 0;
      let squares = 0;
      let pivot = NaN;
      let max = -Infinity;
      let min = Infinity;
      let sharpness = 0;
      for (let r = 1; r <= rows; r++) {
        const start = r * pitch + 1 + x0;
        for (let at = start; at < start + columns; at++) {
          const value = strip[at];
          if (value !== value) continue;
          if (count++ === 0) pivot = value;
          const d = value - pivot;
          sum += d;
          squares += d * d;
          if (value > max) max = value;
          if (value < min) min = value;
          let around = 0.25 * (strip[at - 1] + strip[at + 1] + strip[at - pitch] + strip[at + pitch]);
          if (around !== around) around = usableMean(strip, at, pitch);
          const excess = value - around;
          if (excess > sharpness) sharpness = excess;
        }
      }
      const o = j * nx + i;
      const total = rows * columns;
      out.maskedFraction[o] = (total - count) / total;
      if (count === 0) {
        out.mean[o] = out.max[o] = out.min[o] = out.rms[o] = out.sharpness[o] = NaN;
        continue;
      }
      const mean = sum / count;
      out.mean[o] = pivot + mean;
      out.max[o] = max;
      out.min[o] = min;
      out.rms[o] = Math.sqrt(Math.max(0, squares / count - mean * mean));
      out.sharpness[o] = sharpness;
    }
  }
  return out;
}

function usableMean(strip: Float32Array, at: number, pitch: number): number {
  let sum = 0;
  let count = 0;
  for (const j of [at - 1, at + 1, at - pitch, at + pitch]) {
    const value = strip[j];
    if (value === value) {
      sum += value;
      count++;
    }
  }
  return count > 0 ? sum / count : NaN;
}

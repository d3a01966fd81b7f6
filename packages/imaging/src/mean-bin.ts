import type { Plane } from './plane.ts';
import { checkInteger, checkMask, checkPlane } from './plane.ts';

/** A plane reduced by averaging, and how much of each bin could not be used. */
export interface MeanBinned extends Plane {
  readonly factor: number;
  /** Fraction of each bin's pixels that are masked or not finite, 0…1. */
  readonly maskedFraction: Float32Array;
}

/**
 * Mean of the unmasked finite pixels of each `factor × factor` bin (default 8); ceil(size / factor) bins, the last may be partial.
 * A bin with none is NaN with `maskedFraction` 1. Throws RangeError for a factor < 1 or a mask of another shape.
 */
export function meanBin(plane: Plane, mask: Uint8Array | null = null, factor = 8): MeanBinned {
  checkPlane(plane, 'meanBin');
  checkMask(mask, plane, 'meanBin');
  checkInteger(factor, 1, 'factor', 'meanBin');
  const { width, height, data } = plane;
  const nx = Math.ceil(width / factor);
  const ny = Math.ceil(height / factor);
  const mean = new Float32Array(nx * ny);
  const maskedFraction = new Float32Array(nx * ny);
  const sums = new Float64Array(nx);
  const counts = new Int32Array(nx);
  for (let j = 0; j < ny; j++) {
    const y0 = j * factor;
    const y1 = Math.min(height, y0 + factor);
    sums.fill(0);
    counts.fill(0);
    for (let y = y0; y < y1; y++) {
      let at = y * width;
      for (let i = 0; i < nx; i++) {
        const end = Math.min(at + factor, (y + 1) * width);
        let sum = 0;
        let count = 0;
        for (; at < end; at++) {
          const value = data[at];
          // Infinite minus itself is NaN, as NaN is: neither equals 0.
          if (value - value === 0 && !(mask !== null && mask[at] !== 0)) {
            sum += value;
            count++;
          }
        }
        sums[i] += sum;
        counts[i] += count;
      }
    }
    for (let i = 0; i < nx; i++) {
      const total = (y1 - y0) * Math.min(factor, width - i * factor);
      mean[j * nx + i] = counts[i] > 0 ? sums[i] / counts[i] : NaN;
      maskedFraction[j * nx + i] = (total - counts[i]) / total;
    }
  }
  return { width: nx, height: ny, factor, data: mean, maskedFraction };
}

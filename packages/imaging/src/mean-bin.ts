import { fillStrip, leftPadding, paddedPitch } from './padded-strip.ts';
import { Layout } from './kernel-memory.ts';
import { pixelKernels } from './pixel-kernels.ts';
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
  const { width, height } = plane;
  const nx = Math.ceil(width / factor);
  const ny = Math.ceil(height / factor);
  const pitch = paddedPitch(width, factor);
  const layout = new Layout();
  const stripAt = layout.take(4 * pitch * factor);
  const maskAt = layout.take(mask ? pitch * factor : 0);
  const outAt = layout.take(4 * 2 * nx);
  const kernels = pixelKernels(layout.bytes);
  kernels.u8.fill(0, maskAt, maskAt + (mask ? pitch * factor : 0));
  const mean = new Float32Array(nx * ny);
  const maskedFraction = new Float32Array(nx * ny);
  for (let j = 0; j < ny; j++) {
    const y0 = j * factor;
    const rows = Math.min(factor, height - y0);
    fillStrip(kernels, plane, mask, y0, y0 + rows, stripAt, maskAt, pitch);
    kernels.run.meanBins(stripAt + 4 * leftPadding, pitch, width, rows, nx, factor, outAt, nx);
    mean.set(kernels.f32.subarray(outAt / 4, outAt / 4 + nx), j * nx);
    maskedFraction.set(kernels.f32.subarray(outAt / 4 + nx, outAt / 4 + 2 * nx), j * nx);
  }
  return { width: nx, height: ny, factor, data: mean, maskedFraction };
}

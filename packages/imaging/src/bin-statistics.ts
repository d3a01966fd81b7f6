// What a bin of pixels holds, in one pass: the network's input at reduced resolution.
import { fillStrip, leftPadding, paddedPitch } from './padded-strip.ts';
import { Layout } from './kernel-memory.ts';
import { pixelKernels } from './pixel-kernels.ts';
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
  /** Fraction of the bin's pixels that are masked or not finite. */
  readonly maskedFraction: Float32Array;
}

export interface BinStatisticsOptions {
  /** Pixels per bin along each axis (default 8). */
  readonly factor?: number;
}

/**
 * Mean, extremes and scatter of each `factor × factor` bin over its unmasked finite pixels; the last bins may be partial.
 * A bin with none: NaN in all four, `maskedFraction` 1.
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
  const { width, height } = plane;
  const nx = Math.ceil(width / factor);
  const ny = Math.ceil(height / factor);
  const pitch = paddedPitch(width, factor);
  const stripBins = Math.max(1, Math.floor(32 / factor));
  const layout = new Layout();
  const rows = stripBins * factor;
  const stripAt = layout.take(4 * pitch * rows);
  const maskAt = layout.take(mask ? pitch * rows : 0);
  const outPlane = stripBins * nx;
  const outAt = layout.take(4 * 5 * outPlane);
  const kernels = pixelKernels(layout.bytes);
  // The mask's padding is written once: strips only replace what lies between.
  kernels.u8.fill(0, maskAt, maskAt + (mask ? pitch * rows : 0));
  const results = Array.from({ length: 5 }, () => new Float32Array(nx * ny));
  for (let j = 0; j < ny; j += stripBins) {
    const bins = Math.min(stripBins, ny - j);
    const y0 = j * factor;
    fillStrip(kernels, plane, mask, y0, y0 + bins * factor, stripAt, maskAt, pitch);
    const origin = stripAt + 4 * leftPadding;
    kernels.run.binStatistics(origin, pitch, width, height - y0, nx, bins, factor, outAt, outPlane);
    results.forEach((result, k) => {
      const from = outAt / 4 + k * outPlane;
      result.set(kernels.f32.subarray(from, from + bins * nx), j * nx);
    });
  }
  const [mean, max, min, rms, maskedFraction] = results;
  return { width: nx, height: ny, factor, mean, max, min, rms, maskedFraction };
}

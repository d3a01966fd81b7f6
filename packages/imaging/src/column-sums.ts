// Clipped sums of each column over blocks of rows: what streaks along columns and steps between amplifiers are measured from.
import { fillStrip, leftPadding, paddedPitch } from './padded-strip.ts';
import { Layout } from './kernel-memory.ts';
import { pixelKernels } from './pixel-kernels.ts';
import type { Plane } from './plane.ts';
import { checkMask, checkPlane } from './plane.ts';

/** Rows of a block. */
export const blockRows = 64;
/** Pixels are cut to ± this many rms first, so that a star crossing a column weighs little. */
const clip = 1.5;
/** Scatter of unit noise cut to ±1.5: ∫ min(x², 1.5²) φ = 0.778. */
export const clippedScatter = 0.882;

/** Running sums along x, so that the sum over columns a … b − 1 of a block is `sums[at + b] − sums[at + a]`, `at` = block · (width + 1). */
export interface ColumnSums {
  readonly width: number;
  readonly blocks: number;
  /** Clipped pixels in rms, and how many of them. */
  readonly sums: Float64Array;
  readonly counts: Int32Array;
}

/**
 * @param plane background-subtracted; NaN and masked pixels take no part.
 * @param rms sky rms per pixel, the plane's units.
 */
export function columnSums(plane: Plane, mask: Uint8Array | null, rms: number): ColumnSums {
  checkPlane(plane, 'columnSums');
  checkMask(mask, plane, 'columnSums');
  const { width, height } = plane;
  const blocks = Math.ceil(height / blockRows);
  const sums = new Float64Array(blocks * (width + 1));
  const counts = new Int32Array(blocks * (width + 1));
  const pitch = paddedPitch(width, 4);
  const whole = Math.ceil(width / 4) * 4;
  const layout = new Layout();
  const stripAt = layout.take(4 * pitch * blockRows);
  const maskAt = layout.take(mask ? pitch * blockRows : 0);
  const sumsAt = layout.take(4 * whole);
  const countsAt = layout.take(4 * whole);
  const kernels = pixelKernels(layout.bytes);
  kernels.u8.fill(0, maskAt, maskAt + (mask ? pitch * blockRows : 0));
  const { f32, run } = kernels;
  for (let block = 0; block < blocks; block++) {
    const top = block * blockRows;
    const bottom = Math.min(top + blockRows, height);
    fillStrip(kernels, plane, mask, top, bottom, stripAt, maskAt, pitch);
    run.columnSums(stripAt + 4 * leftPadding, pitch, whole, bottom - top, 1 / rms, clip, sumsAt, countsAt);
    const at = block * (width + 1);
    for (let x = 0; x < width; x++) {
      sums[at + x + 1] = sums[at + x] + f32[sumsAt / 4 + x];
      counts[at + x + 1] = counts[at + x] + f32[countsAt / 4 + x];
    }
  }
  return { width, blocks, sums, counts };
}

import type { PixelKernels } from './pixel-kernels.ts';
import type { Plane } from './plane.ts';

/**
 * Rows of an image in the kernels' memory stand in a frame of NaN: 4 floats to the left, at least 4 to the right after whole bins, so that
 * kernels read neighbours and whole bins without a test.
 */
export const leftPadding = 4;

/** Floats per row that hold `width` pixels in whole bins, with the frame. A multiple of 16, as `clean` wants. */
export function paddedPitch(width: number, factor: number): number {
  return (leftPadding + Math.ceil(width / factor) * factor + 4 + 15) & ~15;
}

/**
 * Copies rows y0 … y1 − 1 (rows outside the image are NaN) to the strip and turns masked and infinite pixels into NaN. `data` and `mask` are
 * the addresses of the first row's padding.
 */
export function fillStrip(
  kernels: PixelKernels,
  plane: Plane,
  mask: Uint8Array | null,
  y0: number,
  y1: number,
  data: number,
  maskAt: number,
  pitch: number,
): void {
  const { width, height } = plane;
  const { f32, u8, run } = kernels;
  for (let y = y0; y < y1; y++) {
    const row = data / 4 + (y - y0) * pitch;
    if (y < 0 || y >= height) {
      f32.fill(NaN, row, row + pitch);
      if (mask) u8.fill(0, maskAt + (y - y0) * pitch, maskAt + (y - y0 + 1) * pitch);
      continue;
    }
    f32.fill(NaN, row, row + leftPadding);
    f32.set(plane.data.subarray(y * width, (y + 1) * width), row + leftPadding);
    f32.fill(NaN, row + leftPadding + width, row + pitch);
    if (mask) u8.set(mask.subarray(y * width, (y + 1) * width), maskAt + (y - y0) * pitch + leftPadding);
  }
  run.clean(data, mask ? maskAt : 0, (y1 - y0) * pitch);
}

import type { Plane } from './plane.ts';
import { checkInteger, checkPlane } from './plane.ts';

/** A cut-out and where its pixel (0, 0) lies in the plane it was cut from (may be negative). */
export interface Cutout extends Plane {
  readonly offsetX: number;
  readonly offsetY: number;
}

export interface CutoutOptions {
  /** Value of pixels outside the plane (default NaN). */
  readonly fill?: number;
}

/**
 * The `width × height` pixels around (x, y), which falls on pixel (floor(width/2), floor(height/2)) of the cut-out, rounded to whole pixels. May lie
 * partly or wholly outside. Throws RangeError for a size < 1 or a position that is not finite.
 */
export function cutout(
  plane: Plane,
  x: number,
  y: number,
  width: number,
  height: number = width,
  options: CutoutOptions = {},
): Cutout {
  checkPlane(plane, 'cutout');
  checkInteger(width, 1, 'width', 'cutout');
  checkInteger(height, 1, 'height', 'cutout');
  if (!Number.isFinite(x) || !Number.isFinite(y))
    throw new RangeError(`cutout: position (${x}, ${y}) must be finite`);
  const offsetX = Math.round(x) - Math.floor(width / 2);
  const offsetY = Math.round(y) - Math.floor(height / 2);
  const data = new Float32Array(width * height).fill(options.fill ?? NaN);
  const from = Math.max(0, offsetX);
  const to = Math.min(plane.width, offsetX + width);
  if (from < to)
    for (let row = Math.max(0, offsetY); row < Math.min(plane.height, offsetY + height); row++)
      data.set(
        plane.data.subarray(row * plane.width + from, row * plane.width + to),
        (row - offsetY) * width + from - offsetX,
      );
  return { width, height, data, offsetX, offsetY };
}

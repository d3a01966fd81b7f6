/** A single image plane: `height × width` float32 pixels, row-major (pixel (y, x) at `data[y * width + x]`). NaN means "no value". */
export interface Plane {
  readonly width: number;
  readonly height: number;
  readonly data: Float32Array;
}

/** A plane of the given size, zero-filled or around existing pixels. Throws RangeError where sizes disagree. */
export function createPlane(width: number, height: number, data?: Float32Array): Plane {
  const plane = { width, height, data: data ?? new Float32Array(width * height) };
  checkPlane(plane, 'createPlane');
  return plane;
}

/** Throws RangeError unless width and height are integers ≥ 1 and the array holds width × height pixels. */
export function checkPlane(plane: Plane, where: string): void {
  const { width, height, data } = plane;
  if (!Number.isInteger(width) || !Number.isInteger(height) || width < 1 || height < 1)
    throw new RangeError(`${where}: plane is ${width}×${height}; width and height must be integers ≥ 1`);
  if (data.length !== width * height)
    throw new RangeError(
      `${where}: plane.data has ${data.length} pixels, ${width}×${height} = ${width * height} needed`,
    );
}

/** Throws RangeError unless the mask is null or has one value per pixel. */
export function checkMask(mask: ArrayLike<number> | null | undefined, plane: Plane, where: string): void {
  if (mask && mask.length !== plane.width * plane.height)
    throw new RangeError(
      `${where}: mask has ${mask.length} values, the plane ${plane.width * plane.height} pixels; pass a mask of the same shape or null`,
    );
}

/** Throws RangeError unless `value` is an integer ≥ `least`. */
export function checkInteger(value: number, least: number, name: string, where: string): void {
  if (!Number.isInteger(value) || value < least)
    throw new RangeError(`${where}: ${name} = ${value}; it must be an integer ≥ ${least}`);
}

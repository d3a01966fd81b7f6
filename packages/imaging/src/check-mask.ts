/** Throws RangeError unless the mask has width × height values, both sizes integers ≥ 0. */
export function checkMaskShape(mask: ArrayLike<number>, width: number, height: number, where: string): void {
  if (!Number.isInteger(width) || !Number.isInteger(height) || width < 0 || height < 0)
    throw new RangeError(`${where}: size ${width}×${height}; width and height must be integers ≥ 0`);
  if (mask.length !== width * height)
    throw new RangeError(
      `${where}: mask has ${mask.length} values, ${width}×${height} = ${width * height} needed`,
    );
}

/** Extents of a tensor, outermost first. One that is left open is {@link anyBatch}, only ever the first, or {@link anySteps}. */
export type Shape = readonly number[];

/** Stands in a shape for a batch of any size: models are exported with it, training graphs have every extent fixed. */
export const anyBatch = -1;

/** Stands in a shape for sequences of any number of steps, as {@link anyBatch} does for batches. */
export const anySteps = -2;

/** A shape that does not fit. The message names the layer, the shapes met and what to change. */
export class ShapeError extends RangeError {
  override readonly name = 'ShapeError';
}

/** Number of elements; negative where an extent is open. */
export function elementCount(shape: Shape): number {
  let count = 1;
  for (const extent of shape) count *= Math.abs(extent);
  return shape.some((extent) => extent < 0) ? -count : count;
}

/** The open extents of a shape, in order. */
export function openExtents(shape: Shape): number[] {
  return shape.filter((extent) => extent < 0);
}

/** What an open extent is called in messages and in ONNX. */
export function extentName(extent: number): string {
  return extent === anyBatch ? 'N' : extent === anySteps ? 'T' : String(extent);
}

/** `[N, 3, 8, 8]` or `[N, T, 36]`, as error messages and ONNX print it. */
export function formatShape(shape: Shape): string {
  return `[${shape.map(extentName).join(', ')}]`;
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((extent, axis) => extent === b[axis]);
}

/** The shape two operands share under NumPy's broadcasting. Throws {@link ShapeError}. */
export function broadcastShapes(a: Shape, b: Shape): number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, axis) => {
    const left = a[a.length - rank + axis] ?? 1;
    const right = b[b.length - rank + axis] ?? 1;
    if (left !== right && left !== 1 && right !== 1) {
      throw new ShapeError(
        `${formatShape(a)} and ${formatShape(b)} do not broadcast: axis ${axis} is ${left} and ${right}; ` +
          'extents must be equal or 1, so reshape one of them',
      );
    }
    return left === 1 ? right : left;
  });
}

/** Axes counted from the front, each once and in order; negative ones count from the back as in NumPy. */
export function normaliseAxes(axes: readonly number[], rank: number): number[] {
  const normalised = axes.map((axis) => (axis < 0 ? axis + rank : axis));
  for (const [index, axis] of normalised.entries()) {
    if (!Number.isInteger(axis) || axis < 0 || axis >= rank) {
      throw new ShapeError(
        `axis ${axes[index]} does not exist in a tensor of ${rank} axes; use 0 to ${rank - 1}`,
      );
    }
  }
  return [...new Set(normalised)].sort((a, b) => a - b);
}

/** The shape left after reducing over `axes`. */
export function reducedShape(shape: Shape, axes: readonly number[], keep: boolean): number[] {
  const reduced = new Set(normaliseAxes(axes, shape.length));
  return shape.flatMap((extent, axis) => (reduced.has(axis) ? (keep ? [1] : []) : [extent]));
}

/** The largest divisor of `count` that is at most `limit`. */
export function divisorNear(count: number, limit: number): number {
  let divisor = Math.max(1, Math.floor(limit));
  while (count % divisor !== 0) divisor--;
  return divisor;
}

/** One number for both directions, or one for each. */
export function pair(value: number | readonly [height: number, width: number]): readonly [number, number] {
  return typeof value === 'number' ? [value, value] : value;
}

/** One number for every side, or one for each: top, left, bottom, right. */
export function sides(
  value: number | readonly [number, number, number, number],
): readonly [number, number, number, number] {
  return typeof value === 'number' ? [value, value, value, value] : value;
}

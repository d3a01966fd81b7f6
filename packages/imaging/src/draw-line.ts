import { checkMaskShape } from './check-mask.ts';

export interface LineOptions {
  /** Full width in pixels (default 1). Below 1 a line may have gaps. */
  readonly lineWidth?: number;
  /** Value to write (default 1). */
  readonly value?: number;
}

/**
 * Sets the pixels whose centres lie within half the line width of the segment from (x0, y0) to (x1, y1), round ends, in place; what lies outside the
 * mask is left out. Returns the mask. Throws RangeError for non-finite ends or a width ≤ 0.
 */
export function drawLine<M extends Uint8Array | Uint16Array | Int32Array>(
  mask: M,
  width: number,
  height: number,
  x0: number,
  y0: number,
  x1: number,
  y1: number,
  options: LineOptions = {},
): M {
  const { lineWidth = 1, value = 1 } = options;
  checkMaskShape(mask, width, height, 'drawLine');
  if (![x0, y0, x1, y1].every(Number.isFinite) || !(lineWidth > 0))
    throw new RangeError(
      `drawLine: ends (${x0}, ${y0}), (${x1}, ${y1}) must be finite and lineWidth = ${lineWidth} > 0`,
    );
  const half = lineWidth / 2;
  const dx = x1 - x0;
  const dy = y1 - y0;
  const squared = dx * dx + dy * dy;
  const top = Math.min(height - 1, Math.floor(Math.max(y0, y1) + half));
  for (let y = Math.max(0, Math.ceil(Math.min(y0, y1) - half)); y <= top; y++) {
    // The capsule's span in this row lies within `half` of the part of the segment whose y is within `half` of the row.
    let ta = 0;
    let tb = 1;
    if (dy !== 0) {
      const a = (y - half - y0) / dy;
      const b = (y + half - y0) / dy;
      ta = Math.max(0, Math.min(a, b));
      tb = Math.min(1, Math.max(a, b));
    }
    const xa = x0 + ta * dx;
    const xb = x0 + tb * dx;
    const right = Math.min(width - 1, Math.floor(Math.max(xa, xb) + half));
    for (let x = Math.max(0, Math.ceil(Math.min(xa, xb) - half)); x <= right; x++) {
      const t = squared > 0 ? Math.min(1, Math.max(0, ((x - x0) * dx + (y - y0) * dy) / squared)) : 0;
      const u = x - x0 - t * dx;
      const v = y - y0 - t * dy;
      if (u * u + v * v <= half * half) mask[y * width + x] = value;
    }
  }
  return mask;
}

import { checkMaskShape } from './check-mask.ts';

export interface DilateOptions {
  /** Pixels to grow by (default 1); a fraction rounds the disc. */
  readonly radius?: number;
  /** `disc` (default): pixels within `radius` of a set one; `square`: within a square of side 2·radius + 1. */
  readonly shape?: 'disc' | 'square';
}

/** Grows the nonzero pixels of a `height × width` mask; returns a new mask of 0 and 1. Throws RangeError for a negative radius or a wrong length. */
export function dilateMask(
  mask: Uint8Array,
  width: number,
  height: number,
  options: DilateOptions = {},
): Uint8Array {
  const { radius = 1, shape = 'disc' } = options;
  checkMaskShape(mask, width, height, 'dilateMask');
  if (!(radius >= 0 && radius < 1e6)) throw new RangeError(`dilateMask: radius = ${radius}; it must be ≥ 0`);
  const reach = Math.floor(radius);
  const halfWidths = new Int32Array(reach + 1);
  for (let dy = 0; dy <= reach; dy++)
    halfWidths[dy] = shape === 'square' ? reach : Math.floor(Math.sqrt(radius * radius - dy * dy));
  const out = new Uint8Array(width * height);
  // Each run of set pixels paints one longer run per row within reach.
  for (let y = 0; y < height; y++) {
    const base = y * width;
    for (let x = 0; x < width; x++) {
      if (mask[base + x] === 0) continue;
      const first = x;
      while (x < width && mask[base + x] !== 0) x++;
      for (let v = Math.max(0, y - reach); v <= Math.min(height - 1, y + reach); v++) {
        const grow = halfWidths[Math.abs(v - y)];
        out.fill(1, v * width + Math.max(0, first - grow), v * width + Math.min(width, x + grow));
      }
    }
  }
  return out;
}

import { stretched } from './placement.ts';
import type { MapSize, Placement } from './placement.ts';

/**
 * A map [h, w] as [H, W], linear between the centres of its pixels; the outermost are repeated for half a step, and beyond that, where no
 * pixel of the map is, is 0. Spread edge to edge unless a placement says where they lie: row i is then at (i + ½)·h/H − ½ of the map
 * (PyTorch's bilinear interpolation with align_corners=False).
 */
export function resizeHeat(
  map: Float32Array,
  from: MapSize,
  to: MapSize,
  { offset, stride }: Placement = stretched(from, to),
): Float32Array {
  const rows = weights(from.height, to.height, offset[0], stride[0]);
  const columns = weights(from.width, to.width, offset[1], stride[1]);
  const out = new Float32Array(to.height * to.width);
  for (let y = 0; y < to.height; y++) {
    const [top, bottom, down] = rows[y];
    for (let x = 0; x < to.width; x++) {
      const [left, right, across] = columns[x];
      if (down === null || across === null) continue;
      const above = map[top * from.width + left] * (1 - across) + map[top * from.width + right] * across;
      const below =
        map[bottom * from.width + left] * (1 - across) + map[bottom * from.width + right] * across;
      out[y * to.width + x] = above * (1 - down) + below * down;
    }
  }
  return out;
}

/** For each output pixel the two it lies between and the share of the second; null outside the map. */
function weights(
  from: number,
  to: number,
  offset: number,
  stride: number,
): (readonly [number, number, number | null])[] {
  return Array.from({ length: to }, (_, k) => {
    const place = (k - offset) / stride;
    // A hair more than half a step, for the division's sake.
    if (place < -0.501 || place > from - 0.499) return [0, 0, null];
    const centre = Math.min(Math.max(0, place), from - 1);
    const below = Math.floor(centre);
    return [below, Math.min(below + 1, from - 1), centre - below];
  });
}

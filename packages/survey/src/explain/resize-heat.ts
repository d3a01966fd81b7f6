/** Height and width of a map. */
export interface MapSize {
  readonly height: number;
  readonly width: number;
}

/**
 * A map [h, w] as [H, W], linear between pixel centres: output row i lies at (i + ½)·h/H − ½, rows beyond the edge repeat it (PyTorch's
 * bilinear interpolation with align_corners=False).
 */
export function resizeHeat(map: Float32Array, from: MapSize, to: MapSize): Float32Array {
  const rows = weights(from.height, to.height);
  const columns = weights(from.width, to.width);
  const out = new Float32Array(to.height * to.width);
  for (let y = 0; y < to.height; y++) {
    const [top, bottom, down] = rows[y];
    for (let x = 0; x < to.width; x++) {
      const [left, right, across] = columns[x];
      const above = map[top * from.width + left] * (1 - across) + map[top * from.width + right] * across;
      const below =
        map[bottom * from.width + left] * (1 - across) + map[bottom * from.width + right] * across;
      out[y * to.width + x] = above * (1 - down) + below * down;
    }
  }
  return out;
}

/** For each output pixel the two it lies between and the share of the second. */
function weights(from: number, to: number): (readonly [number, number, number])[] {
  return Array.from({ length: to }, (_, k) => {
    const centre = Math.min(Math.max(0, ((k + 0.5) * from) / to - 0.5), from - 1);
    const below = Math.floor(centre);
    return [below, Math.min(below + 1, from - 1), centre - below];
  });
}

import { activeCells } from './frame.ts';
import type { Grow } from './frame.ts';

/** A mask that covers too much: what the pipeline masked in the active cells. Nothing where no mask came. */
export const growMasked: Grow = ({ plane, mask }, cells, threshold, out) => {
  if (mask === null) return;
  const { width, height } = plane;
  const { columns, rows, size } = cells;
  const active = activeCells(cells, threshold, 0);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      if (active[row * columns + column] === 0) continue;
      const right = Math.min(width, (column + 1) * size);
      for (let y = row * size; y < Math.min(height, (row + 1) * size); y++)
        for (let at = y * width + column * size, end = y * width + right; at < end; at++)
          if (mask[at] !== 0) out[at] = 1;
    }
  }
};

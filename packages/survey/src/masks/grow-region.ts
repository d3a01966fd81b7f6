import type { Grow } from './frame.ts';

/**
 * Regions larger than cells (ghosts, arcs, sprays): the contour of the coarse map, read bilinearly between cell centres.
 */
export const growRegion: Grow = ({ plane }, { columns, rows, values, size }, threshold, out) => {
  const { width, height } = plane;
  for (let y = 0; y < height; y++) {
    const v = Math.min(Math.max((y + 0.5) / size - 0.5, 0), rows - 1);
    const y0 = Math.min(Math.floor(v), rows - 2);
    const fy = v - y0;
    const upper = y0 * columns;
    const lower = upper + columns;
    for (let column = -1; column < columns; column++) {
      const left = Math.max(column, 0);
      const right = Math.min(column + 1, columns - 1);
      const a = values[upper + left] * (1 - fy) + values[lower + left] * fy;
      const b = values[upper + right] * (1 - fy) + values[lower + right] * fy;
      if (a < threshold && b < threshold) continue;
      const start = Math.max(0, Math.round((column + 0.5) * size));
      const end = Math.min(width, Math.round((column + 1.5) * size));
      for (let x = start; x < end; x++) {
        const f = (x + 0.5) / size - 0.5 - column;
        if (a + (b - a) * f >= threshold) out[y * width + x] = 1;
      }
    }
  }
};

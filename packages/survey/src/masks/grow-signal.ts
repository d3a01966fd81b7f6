import { activeCells, unusable } from './frame.ts';
import type { Grow } from './frame.ts';

/** Half side of the box that is averaged: 5×5 pixels bring the noise to σ/5, so that 0.5σ stands at 2.5 of it. */
const half = 2;

/**
 * Small structures of any sign (bleeding, cross-talk): within the active cells and their neighbours, pixels whose 5×5 mean differs from
 * the sky by more than half the sky's rms, the limit at which truth is drawn. Masked pixels do not enter the mean.
 */
export const growSignal: Grow = (frame, cells, threshold, out) => {
  const { width, height, data } = frame.plane;
  const { columns, rows, size } = cells;
  const active = activeCells(cells, threshold, 1);
  const limit = 0.5 * frame.rms;
  const side = size + 2 * half;
  const sums = new Float32Array(side * size);
  const counts = new Uint8Array(side * size);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      if (active[row * columns + column] === 0) continue;
      const left = column * size;
      const top = row * size;
      // Horizontal running means of the cell's rows and `half` rows on either side, then vertical ones.
      for (let j = 0; j < side; j++) {
        const y = top + j - half;
        for (let i = 0; i < size; i++) {
          let sum = 0;
          let count = 0;
          if (y >= 0 && y < height) {
            for (let x = Math.max(0, left + i - half); x <= Math.min(width - 1, left + i + half); x++) {
              const at = y * width + x;
              if (unusable(frame, at)) continue;
              sum += data[at];
              count++;
            }
          }
          sums[j * size + i] = sum;
          counts[j * size + i] = count;
        }
      }
      for (let j = 0; j < size && top + j < height; j++) {
        for (let i = 0; i < size && left + i < width; i++) {
          let sum = 0;
          let count = 0;
          for (let k = 0; k <= 2 * half; k++) {
            sum += sums[(j + k) * size + i];
            count += counts[(j + k) * size + i];
          }
          if (count > 0 && Math.abs(sum) > limit * count) out[(top + j) * width + left + i] = 1;
        }
      }
    }
  }
};

import { activeCells, unusable } from './frame.ts';
import type { Grow, GrowFrame } from './frame.ts';

/** Rows per block: long enough that half a σ stands out of a block's median, short enough to find where a column begins. */
const blockRows = 64;

/**
 * Bad columns: in the columns of active cells, each pixel column is compared with its neighbours block by block (medians over 64 rows);
 * where it differs by 0.5σ and by four times the median's error the block is bad. The column is masked from its first to its last
 * bad block, since a bad column does not stop in between.
 */
export const growColumn: Grow = (frame, cells, threshold, out) => {
  const { width, height } = frame.plane;
  const { columns, rows, size } = cells;
  const active = activeCells(cells, threshold, 1);
  const blocks = Math.ceil(height / blockRows);
  for (let column = 0; column < columns; column++) {
    let seeds = 0;
    for (let row = 0; row < rows; row++) seeds += active[row * columns + column]!;
    if (seeds === 0) continue;
    for (let x = column * size; x < Math.min((column + 1) * size, width); x++) {
      let first = -1;
      let last = -1;
      let bad = 0;
      for (let block = 0; block < blocks; block++) {
        const top = block * blockRows;
        const bottom = Math.min(top + blockRows, height);
        if (!differs(frame, x, top, bottom)) continue;
        if (first < 0) first = top;
        last = bottom;
        bad += bottom - top;
      }
      // One block in a whole column is noise or a star; a real defect fills most of its span.
      if (bad < 2 * blockRows || bad < 0.5 * (last - first)) continue;
      for (let y = first; y < last; y++) out[y * width + x] = 1;
    }
  }
};

const scratch = new Float32Array(blockRows);

function differs(frame: GrowFrame, x: number, top: number, bottom: number): boolean {
  const { width, data } = frame.plane;
  let n = 0;
  for (let y = top; y < bottom; y++) {
    const at = y * width + x;
    if (unusable(frame, at)) continue;
    let around = 0;
    let count = 0;
    for (const dx of [-5, -4, 4, 5]) {
      const u = x + dx;
      if (u < 0 || u >= width || unusable(frame, at + dx)) continue;
      around += data[at + dx]!;
      count++;
    }
    if (count > 0) scratch[n++] = data[at]! - around / count;
  }
  if (n < 16) return false;
  const sorted = scratch.subarray(0, n).sort();
  const median = sorted[n >> 1]!;
  // The difference of a pixel and a mean of four has 1.12σ; the error of a median of n is 1.25 of the mean's.
  const error = (1.25 * 1.12 * frame.rms) / Math.sqrt(n);
  return Math.abs(median) > Math.max(0.5 * frame.rms, 4 * error);
}

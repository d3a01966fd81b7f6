import { activeCells, unusable } from './frame.ts';
import type { Grow, GrowFrame } from './frame.ts';

/** Rows per block: long enough that half a σ stands out of a block's median, short enough to find where a column begins. */
const blockRows = 64;
/** Columns this far away on either side say what a column should be; nearer ones may belong to the same defect. */
const near = 4;
const far = 9;
/** Fewer usable pixels of a column in a block than this say nothing. */
const leastPixels = 16;

/**
 * Bad columns: in the columns of active cells, the median of each pixel column over 64 rows is compared with the median of its
 * neighbours' medians (a median, so that a neighbouring defect does not make a good column look bad); where it differs by 0.5σ and by four
 * times its error the block is bad. The column is masked from its first to its last bad block, since a bad column does not stop in between.
 */
export const growColumn: Grow = (frame, cells, threshold, out) => {
  const { width, height } = frame.plane;
  const { columns, rows, size } = cells;
  const active = activeCells(cells, threshold, 1);
  const blocks = Math.ceil(height / blockRows);
  const medians = new Float32Array((size + 2 * far) * blocks);
  for (let column = 0; column < columns; column++) {
    let seeds = 0;
    for (let row = 0; row < rows; row++) seeds += active[row * columns + column];
    if (seeds === 0) continue;
    const left = column * size - far;
    for (let i = 0; i < size + 2 * far; i++) {
      for (let block = 0; block < blocks; block++)
        medians[i * blocks + block] = blockMedian(frame, left + i, block);
    }
    for (let i = far; i < size + far && left + i < width; i++) {
      let first = -1;
      let last = -1;
      let bad = 0;
      for (let block = 0; block < blocks; block++) {
        if (!differs(frame, medians, i, block, blocks)) continue;
        if (first < 0) first = block;
        last = block + 1;
        bad++;
      }
      // One block in a whole column is noise or a star; a real defect fills most of its span.
      if (bad < 2 || bad < 0.5 * (last - first)) continue;
      for (let y = first * blockRows; y < Math.min(last * blockRows, height); y++)
        out[y * width + left + i] = 1;
    }
  }
};

const scratch = new Float32Array(blockRows);

/** Median of the usable pixels of one column in one block; NaN outside the image or where they are too few. */
function blockMedian(frame: GrowFrame, x: number, block: number): number {
  const { width, height, data } = frame.plane;
  if (x < 0 || x >= width) return NaN;
  let n = 0;
  for (let y = block * blockRows; y < Math.min((block + 1) * blockRows, height); y++) {
    const at = y * width + x;
    if (!unusable(frame, at)) scratch[n++] = data[at]!;
  }
  return n < leastPixels ? NaN : scratch.subarray(0, n).sort()[n >> 1];
}

function differs(frame: GrowFrame, medians: Float32Array, i: number, block: number, blocks: number): boolean {
  const own = medians[i * blocks + block];
  if (own !== own) return false;
  const around: number[] = [];
  for (let d = near; d <= far; d++) {
    for (const value of [medians[(i - d) * blocks + block], medians[(i + d) * blocks + block]]) {
      if (value === value) around.push(value);
    }
  }
  if (around.length < 4) return false;
  around.sort((a, b) => a - b);
  // A median of n pixels has 1.25 σ/√n; that of a dozen such medians adds little.
  const error = (1.3 * frame.rms) / Math.sqrt(blockRows);
  return Math.abs(own - around[around.length >> 1]) > Math.max(0.5 * frame.rms, 4 * error);
}

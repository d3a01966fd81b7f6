// Streaks along columns: too faint in a pixel, plain in a block of rows.
import { clippedScatter } from './column-sums.ts';
import type { ColumnSums } from './column-sums.ts';

/** Strips with fewer usable pixels in a block say nothing. */
const leastPixels = 12;

/** Maps of blocks × width, signed, in σ; a block is `blockRows` (64) rows of the image. */
export interface ColumnStreaks {
  /** One pixel wide (up to three), over one block of rows: short or bright bad columns. */
  readonly narrow: Float32Array;
  /** The same over four blocks. */
  readonly narrowLong: Float32Array;
  /** About six pixels wide, over one block: bleeds and their cross-talk. */
  readonly wide: Float32Array;
  /** The same over four blocks. */
  readonly wideLong: Float32Array;
}

/**
 * Significance of what runs along a column: the clipped mean of a column (or of six together) over a block of 64 rows less that of its
 * neighbours on both sides, over its own noise: by so many σ it is above both sides or below both; 0 where it is between them, for the
 * slope of something broad is neither, and where too few pixels are usable. Over four blocks the largest of the four is
 * left out, so that a star in one of them makes no streak; a block takes the strongest run of four that holds it.
 */
export function columnStreaks(columns: ColumnSums): ColumnStreaks {
  const { width, blocks } = columns;
  const narrow = significances(columns, { before: 0, size: 1, gap: 1, side: 3 });
  const wide = significances(columns, { before: 2, size: 6, gap: 2, side: 7 });
  return {
    narrow,
    narrowLong: overFour(narrow, width, blocks),
    wide,
    wideLong: overFour(wide, width, blocks),
  };
}

/** Columns x − before … x − before + size − 1 against `side` columns on either side, `gap` columns away. */
interface Strips {
  readonly before: number;
  readonly size: number;
  readonly gap: number;
  readonly side: number;
}

function significances({ width, blocks, sums, counts }: ColumnSums, strips: Strips): Float32Array {
  const { before, size, gap, side } = strips;
  const out = new Float32Array(blocks * width);
  for (let block = 0; block < blocks; block++) {
    const at = block * (width + 1);
    for (let x = 0; x < width; x++) {
      const first = x - before;
      const from = at + Math.max(0, first);
      const to = at + Math.min(width, first + size);
      const leftFrom = at + Math.max(0, first - gap - side);
      const leftTo = at + Math.max(0, first - gap);
      const rightFrom = at + Math.min(width, first + size + gap);
      const rightTo = at + Math.min(width, first + size + gap + side);
      const n = counts[to] - counts[from];
      const nLeft = counts[leftTo] - counts[leftFrom];
      const nRight = counts[rightTo] - counts[rightFrom];
      if (n < leastPixels || nLeft < leastPixels || nRight < leastPixels) continue;
      const mean = (sums[to] - sums[from]) / n;
      const left = mean - (sums[leftTo] - sums[leftFrom]) / nLeft;
      const right = mean - (sums[rightTo] - sums[rightFrom]) / nRight;
      if (left > 0 !== right > 0) continue;
      const a = left / Math.sqrt(1 / n + 1 / nLeft);
      const b = right / Math.sqrt(1 / n + 1 / nRight);
      out[block * width + x] = (Math.abs(a) < Math.abs(b) ? a : b) / clippedScatter;
    }
  }
  return out;
}

function overFour(values: Float32Array, width: number, blocks: number): Float32Array {
  const out = new Float32Array(values.length);
  for (let first = 0; first + 4 <= blocks; first++) {
    for (let x = 0; x < width; x++) {
      let sum = 0;
      let largest = 0;
      for (let k = 0; k < 4; k++) {
        const value = values[(first + k) * width + x];
        sum += value;
        if (Math.abs(value) > Math.abs(largest)) largest = value;
      }
      const found = (sum - largest) / Math.sqrt(3);
      for (let k = 0; k < 4; k++) {
        const at = (first + k) * width + x;
        if (Math.abs(found) > Math.abs(out[at])) out[at] = found;
      }
    }
  }
  return out;
}

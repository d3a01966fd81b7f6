import { activeCells, unusable } from './frame.ts';
import type { Grow, GrowFrame } from './frame.ts';

/** Half of the rows whose mean says whether there is a streak: its noise is 0.88σ/√64 = 0.11σ, a quarter of the limit … */
const half = 32;
/** … and of those whose mean, of noise 0.22σ, says where it begins and ends, and a knot in it. */
const shortHalf = 8;
/** Pixels are cut to ± this many σ, so that a star of a dozen rows adds less than the limit. */
const clip = 1.5;
/** Truth is drawn from 0.5σ, of which clipping lets nine tenths through; a little lower, for the ends. */
const limit = 0.4;
const shortLimit = 0.25;
/** Columns this far away on either side are the sky beside the streak; no bleed is wider. */
const near = 10;
const far = 16;

/**
 * Streaks along columns, a few pixels wide, of either sign (bleeds, cross-talk): where the clipped mean of a column over 64 rows around a pixel
 * differs from that of the columns beside it by more than 0.4σ, and the mean over 16 rows by 0.25σ to the same side. Within the active cells and their neighbours, and from there up and
 * down the column as far as it holds.
 */
export const growStreak: Grow = (frame, cells, threshold, out) => {
  const { width, height } = frame.plane;
  const { columns, rows, size } = cells;
  const active = activeCells(cells, threshold, 1);
  for (let column = 0; column < columns; column++) {
    const inside = (row: number) => active[row * columns + column] === 1;
    if (!Array.from({ length: rows }, (_, row) => row).some(inside)) continue;
    const left = column * size;
    const [means, short] = [half, shortHalf].map((rows) =>
      runningMeans(frame, left - far, left + size + far, rows),
    ) as [Float32Array, Float32Array];
    const span = size + 2 * far;
    for (let x = left; x < Math.min(left + size, width); x++) {
      const differs = (y: number) => Math.abs(excess(means, span, x - left + far, y)) > limit;
      const near = (y: number) => {
        const i = x - left + far;
        return excess(short, span, i, y) * Math.sign(excess(means, span, i, y)) > shortLimit;
      };
      let y = 0;
      while (y < height) {
        if (!differs(y)) {
          y++;
          continue;
        }
        const first = y;
        let touched = false;
        for (; y < height && differs(y); y++) touched ||= inside(Math.floor(y / size));
        if (!touched) continue;
        for (let v = first; v < y; v++) if (near(v)) out[v * width + x] = 1;
      }
    }
  }
};

/** Running clipped means of columns from … to − 1, in σ: [height][to − from]; over 2·half rows; NaN where less than a quarter of them is usable. */
function runningMeans(frame: GrowFrame, from: number, to: number, half: number): Float32Array {
  const { width, height, data } = frame.plane;
  const span = to - from;
  const out = new Float32Array(span * height).fill(NaN);
  const sums = new Float64Array(height + 1);
  const counts = new Int32Array(height + 1);
  for (let i = 0; i < span; i++) {
    const x = from + i;
    if (x < 0 || x >= width) continue;
    for (let y = 0; y < height; y++) {
      const at = y * width + x;
      const usable = !unusable(frame, at);
      const value = usable ? Math.max(-clip, Math.min(clip, data[at] / frame.rms)) : 0;
      sums[y + 1] = sums[y] + value;
      counts[y + 1] = counts[y] + (usable ? 1 : 0);
    }
    for (let y = 0; y < height; y++) {
      const low = Math.max(0, y - half);
      const high = Math.min(height, y + half);
      const n = counts[high] - counts[low];
      if (n >= half / 2) out[y * span + i] = (sums[high] - sums[low]) / n;
    }
  }
  return out;
}

/**
 * Column `i` less the columns beside it, the smaller difference of the two sides: 0 where it lies between them, for the neighbours of a streak
 * and the slope of something broad are no streaks; 0, too, where there is no value.
 */
function excess(means: Float32Array, span: number, i: number, y: number): number {
  const own = means[y * span + i];
  const left = own - sideMean(means, y * span + i - far);
  const right = own - sideMean(means, y * span + i + near);
  if (left !== left || right !== right) return 0;
  if (left > 0 !== right > 0) return 0;
  return Math.abs(left) < Math.abs(right) ? left : right;
}

/** Mean of the values from `from` on, as many as a side has; NaN where none has one. */
function sideMean(means: Float32Array, from: number): number {
  let sum = 0;
  let n = 0;
  for (let i = from; i <= from + far - near; i++) {
    const value = means[i];
    if (value !== value) continue;
    sum += value;
    n++;
  }
  return sum / n;
}

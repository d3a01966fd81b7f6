import type { Matrix } from '../matrix.ts';
import { frameMoments } from './frame-moments.ts';
import { framesOf } from './sequences.ts';
import type { Sequences } from './sequences.ts';

/** Frames of several rows side by side, shorter ones followed by zeros. */
export interface PaddedBatch {
  /** N, which may exceed the rows given: the others have one frame of zeros. */
  readonly size: number;
  /** T */
  readonly steps: number;
  /** [N, T, F] */
  readonly frames: Float32Array;
  /** [N] */
  readonly lengths: Float32Array;
}

/** Shift and factor of each number of a frame. */
export interface FrameScale {
  readonly center: Float64Array;
  readonly scale: Float64Array;
}

/** Which frames of a row a network reads. */
export interface ReadingOptions {
  /** Every so manieth frame. */
  readonly stride: number;
  /** Rows of which more would be read are thinned to so many, evenly: what memory a batch takes is bounded. */
  readonly longest: number;
}

/** Sequences are padded to a multiple of so many frames, so that few shapes occur. */
const multiple = 64;

/** T, for rows of which the longest is read as `frames` frames. */
export function paddedSteps(frames: number): number {
  return Math.ceil(frames / multiple) * multiple;
}

export interface PaddingOptions extends ReadingOptions {
  /** N */
  readonly size: number;
  /** First frame read, from 0 to `stride` − 1; of shorter rows that modulo their length. */
  readonly first: number;
}

/** Numbers of the frames that are read of a row of `length` frames. */
export function framesRead(
  length: number,
  { stride, longest }: ReadingOptions,
  first: number,
): { readonly count: number; readonly at: (step: number) => number } {
  const from = first % length;
  const all = Math.ceil((length - from) / stride);
  const count = Math.min(all, longest);
  return { count, at: (step) => from + stride * Math.floor((step * all) / count) };
}

/** Chosen rows of `all` as one batch, each number of a frame less its center, over its scale. */
export function paddedBatch(
  all: Sequences,
  rows: ArrayLike<number>,
  { center, scale }: FrameScale,
  options: PaddingOptions,
): PaddedBatch {
  const { features } = all;
  const { size, first } = options;
  const read = Array.from(rows, (row) => framesRead(all.lengths[row], options, first));
  const most = read.reduce((longest, { count }) => Math.max(longest, count), 1);
  const steps = paddedSteps(most);
  const frames = new Float32Array(size * steps * features);
  const lengths = new Float32Array(size).fill(1);
  for (const [b, { count, at }] of read.entries()) {
    const own = framesOf(all, rows[b]);
    lengths[b] = count;
    for (let t = 0; t < count; t++) {
      const [from, to] = [at(t) * features, (b * steps + t) * features];
      for (let k = 0; k < features; k++) frames[to + k] = (own[from + k] - center[k]) / scale[k];
    }
  }
  return { size, steps, frames, lengths };
}

/**
 * Rows in batches of at most `size`, rows of like length together so that little is padded: rows are shuffled, sorted by length within
 * pools of `pool` batches, and the batches shuffled (the paper's buckets, with edges where the data have them).
 */
export function lengthBatches(
  { lengths }: Sequences,
  rows: ArrayLike<number>,
  size: number,
  uniform: () => number,
  pool = 12,
): Int32Array[] {
  const order = Int32Array.from(rows);
  shuffle(order, uniform);
  const batches: Int32Array[] = [];
  for (let from = 0; from < order.length; from += pool * size) {
    const part = order.slice(from, from + pool * size).sort((a, b) => lengths[a] - lengths[b]);
    for (let at = 0; at < part.length; at += size) batches.push(part.slice(at, at + size));
  }
  shuffle(batches, uniform);
  return batches;
}

/** What brings each number to mean 0 and deviation 1 over all frames of the rows; a number that never changes, to 0. */
export function frameScale(all: Sequences): FrameScale {
  const { mean, deviation } = frameMoments(all);
  return { center: mean, scale: deviation.map((value) => value || 1) };
}

/** Columns of chosen rows as the network takes them: [size, max(1, columns)], zeros behind the rows. */
export function paddedColumns(
  { columns, data }: Matrix,
  rows: ArrayLike<number>,
  size: number,
): Float32Array {
  const width = Math.max(1, columns);
  const result = new Float32Array(size * width);
  if (columns === 0) return result;
  for (let b = 0; b < rows.length; b++)
    result.set(data.subarray(rows[b] * columns, (rows[b] + 1) * columns), b * width);
  return result;
}

/** In place (Fisher & Yates). */
function shuffle(items: { [index: number]: unknown; readonly length: number }, uniform: () => number): void {
  for (let last = items.length - 1; last > 0; last--) {
    const chosen = Math.floor(uniform() * (last + 1));
    [items[last], items[chosen]] = [items[chosen], items[last]];
  }
}

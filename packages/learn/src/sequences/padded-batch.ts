import type { Matrix } from '../matrix.ts';
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

export interface PaddingOptions {
  /** N */
  readonly size: number;
  /** T is a multiple of it, so that few shapes occur. */
  readonly multiple: number;
  /** Rows of more frames are thinned to so many, evenly: what memory a batch takes is bounded. */
  readonly longest: number;
}

/** Frames that a row of `length` frames is read as. */
export function readFrames(length: number, longest: number): number {
  return Math.min(length, longest);
}

export function paddedBatch(
  all: Sequences,
  rows: ArrayLike<number>,
  { center, scale }: FrameScale,
  { size, multiple, longest }: PaddingOptions,
): PaddedBatch {
  const { features } = all;
  let most = 1;
  for (let b = 0; b < rows.length; b++) most = Math.max(most, readFrames(all.lengths[rows[b]], longest));
  const steps = Math.ceil(most / multiple) * multiple;
  const frames = new Float32Array(size * steps * features);
  const lengths = new Float32Array(size).fill(1);
  for (let b = 0; b < rows.length; b++) {
    const own = framesOf(all, rows[b]);
    const length = all.lengths[rows[b]];
    const read = readFrames(length, longest);
    lengths[b] = read;
    for (let t = 0; t < read; t++) {
      const from = (read === length ? t : Math.floor((t * length) / read)) * features;
      const to = (b * steps + t) * features;
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

/** Mean and standard deviation of each number over all frames of the rows; a number that never changes has deviation 1. */
export function frameScale(all: Sequences): FrameScale {
  const { features, lengths } = all;
  const center = new Float64Array(features);
  const scale = new Float64Array(features);
  let count = 0;
  const each = (visit: (value: number, k: number) => void) => {
    for (let i = 0; i < lengths.length; i++)
      framesOf(all, i).forEach((value, at) => visit(value, at % features));
  };
  each((value, k) => {
    center[k] += value;
    if (k === 0) count++;
  });
  for (let k = 0; k < features; k++) center[k] /= count;
  each((value, k) => (scale[k] += (value - center[k]) ** 2));
  for (let k = 0; k < features; k++) scale[k] = Math.sqrt(scale[k] / count) || 1;
  return { center, scale };
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

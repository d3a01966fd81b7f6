import type { Frame } from './types.ts';

/** A frame of its pixels. One without a value is made all 0, as a constant frame is by the preprocessing: a sequence keeps its place. */
export function finishFrame(about: Omit<Frame, 'empty' | 'stamp'>, stamp: Float64Array): Frame {
  const empty = !stamp.some(Number.isFinite);
  return { ...about, empty, stamp: empty ? stamp.fill(0) : stamp };
}

import { Layout } from '../kernel-memory.ts';
import { inLanes, tapKernels } from './tap-kernels.ts';

/** A neighbour by its offset, and its weight. */
export interface Tap {
  readonly dx: number;
  readonly dy: number;
  readonly weight: number;
}

/** Rows that pass through the kernels' memory at a time. */
const stripRows = 16;

/** Σ weight · value at (x + dx, y + dy) about each pixel of `height × width` values, in single precision; past the edge the value is `outside`. */
export function sumOverTaps(
  values: Float32Array,
  width: number,
  height: number,
  taps: readonly Tap[],
  outside = 0,
): Float32Array {
  const reachX = taps.reduce((most, { dx }) => Math.max(most, Math.abs(dx)), 0);
  const reachY = taps.reduce((most, { dy }) => Math.max(most, Math.abs(dy)), 0);
  const count = inLanes(width);
  const pitch = count + 2 * reachX;
  const layout = new Layout();
  const rowsIn = stripRows + 2 * reachY;
  const sourceAt = layout.take(4 * pitch * rowsIn);
  const outAt = layout.take(4 * count * stripRows);
  const offsetsAt = layout.take(4 * taps.length);
  const weightsAt = layout.take(4 * taps.length);
  const { run, f32, i32 } = tapKernels(layout.bytes);
  taps.forEach(({ dx, dy, weight }, k) => {
    f32[weightsAt / 4 + k] = weight;
    i32[offsetsAt / 4 + k] = dy * pitch + dx;
  });
  const out = new Float32Array(width * height);
  const strip = f32.subarray(sourceAt / 4, sourceAt / 4 + pitch * rowsIn);
  for (let top = 0; top < height; top += stripRows) {
    const rows = Math.min(stripRows, height - top);
    strip.fill(outside);
    for (let y = Math.max(0, top - reachY); y < Math.min(height, top + rows + reachY); y++)
      strip.set(values.subarray(y * width, (y + 1) * width), (y - top + reachY) * pitch + reachX);
    const source = sourceAt + 4 * (reachY * pitch + reachX);
    run.weightedSums(source, pitch, outAt, count, count, rows, taps.length, offsetsAt, weightsAt);
    for (let y = 0; y < rows; y++) {
      const from = outAt / 4 + y * count;
      out.set(f32.subarray(from, from + width), (top + y) * width);
    }
  }
  return out;
}

/** Quantised floats back to floats: FITS standard 4.0, section 10.2. */
import { kernels } from './kernels.ts';

export interface Dequantization {
  readonly scale: number;
  readonly zero: number;
  /** 0 none, 1 SUBTRACTIVE_DITHER_1, 2 SUBTRACTIVE_DITHER_2 (which keeps exact zeros). */
  readonly dither: 0 | 1 | 2;
  /** Index of the tile's first random number, see `ditherStart`. */
  readonly start: number;
  /** The integer that stands for NaN. */
  readonly blank: number | undefined;
}

/**
 * `(q - random + 0.5) * scale + zero` in double precision, as cfitsio computes it.
 * @param quantized scratch of the kernels (what a codec returned) or any array
 * @returns a view of scratch memory, valid until the next codec runs: copy what you keep
 */
export function dequantize(
  quantized: Int32Array,
  how: Dequantization,
  double: boolean,
): Float32Array | Float64Array {
  const k = kernels();
  const n = quantized.length;
  const blank = how.blank ?? 0;
  const hasBlank = how.blank === undefined ? 0 : 1;
  // A codec's result lies at the beginning of the scratch; floats of the same size go in its place.
  const inside = quantized.buffer === k.buffer ? quantized.byteOffset : null;
  const [first, second] = k.reserve(n * 4, double ? n * 8 : 0);
  const src = inside ?? first;
  if (inside === null) new Int32Array(k.buffer, src, n).set(quantized);
  const dst = double ? second : src;
  const run = double ? k.exports.dequantize64 : k.exports.dequantize32;
  run(src, dst, n, how.scale, how.zero, how.dither, how.start, k.randoms, hasBlank, blank);
  return double ? new Float64Array(k.buffer, dst, n) : new Float32Array(k.buffer, dst, n);
}

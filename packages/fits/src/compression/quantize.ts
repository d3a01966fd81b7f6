/**
 * Floats to scaled integers: FITS standard 4.0, section 10.2; noise and zero point as cfitsio's fits_quantize, so that
 * the integers are those fpack would write.
 */
import { kernels } from './kernels.ts';

export interface Quantization {
  /**
   * Positive: steps of noise / level (4 loses 0.26 % of the noise); 0 means 4. Negative: -level is the step itself.
   */
  readonly level: number;
  /** 0 none, 1 SUBTRACTIVE_DITHER_1, 2 SUBTRACTIVE_DITHER_2 (exact zeros stay zero). */
  readonly dither: 0 | 1 | 2;
  /** ZDITHER0, 1 to 10000. */
  readonly seed: number;
}

export interface QuantizedTile {
  /** A view of scratch memory, valid until the next codec but riceEncode runs. */
  readonly values: Int32Array;
  readonly scale: number;
  readonly zero: number;
}

/** The integer for NaN (ZBLANK), and how many next to it are kept free. */
export const nullValue = -2147483647;
const reservedValues = 10;
const maxInt = 2147483647;

/**
 * Quantises one tile of `height` rows of `width` pixels; NaN become `nullValue`.
 * @param start index of the tile's first random number, see `ditherStart`
 * @returns null when the tile has no noise to measure the step by, or too large a range: store it as it is
 */
export function quantizeTile(
  pixels: Float32Array | Float64Array,
  width: number,
  { level, dither }: Quantization,
  start: number,
): QuantizedTile | null {
  const n = pixels.length;
  if (n <= 1) return null;
  const k = kernels();
  const double = pixels instanceof Float64Array;
  const size = double ? 8 : 4;
  const height = n / width;
  const [dst, src, scratch] = k.reserve(n * 4, n * size, (4 * width + 3 * height) * size);
  if (double) new Float64Array(k.buffer, src, n).set(pixels);
  else new Float32Array(k.buffer, src, n).set(pixels);
  const measure = double ? k.exports.noise64 : k.exports.noise32;
  const figures = new Float64Array(k.buffer, measure(src, width, height, scratch), 6);
  const good = figures[0];
  let [, min, max] = figures;
  const [, , , noise2, noise3, noise5] = figures;
  let noise = noise3;
  if (noise2 !== 0 && noise2 < noise) noise = noise2;
  if (noise5 !== 0 && noise5 < noise) noise = noise5;
  if (good === 0) {
    // Nothing but NaN: any scale will do.
    min = 0;
    max = 1;
    noise = 1;
  }
  const scale = level < 0 ? -level : noise / (level === 0 ? 4 : level);
  if (!(scale > 0) || !((max - min) / scale <= 2 * maxInt - reservedValues)) return null;
  let zero: number;
  if (good < n || dither === 2) zero = min - scale * (nullValue + reservedValues);
  else if ((max - min) / scale < maxInt - reservedValues) {
    // A multiple of the step, so that packing an unpacked file again gives the same integers.
    zero = Math.trunc(min / scale + 0.5) * scale;
  } else zero = (min + max) / 2;
  const run = double ? k.exports.quantize64 : k.exports.quantize32;
  run(src, dst, n, scale, zero, dither, start, k.randoms);
  return { values: new Int32Array(k.buffer, dst, n), scale, zero };
}

/** The 10,000 random numbers of subtractive dithering: FITS standard 4.0, appendix I (Park and Miller's generator). */

export const randomCount = 10000;

let sequence: Float32Array | null = null;

/** Single-precision numbers in (0, 1), the same for every reader and writer. Not to be written to. */
export function ditherRandoms(): Float32Array {
  if (sequence !== null) return sequence;
  const numbers = new Float32Array(randomCount);
  let seed = 1;
  for (let i = 0; i < randomCount; i++) {
    // 16807 * seed stays below 2^53, so the remainder is exact.
    seed = (16807 * seed) % 2147483647;
    numbers[i] = seed / 2147483647;
  }
  sequence = numbers;
  return numbers;
}

/** 0-based index of the first random number of a tile (0-based, in the order of the table's rows); ZDITHER0 counts from 1. */
export function ditherStart(tile: number, zdither0: number): number {
  return (tile + zdither0 - 1) % randomCount;
}

import type { Plane } from '@blemish/imaging';

/**
 * Largest value of each factor×factor bin, masked or not: the cores of saturated stars, which the statistics over unmasked pixels
 * cannot see, cause cross-talk, ghosts and haze.
 *
 * @returns ceil(height/factor) × ceil(width/factor), row-major; a bin without a finite value gives NaN.
 */
export function binMaximum(plane: Plane, factor: number): Float32Array {
  const { width, height, data } = plane;
  const columns = Math.ceil(width / factor);
  const rows = Math.ceil(height / factor);
  const out = new Float32Array(columns * rows).fill(NaN);
  for (let y = 0; y < height; y++) {
    const to = Math.floor(y / factor) * columns;
    const from = y * width;
    for (let column = 0, x = 0; column < columns; column++) {
      const end = Math.min(x + factor, width);
      let highest = out[to + column];
      for (; x < end; x++) {
        const value = data[from + x];
        // Written so that NaN on the left loses against a number; `value - value` is 0 for finite values alone.
        if (!(highest >= value) && value - value === 0) highest = value;
      }
      out[to + column] = highest;
    }
  }
  return out;
}

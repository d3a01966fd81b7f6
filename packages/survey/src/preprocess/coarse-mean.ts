import type { Plane } from '@blemish/imaging';

/** Mean of factor × factor bins, each cut to ±limit; NaN where fewer than a quarter have a value. */
export function coarseMean({ width, height, data }: Plane, factor: number, limit: number): Plane {
  const columns = Math.ceil(width / factor);
  const rows = Math.ceil(height / factor);
  const sums = new Float32Array(columns * rows);
  const counts = new Uint8Array(columns * rows);
  for (let y = 0; y < height; y++) {
    const to = Math.floor(y / factor) * columns;
    for (let x = 0; x < width; x++) {
      const value = data[y * width + x];
      if (value !== value) continue;
      const at = to + Math.floor(x / factor);
      sums[at] += value > limit ? limit : value < -limit ? -limit : value;
      counts[at]++;
    }
  }
  const least = (factor * factor) / 4;
  for (let i = 0; i < sums.length; i++) sums[i] = counts[i] < least ? NaN : sums[i] / counts[i];
  return { width: columns, height: rows, data: sums };
}

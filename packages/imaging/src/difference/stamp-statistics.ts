// What the autoScan features are counted on: stamps brought to a scale of their own.
import { medianInPlace } from '../median.ts';
import type { Plane } from '../plane.ts';

/** The values that are known. */
function known(plane: Plane): Float64Array {
  return Float64Array.from(plane.data.filter((value) => Number.isFinite(value)));
}

/** Means of 2 × 2 pixels that have a value; an odd last row or column is left out. NaN where none of the four has one. */
export function halved(plane: Plane): Plane {
  const [width, height] = [plane.width >> 1, plane.height >> 1];
  const data = new Float32Array(width * height);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const at = 2 * y * plane.width + 2 * x;
      let [sum, n] = [0, 0];
      for (const from of [at, at + 1, at + plane.width, at + plane.width + 1]) {
        const value = plane.data[from];
        if (!Number.isFinite(value)) continue;
        sum += value;
        n++;
      }
      data[y * width + x] = n > 0 ? sum / n : NaN;
    }
  return { width, height, data };
}

/** (value − median) / 1.4826 median |value − median|; null for a stamp without scatter or values. */
export function inScatters(plane: Plane): Plane | null {
  const values = known(plane);
  const middle = medianInPlace(values.slice());
  const scatter = 1.4826 * medianInPlace(values.map((value) => Math.abs(value - middle)));
  if (!(scatter > 0)) return null;
  return { ...plane, data: plane.data.map((value) => (value - middle) / scatter) };
}

/** (value − median) / largest |value|; null for a stamp of zeros or without values. */
export function inPeaks(plane: Plane): Plane | null {
  const values = known(plane);
  let most = 0;
  for (const value of values) most = Math.max(most, Math.abs(value));
  if (!(most > 0)) return null;
  const middle = medianInPlace(values);
  return { ...plane, data: plane.data.map((value) => (value - middle) / most) };
}

/** Median of the known values of the square of `side` px about each pixel, mirrored at the edges. */
export function medianFilter({ width, height, data }: Plane, side: number): Plane {
  const half = side >> 1;
  const mirrored = (k: number, n: number) => (k < 0 ? -1 - k : k >= n ? 2 * n - 1 - k : k);
  const values = new Float64Array(side * side);
  const out = new Float32Array(width * height);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      let count = 0;
      for (let v = y - half; v <= y + half; v++)
        for (let u = x - half; u <= x + half; u++) {
          const value = data[mirrored(v, height) * width + mirrored(u, width)];
          if (Number.isFinite(value)) values[count++] = value;
        }
      out[y * width + x] = middleOf(values, count);
    }
  return { width, height, data: out };
}

/** Median of the first `count` values, which it reorders: by selection, as a stamp asks for five thousand medians of a few values. NaN for none. */
function middleOf(values: Float64Array, count: number): number {
  if (count === 0) return NaN;
  const k = count >> 1;
  let [low, high] = [0, count - 1];
  while (low < high) {
    const pivot = values[(low + high) >> 1];
    let [i, j] = [low, high];
    while (i <= j) {
      while (values[i] < pivot) i++;
      while (values[j] > pivot) j--;
      if (i > j) break;
      const swap = values[i];
      values[i++] = values[j];
      values[j--] = swap;
    }
    if (k <= j) high = j;
    else if (k >= i) low = i;
    else break;
  }
  if (count % 2 === 1) return values[k];
  let below = -Infinity;
  for (let i = 0; i < k; i++) if (values[i] > below) below = values[i];
  return (below + values[k]) / 2;
}

/** Largest of the medians of the columns; NaN for none. */
export function largestColumnMedian({ width, height, data }: Plane): number {
  let most = NaN;
  const column = new Float64Array(height);
  for (let x = 0; x < width; x++) {
    let count = 0;
    for (let y = 0; y < height; y++)
      if (Number.isFinite(data[y * width + x])) column[count++] = data[y * width + x];
    const middle = medianInPlace(column, count);
    if (!(middle <= most)) most = middle === middle ? middle : most;
  }
  return most;
}

/** Sum over a circle, each pixel by the share of its 5 × 5 parts that lie inside; NaN where a pixel of it has no value. */
export function apertureSum({ width, height, data }: Plane, x: number, y: number, radius: number): number {
  let sum = 0;
  for (let v = Math.floor(y - radius); v <= Math.ceil(y + radius); v++)
    for (let u = Math.floor(x - radius); u <= Math.ceil(x + radius); u++) {
      let inside = 0;
      for (let j = -2; j <= 2; j++)
        for (let i = -2; i <= 2; i++)
          if ((u + i / 5 - x) ** 2 + (v + j / 5 - y) ** 2 < radius * radius) inside++;
      if (inside === 0) continue;
      if (u < 0 || v < 0 || u >= width || v >= height) return NaN;
      sum += (inside / 25) * data[v * width + u];
    }
  return sum;
}

// Sky level and noise of background meshes.
// Source: Bertin & Arnouts 1996 (A&AS 117, 393), §3, and the SExtractor manual ("Modeling the background"): the pixels are cut once at
// mean ± 2σ to set the scale of a histogram, which is then clipped at median ± 3σ until σ converges; the level is the mode estimate
// 2.5·median − 1.5·mean, or the median where mean and median are more than 0.3σ apart (crowded).
import { Layout } from './kernel-memory.ts';
import { pixelKernels } from './pixel-kernels.ts';
import type { PixelKernels } from './pixel-kernels.ts';

/** Levels a histogram may have at most, its half-width in σ and the pixels wanted in a level at the centre of a Gaussian. */
const maxLevels = 4096;
const histogramHalfWidth = 5;
const pixelsPerLevel = 4;
const levelsPerPixel = (Math.sqrt(2 / Math.PI) * histogramHalfWidth) / pixelsPerLevel;
const goodFraction = 0.5;
const largestFloat = 3.4e38;

export interface MeshGrid {
  readonly width: number;
  readonly height: number;
  readonly meshWidth: number;
  readonly meshHeight: number;
  readonly nx: number;
  readonly ny: number;
}

/**
 * Fills `level` and `rms` (ny × nx) from the pixels of each mesh. Masked (nonzero), NaN and infinite pixels are left out; where fewer than
 * half of a mesh's pixels remain both are NaN.
 */
export function meshStatistics(
  data: Float32Array,
  mask: Uint8Array | null,
  grid: MeshGrid,
  level: Float32Array,
  rms: Float32Array,
): void {
  const { width, height, meshWidth, meshHeight, nx, ny } = grid;
  const layout = new Layout();
  const moments = layout.take(24);
  const counters = layout.take(4 * (maxLevels + 1));
  const strip = layout.take(4 * width * meshHeight);
  const maskStrip = mask ? layout.take(width * meshHeight) : 0;
  const kernels = pixelKernels(layout.bytes);
  for (let j = 0; j < ny; j++) {
    const y0 = j * meshHeight;
    const rows = Math.min(height, y0 + meshHeight) - y0;
    kernels.f32.set(data.subarray(y0 * width, (y0 + rows) * width), strip / 4);
    if (mask) {
      kernels.u8.set(mask.subarray(y0 * width, (y0 + rows) * width), maskStrip);
      kernels.u8.fill(0, maskStrip + rows * width, maskStrip + rows * width + 16);
      kernels.run.clean(strip, maskStrip, rows * width);
    }
    for (let i = 0; i < nx; i++) {
      const columns = Math.min(width, (i + 1) * meshWidth) - i * meshWidth;
      const area = { at: strip + 4 * i * meshWidth, pitch: width, columns, rows };
      const node = oneMesh(kernels, area, moments, counters);
      level[j * nx + i] = node.level;
      rms[j * nx + i] = node.rms;
    }
  }
}

interface Area {
  readonly at: number;
  readonly pitch: number;
  readonly columns: number;
  readonly rows: number;
}

interface MeshSky {
  readonly level: number;
  readonly rms: number;
}

function oneMesh(kernels: PixelKernels, area: Area, momentsAt: number, counters: number): MeshSky {
  const { run, f64, i32 } = kernels;
  const { at, pitch, columns, rows } = area;
  // A pivot among the values keeps sums of squares exact on a high sky.
  const pivot = samplePivot(kernels, area);
  if (pivot !== pivot) return { level: NaN, rms: NaN };
  const measure = (low: number, high: number) => {
    run.moments(at, pitch, columns, rows, low, high, pivot, momentsAt);
    const count = f64[momentsAt / 8];
    const mean = f64[momentsAt / 8 + 1] / count;
    const variance = f64[momentsAt / 8 + 2] / count - mean * mean;
    return { count, mean: pivot + mean, sigma: variance > 0 ? Math.sqrt(variance) : 0 };
  };
  const all = measure(-largestFloat, largestFloat);
  if (!(all.count > 0) || all.count < columns * rows * goodFraction) return { level: NaN, rms: NaN };
  const cut = measure(all.mean - 2 * all.sigma, all.mean + 2 * all.sigma);
  if (!(cut.count > 0)) return { level: all.mean, rms: 0 };
  if (!(cut.sigma > 0)) return { level: cut.mean, rms: 0 };
  const levels = Math.min(Math.floor(levelsPerPixel * cut.count + 1), maxLevels);
  const scale = (2 * histogramHalfWidth * cut.sigma) / levels;
  const zero = cut.mean - histogramHalfWidth * cut.sigma;
  i32.fill(0, counters / 4, counters / 4 + levels + 1);
  const offset = 0.499999 - (zero - pivot) / scale;
  run.fillHistogram(at, pitch, columns, rows, pivot, 1 / scale, offset, levels, counters);
  return modeOfHistogram(i32.subarray(counters / 4, counters / 4 + levels), zero, scale);
}

/** Median of up to 25 usable pixels spread over the area; where those few have none, the first usable pixel; NaN where there is none at all. */
function samplePivot({ f32 }: PixelKernels, { at, pitch, columns, rows }: Area): number {
  const values: number[] = [];
  for (let j = 1; j < 10; j += 2)
    for (let i = 1; i < 10; i += 2) {
      const value = f32[at / 4 + Math.floor((j * rows) / 10) * pitch + Math.floor((i * columns) / 10)];
      if (Math.abs(value) <= largestFloat) values.push(value);
    }
  if (values.length > 0) return values.sort((a, b) => a - b)[values.length >> 1];
  for (let j = 0; j < rows; j++)
    for (let i = 0; i < columns; i++) {
      const value = f32[at / 4 + j * pitch + i];
      if (Math.abs(value) <= largestFloat) return value;
    }
  return NaN;
}

// Running sums of counts n, n·i and n·i² below each level: each clipping pass then costs two look-ups and a search. Exact: all below 2^53.
const below0 = new Float64Array(maxLevels + 1);
const below1 = new Float64Array(maxLevels + 1);
const below2 = new Float64Array(maxLevels + 1);

/** Clips the histogram at median ± 3σ until σ changes by less than 1e-4 of itself or falls below a tenth of a level. */
function modeOfHistogram(histogram: Int32Array, zero: number, scale: number): MeshSky {
  const levels = histogram.length;
  for (let i = 0; i < levels; i++) {
    const n = histogram[i];
    below0[i + 1] = below0[i] + n;
    below1[i + 1] = below1[i] + n * i;
    below2[i + 1] = below2[i] + n * i * i;
  }
  let low = 0;
  let high = levels - 1;
  let sigma = 10 * (levels - 1);
  let previous = 1;
  let mean = 0;
  let median = 0;
  for (let pass = 0; pass < 100 && sigma >= 0.1 && Math.abs(sigma / previous - 1) > 1e-4; pass++) {
    previous = sigma;
    const sum = below0[high + 1] - below0[low];
    median = medianLevel(histogram, low, high);
    mean = sum > 0 ? (below1[high + 1] - below1[low]) / sum : 0;
    const variance = sum > 0 ? (below2[high + 1] - below2[low]) / sum - mean * mean : 0;
    sigma = variance > 0 ? Math.sqrt(variance) : 0;
    low = Math.max(0, Math.round(median - 3 * sigma));
    high = Math.min(levels - 1, Math.round(median + 3 * sigma));
  }
  let level = mean;
  if (sigma > 0) level = Math.abs(mean - median) < 0.3 * sigma ? 2.5 * median - 1.5 * mean : median;
  return { level: zero + level * scale, rms: sigma * scale };
}

/**
 * Median of levels low…high, between two levels: the level that holds the middle pixel goes to the half with fewer pixels, and the median
 * stands at the boundary, shifted by what the halves still differ in over the taller of the two levels next to it.
 */
function medianLevel(histogram: Int32Array, low: number, high: number): number {
  const start = below0[low];
  const total = below0[high + 1] - start;
  if (total <= 0) return 0;
  // First level whose running sum reaches half.
  let from = low;
  let to = high;
  while (from < to) {
    const middle = (from + to) >> 1;
    if (2 * (below0[middle + 1] - start) >= total) to = middle;
    else from = middle + 1;
  }
  const lowerWithout = below0[from] - start;
  const upperWithout = total - (below0[from + 1] - start);
  // `upper` is the last level of the lower half.
  const upper = lowerWithout < upperWithout ? from : from - 1;
  const lowerSum = below0[upper + 1] - start;
  const upperSum = total - lowerSum;
  const tallest = Math.max(histogram[upper] ?? 0, histogram[upper + 1] ?? 0);
  if (upper < 0) return 0;
  return upper + 0.5 + (tallest > 0 ? (upperSum - lowerSum) / (2 * tallest) : 0);
}

// Sky level and noise of one background mesh.
// Source: Bertin & Arnouts 1996 (A&AS 117, 393), §3, and the SExtractor manual ("Modeling the background"): the pixels are cut once at
// mean ± 2σ to set the scale of a histogram, which is then clipped at median ± 3σ until σ converges; the level is the mode estimate
// 2.5·median − 1.5·mean, or the median where mean and median are more than 0.3σ apart (crowded).

/** Levels a histogram may have at most, its half-width in σ and the pixels wanted in a level at the centre of a Gaussian. */
const maxLevels = 4096;
const histogramHalfWidth = 5;
const pixelsPerLevel = 4;
const levelsPerPixel = (Math.sqrt(2 / Math.PI) * histogramHalfWidth) / pixelsPerLevel;
const goodFraction = 0.5;

/** Sky of one mesh; both NaN where fewer than half of its pixels are usable. */
export interface MeshStatistics {
  level: number;
  rms: number;
}

const histogram = new Int32Array(maxLevels);

/**
 * Level and rms of the rectangle [x0, x1) × [y0, y1) of an image `width` pixels wide. Masked (nonzero) and NaN or infinite pixels are
 * left out; where fewer than half remain both results are NaN.
 */
export function meshStatistics(
  data: Float32Array,
  mask: Uint8Array | null,
  width: number,
  x0: number,
  x1: number,
  y0: number,
  y1: number,
): MeshStatistics {
  const all = moments(data, mask, width, x0, x1, y0, y1, -3.4e38, 3.4e38);
  if (all.count === 0 || all.count < (x1 - x0) * (y1 - y0) * goodFraction) return { level: NaN, rms: NaN };
  // Limits in float32 as the pixels are, so that equal values fall on the same side everywhere.
  const low = Math.fround(all.mean - 2 * all.sigma);
  const high = Math.fround(all.mean + 2 * all.sigma);
  const cut = moments(data, mask, width, x0, x1, y0, y1, low, high);
  if (cut.count === 0 || cut.sigma <= 0)
    return { level: all.count > 0 ? (cut.count > 0 ? cut.mean : all.mean) : NaN, rms: 0 };
  const levels = Math.min(Math.floor(levelsPerPixel * cut.count + 1), maxLevels);
  const scale = (2 * histogramHalfWidth * cut.sigma) / levels;
  const zero = cut.mean - histogramHalfWidth * cut.sigma;
  fillHistogram(data, mask, width, x0, x1, y0, y1, zero, scale, levels);
  return modeOfHistogram(levels, zero, scale);
}

interface Moments {
  count: number;
  mean: number;
  sigma: number;
}

function moments(
  data: Float32Array,
  mask: Uint8Array | null,
  width: number,
  x0: number,
  x1: number,
  y0: number,
  y1: number,
  low: number,
  high: number,
): Moments {
  // A pivot near the values keeps the sum of squares exact on a high sky.
  let pivot = 0;
  search: for (let y = y0; y < y1; y++)
    for (let i = y * width + x0, end = y * width + x1; i < end; i++)
      if (data[i] >= low && data[i] <= high && !(mask && mask[i] !== 0)) {
        pivot = data[i]!;
        break search;
      }
  let count = 0;
  let sum = 0;
  let squares = 0;
  for (let y = y0; y < y1; y++) {
    const end = y * width + x1;
    if (mask) {
      for (let i = y * width + x0; i < end; i++) {
        const value = data[i];
        // NaN fails both comparisons.
        if (mask[i] === 0 && value >= low && value <= high) {
          const d = value - pivot;
          count++;
          sum += d;
          squares += d * d;
        }
      }
    } else {
      for (let i = y * width + x0; i < end; i++) {
        const value = data[i];
        if (value >= low && value <= high) {
          const d = value - pivot;
          count++;
          sum += d;
          squares += d * d;
        }
      }
    }
  }
  if (count === 0) return { count, mean: NaN, sigma: NaN };
  const mean = sum / count;
  const variance = squares / count - mean * mean;
  return { count, mean: pivot + mean, sigma: variance > 0 ? Math.sqrt(variance) : 0 };
}

function fillHistogram(
  data: Float32Array,
  mask: Uint8Array | null,
  width: number,
  x0: number,
  x1: number,
  y0: number,
  y1: number,
  zero: number,
  scale: number,
  levels: number,
): void {
  histogram.fill(0, 0, levels);
  const inverse = 1 / scale;
  const offset = 0.499999 - zero * inverse;
  for (let y = y0; y < y1; y++) {
    const end = y * width + x1;
    for (let i = y * width + x0; i < end; i++) {
      const position = data[i] * inverse + offset;
      if (position >= 0 && position < levels && !(mask && mask[i] !== 0)) histogram[position | 0]++;
    }
  }
}

/** Clips the histogram at median ± 3σ until σ changes by less than 1e-4 of itself or falls below a tenth of a level. */
function modeOfHistogram(levels: number, zero: number, scale: number): MeshStatistics {
  let low = 0;
  let high = levels - 1;
  let sigma = 10 * (levels - 1);
  let previous = 1;
  let mean = 0;
  let median = 0;
  for (let pass = 0; pass < 100 && sigma >= 0.1 && Math.abs(sigma / previous - 1) > 1e-4; pass++) {
    previous = sigma;
    // Two walkers from both ends, always advancing the poorer side: where they meet, half the pixels lie on either side.
    let lower = low;
    let upper = high;
    let lowerSum = 0;
    let upperSum = 0;
    let sum = 0;
    let first = 0;
    let second = 0;
    for (let i = low; i <= high; i++) {
      if (lowerSum < upperSum) lowerSum += histogram[lower++];
      else upperSum += histogram[upper--];
      const n = histogram[i];
      sum += n;
      first += n * i;
      second += n * i * i;
    }
    const tallest = Math.max(histogram[lower] ?? 0, upper >= 0 ? histogram[upper] : 0);
    median = upper >= 0 ? upper + 0.5 + (tallest > 0 ? (upperSum - lowerSum) / (2 * tallest) : 0) : 0;
    mean = sum > 0 ? first / sum : 0;
    const variance = sum > 0 ? second / sum - mean * mean : 0;
    sigma = variance > 0 ? Math.sqrt(variance) : 0;
    low = Math.max(0, Math.round(median - 3 * sigma));
    high = Math.min(levels - 1, Math.round(median + 3 * sigma));
  }
  let level = mean;
  if (sigma > 0) level = Math.abs(mean - median) < 0.3 * sigma ? 2.5 * median - 1.5 * mean : median;
  return { level: zero + level * scale, rms: sigma * scale };
}

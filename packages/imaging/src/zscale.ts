// Display limits around the median by the slope of the sorted values, as IRAF's display task does.
// Source: IRAF `help display`, section ZSCALE ALGORITHM; defaults and rounding as astropy.visualization.ZScaleInterval, with which it agrees.
import type { Limits } from './limits.ts';
import { sampleFinite } from './limits.ts';

export interface ZscaleOptions {
  /** Values looked at (default 1000), evenly spaced. */
  readonly samples?: number;
  /** Divides the slope (default 0.25): smaller shows a wider range. */
  readonly contrast?: number;
  /** Share of samples whose rejection makes the fit void (default 0.5), and the fewest samples left (default 5). */
  readonly maxReject?: number;
  readonly minPixels?: number;
  /** Rejection threshold in σ (default 2.5) and passes at most (default 5). */
  readonly rejection?: number;
  readonly passes?: number;
}

/** Limits by a straight line through the sorted sample, outliers rejected; the sample's extremes where too many are. All NaN: NaN. */
export function zscaleLimits(data: Float32Array, options: ZscaleOptions = {}): Limits {
  const {
    samples = 1000,
    contrast = 0.25,
    maxReject = 0.5,
    minPixels = 5,
    rejection = 2.5,
    passes = 5,
  } = options;
  const sorted = Float64Array.from(sampleFinite(data, samples)).sort();
  const n = sorted.length;
  if (n === 0) return { low: NaN, high: NaN };
  const fewest = Math.max(minPixels, Math.trunc(n * maxReject));
  const grow = Math.max(1, Math.trunc(n * 0.01));
  let bad = new Uint8Array(n);
  let good = n;
  let before = n + 1;
  let slope = 0;
  for (let pass = 0; pass < passes && good < before && good >= fewest; pass++) {
    const line = fitLine(sorted, bad);
    slope = line.slope;
    let sum = 0;
    let squares = 0;
    for (let i = 0; i < n; i++)
      if (bad[i] === 0) {
        const d = sorted[i] - line.intercept - line.slope * i;
        sum += d;
        squares += d * d;
      }
    const threshold = rejection * Math.sqrt(Math.max(0, squares / good - (sum / good) ** 2));
    for (let i = 0; i < n; i++)
      if (Math.abs(sorted[i] - line.intercept - line.slope * i) > threshold) bad[i] = 1;
    bad = growBad(bad, grow);
    before = good;
    good = 0;
    for (const flag of bad) if (flag === 0) good++;
  }
  let low = sorted[0];
  let high = sorted[n - 1];
  if (good >= fewest) {
    if (contrast > 0) slope /= contrast;
    const centre = Math.floor((n - 1) / 2);
    const median = 0.5 * (sorted[(n - 1) >> 1] + sorted[n >> 1]);
    low = Math.max(low, median - (centre - 1) * slope);
    high = Math.min(high, median + (n - centre) * slope);
  }
  return { low, high };
}

/** Least squares of value against rank over the good samples. */
function fitLine(values: Float64Array, bad: Uint8Array): { intercept: number; slope: number } {
  let n = 0;
  let meanX = 0;
  let meanY = 0;
  for (let i = 0; i < values.length; i++)
    if (bad[i] === 0) {
      n++;
      meanX += i;
      meanY += values[i];
    }
  meanX /= n;
  meanY /= n;
  let xx = 0;
  let xy = 0;
  for (let i = 0; i < values.length; i++)
    if (bad[i] === 0) {
      xx += (i - meanX) ** 2;
      xy += (i - meanX) * (values[i] - meanY);
    }
  const slope = xx > 0 ? xy / xx : 0;
  return { intercept: meanY - slope * meanX, slope };
}

/** Flags every rank within a window of `size` around a flagged one (the later half first for an even size). */
function growBad(bad: Uint8Array, size: number): Uint8Array<ArrayBuffer> {
  const ahead = (size - 1) >> 1;
  const out = new Uint8Array(bad.length);
  for (let i = 0; i < bad.length; i++)
    if (bad[i] !== 0) out.fill(1, Math.max(0, i - ahead), Math.min(bad.length, i - ahead + size));
  return out;
}

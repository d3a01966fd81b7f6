// A step between two rows near the middle of a CCD, the same in every column.
import { medianInPlace } from './median.ts';
import type { Plane } from './plane.ts';

/** Pixels on each side whose means are compared; how far from the middle a step is looked for. */
const [reach, around] = [48, 24];
/** A bin that deviates by more has a source in it, in its noise. */
const cut = 4;
/** Share of the bins on each side that must have values; columns that a step needs. */
const leastShare = 0.6;
const leastColumns = 64;
/** Parts of the row that must agree. */
const groups = 8;
/** Steps elsewhere that make a scatter. */
const leastOthers = 50;

export interface RowStep {
  /** The largest step near the middle, in noise of a bin: median over the columns of the mean above less the mean below. */
  readonly step: number;
  /** The same over the scatter of such steps elsewhere on the CCD. */
  readonly significance: number;
  /** Mean over its standard error, from the medians of eight parts of the row: a step of the flat goes through all of them. */
  readonly agreement: number;
}

/**
 * The step that a bad flat leaves across the rows near y = height / 2. Each column is compared with itself and the columns by their median,
 * so that neither sources nor the column's own level count.
 * @param plane a background-subtracted CCD in bins of `binPixels` px; NaN takes no part. @param noise of a bin, in units of the plane.
 * Null where the CCD has too few rows or columns to tell, or no noise.
 */
export function rowStep({ width, height, data }: Plane, binPixels: number, noise: number): RowStep | null {
  const bins = Math.max(1, Math.round(reach / binPixels));
  const slack = Math.max(1, Math.round(around / binPixels));
  const middle = height >> 1;
  if (!(noise > 0)) return null;
  const above = new Float64Array(width);
  const below = new Float64Array(width);
  const nAbove = new Int32Array(width);
  const nBelow = new Int32Array(width);
  const count = (sums: Float64Array, ns: Int32Array, y: number, sign: 1 | -1) => {
    for (let x = 0, at = y * width; x < width; x++, at++) {
      const value = data[at] / noise;
      if (!(value > -cut && value < cut)) continue;
      sums[x] += sign * value;
      ns[x] += sign;
    }
  };
  const least = leastShare * bins;
  const steps = new Float64Array(width);
  const columns = new Int32Array(width);
  const measure = () => {
    let n = 0;
    for (let x = 0; x < width; x++) {
      if (nAbove[x] < least || nBelow[x] < least) continue;
      columns[n] = x;
      steps[n++] = above[x] / nAbove[x] - below[x] / nBelow[x];
    }
    return n;
  };

  let best = { step: 0, agreement: 0 };
  const others: number[] = [];
  for (let y = 0; y < 2 * bins && y < height; y++) {
    if (y < bins) count(below, nBelow, y, 1);
    else count(above, nAbove, y, 1);
  }
  for (let y = bins; y + bins <= height; y++) {
    const n = measure();
    const distance = Math.abs(y - middle);
    if (n >= leastColumns) {
      const step = medianInPlace(steps.slice(0, n));
      if (distance > slack + bins) others.push(Math.abs(step));
      else if (distance <= slack && Math.abs(step) > Math.abs(best.step))
        best = { step, agreement: agreementOf(steps, columns, n, width) };
    }
    if (y + bins === height) break;
    count(below, nBelow, y - bins, -1);
    count(below, nBelow, y, 1);
    count(above, nAbove, y, -1);
    count(above, nAbove, y + bins, 1);
  }
  if (others.length < leastOthers) return null;
  const scatter = 1.4826 * medianInPlace(Float64Array.from(others));
  return { ...best, significance: scatter > 0 ? best.step / scatter : 0 };
}

/** Mean of the medians of parts of the row, over its standard error; 0 where fewer than three parts have enough columns. */
function agreementOf(steps: Float64Array, columns: Int32Array, n: number, width: number): number {
  const parts: number[][] = Array.from({ length: groups }, () => []);
  for (let i = 0; i < n; i++) parts[Math.floor((columns[i] * groups) / width)].push(steps[i]);
  const medians = parts
    .filter((part) => part.length >= leastColumns / groups)
    .map((part) => medianInPlace(Float64Array.from(part)));
  if (medians.length < 3) return 0;
  const mean = medians.reduce((sum, value) => sum + value, 0) / medians.length;
  const variance = medians.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (medians.length - 1);
  return variance > 0 ? mean / Math.sqrt(variance / medians.length) : 0;
}

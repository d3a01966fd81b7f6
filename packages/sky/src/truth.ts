import { Layout } from '@blemish/imaging';
import { planeKernels } from './plane-kernels.ts';
import type { Box } from './planes.ts';

/** What an event left on one CCD. */
export interface TruthArtifact {
  readonly className: string;
  /** Matched-filter signal-to-noise, see `measureTruth`. */
  readonly snr: number;
  /** Largest |Δ| in units of the sky rms (for large smooth classes the 99.9 percentile over the pixels it touches). */
  readonly peak: number;
  /** Pixels above 0.5 × sky rms. */
  readonly area: number;
  /** Centroid of |Δ|, pixels. */
  readonly x: number;
  readonly y: number;
  /** Covers the CCD as a whole: counted by class, left out of overlap. */
  readonly wholeCcd: boolean;
}

/** A pixel is truth where the artifact exceeds this many sky rms. */
export const truthThreshold = 0.5;
/** Events fainter than this on a CCD are not in its truth. */
export const leastSnr = 1;
const cell = 256;

export interface TruthNoise {
  /** Sky rms, electrons a pixel. */
  readonly skyRms: number;
  /** Rms of the low-frequency error of flat and sky, electrons a pixel (fraction × sky level). */
  readonly floor: number;
}

/**
 * Rms of the floor's slope across a cell, relative to the floor itself: the field of `illumination.ts` (scales 350 and 1000 px) over a
 * cell of 256 px.
 */
const slopeShare = 0.165;

/**
 * Measures an event from what it added to the CCD, Δ in electrons, after the survey's sky subtraction where that reacts to it.
 *
 * Signal-to-noise is that of a matched filter against pixel noise σ and a low-frequency floor of flat and sky. The floor is coherent over a
 * sky mesh, where it looks like a level and a slope; so each cell of 256 × 256 px is split into its mean Δ̄, its slopes Δx, Δy (rms over the
 * cell, with sign) and the rest R:
 *
 *   S/N² = Σ_cells [ Σ R² / σ² + Δ̄² / (σ²/n + f²) + (Δx² + Δy²) / (σ²/n + (0.165 f)²) ],
 *
 * over the n pixels of the cell that the pipeline did not mask; f = floor fraction × sky level. What varies within a cell is limited by pixel
 * noise, its level and slope by the floor, however many pixels it has: a large faint haze is not easy because it is large.
 *
 * @param sky what the sky subtraction took away in answer to the event (subtracted from Δ), or null.
 * @param smooth whether the peak is a percentile rather than the largest pixel.
 */
export function measureTruth(
  delta: Float32Array,
  sky: Float32Array | null,
  mask: Uint16Array,
  width: number,
  height: number,
  box: Box,
  noise: TruthNoise,
  smooth: boolean,
): Omit<TruthArtifact, 'className' | 'wholeCcd'> {
  const { skyRms, floor } = noise;
  const variance = skyRms * skyRms;
  const threshold = truthThreshold * skyRms;
  const columns = box.x1 - box.x0;
  const layout = new Layout();
  const sumsAt = layout.take(10 * 8);
  const deltaAt = layout.take(4 * columns * cell);
  const skyAt = sky === null ? 0 : layout.take(4 * columns * cell);
  const maskAt = layout.take(2 * columns * cell);
  const { run, f32, f64, u16 } = planeKernels(layout.bytes);
  const sums = f64.subarray(sumsAt / 8, sumsAt / 8 + 10).fill(0);
  let snr2 = 0;
  for (let top = box.y0 - (box.y0 % cell); top < box.y1; top += cell) {
    const bottom = Math.min(top + cell, height);
    const y0 = Math.max(top, box.y0);
    const y1 = Math.min(bottom, box.y1);
    for (let y = y0; y < y1; y++) {
      const from = y * width + box.x0;
      const to = (y - y0) * columns;
      f32.set(delta.subarray(from, from + columns), deltaAt / 4 + to);
      if (sky !== null) f32.set(sky.subarray(from, from + columns), skyAt / 4 + to);
      u16.set(mask.subarray(from, from + columns), maskAt / 2 + to);
    }
    for (let left = box.x0 - (box.x0 % cell); left < box.x1; left += cell) {
      const right = Math.min(left + cell, width);
      const x0 = Math.max(left, box.x0);
      const x1 = Math.min(right, box.x1);
      const middleX = (left + right - 1) / 2;
      const middleY = (top + bottom - 1) / 2;
      sums.fill(0, 0, 5);
      const shift = x0 - box.x0;
      run.truthCell(
        deltaAt + 4 * shift,
        sky === null ? 0 : skyAt + 4 * shift,
        maskAt + 2 * shift,
        columns,
        x1 - x0,
        y1 - y0,
        x0,
        y0,
        middleX,
        middleY,
        threshold,
        sumsAt,
      );
      const [usable, sum, slopeX, slopeY, squares] = sums;
      // Pixels of the cell outside the box count with Δ = 0, masked or not.
      const n = usable + (right - left) * (bottom - top) - (x1 - x0) * (y1 - y0);
      if (n === 0 || squares === 0) continue;
      // Coordinates of zero mean and unit rms over the cell.
      const perX = Math.sqrt(12) / (right - left);
      const perY = Math.sqrt(12) / (bottom - top);
      const mean2 = (sum / n) ** 2;
      const slope2 = ((slopeX * perX) / n) ** 2 + ((slopeY * perY) / n) ** 2;
      const pixel = variance / n;
      snr2 +=
        Math.max(0, squares - n * (mean2 + slope2)) / variance +
        mean2 / (pixel + floor ** 2) +
        slope2 / (pixel + (slopeShare * floor) ** 2);
    }
  }
  const [largest, area, weight, sumX, sumY] = sums.subarray(5);
  const peak = smooth ? percentile(delta, sky, width, box, 0.999) : largest;
  return {
    snr: Math.sqrt(snr2),
    peak: peak / skyRms,
    area,
    x: weight > 0 ? sumX / weight : (box.x0 + box.x1 - 1) / 2,
    y: weight > 0 ? sumY / weight : (box.y0 + box.y1 - 1) / 2,
  };
}

/** Percentile of |Δ| over (a sample of) the pixels the event touches. */
function percentile(
  delta: Float32Array,
  sky: Float32Array | null,
  width: number,
  box: Box,
  fraction: number,
): number {
  const pixels = (box.x1 - box.x0) * (box.y1 - box.y0);
  const step = Math.max(1, Math.round(Math.sqrt(pixels / 40_000)));
  const values: number[] = [];
  for (let y = box.y0; y < box.y1; y += step)
    for (let x = box.x0; x < box.x1; x += step) {
      const i = y * width + x;
      const d = sky === null ? delta[i] : delta[i] - sky[i];
      if (d !== 0) values.push(Math.abs(d));
    }
  if (values.length === 0) return 0;
  const sorted = Float32Array.from(values).sort();
  return sorted[Math.min(sorted.length - 1, Math.floor(fraction * sorted.length))];
}

/** Sets `bit` where the event is above the threshold. */
export function markTruth(
  truthBits: Uint32Array,
  delta: Float32Array,
  sky: Float32Array | null,
  width: number,
  box: Box,
  skyRms: number,
  bit: number,
): void {
  const threshold = truthThreshold * skyRms;
  const flag = (1 << bit) >>> 0;
  for (let y = box.y0; y < box.y1; y++)
    for (let i = y * width + box.x0, end = y * width + box.x1; i < end; i++) {
      const d = sky === null ? delta[i] : delta[i] - sky[i];
      if (d > threshold || d < -threshold) truthBits[i] |= flag;
    }
}

/**
 * Adds an event of stage `mask` to the pipeline's mask. Its truth is what it masks beyond the rest; without a pixel changed there is no
 * contrast to measure, so each of them counts as one σ: S/N = √area.
 */
export function absorbMask(
  mask: Uint16Array,
  extra: Uint16Array,
  truthBits: Uint32Array,
  width: number,
  bit: number,
): Omit<TruthArtifact, 'className'> | null {
  const flag = (1 << bit) >>> 0;
  let area = 0;
  let sumX = 0;
  let sumY = 0;
  for (let i = 0; i < extra.length; i++) {
    if (extra[i] === 0) continue;
    if (mask[i] === 0) {
      truthBits[i] |= flag;
      area++;
      sumX += i % width;
      sumY += Math.floor(i / width);
    }
    mask[i] |= extra[i];
  }
  if (area === 0) return null;
  return {
    snr: Math.sqrt(area),
    peak: 0,
    area,
    x: sumX / area,
    y: sumY / area,
    wholeCcd: false,
  };
}

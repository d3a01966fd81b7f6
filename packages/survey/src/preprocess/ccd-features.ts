import type { Header } from '@blemish/fits';
import {
  binStatistics,
  estimateBackground,
  measureQuality,
  measureStars,
  stackStars,
  subtractBackground,
} from '@blemish/imaging';
import type { Background, BinnedStatistics, Plane, QualityFigures, StarMeasurements } from '@blemish/imaging';
import type { ImageIdentity } from '../inputs/identify.ts';
import { binMaximum } from './bin-maximum.ts';
import { cellSize, measureEvidence } from './evidence.ts';
import type { Evidence } from './evidence.ts';
import { patternNames, patternsOf } from './patterns.ts';
import { channels, evidenceKinds, measuredNumbers } from './settings.ts';
import type { PreprocessSettings } from './settings.ts';

/** A CCD as read: ADU, NaN where it has no value. */
export interface CcdInput {
  readonly plane: Plane;
  /** The pipeline's mask, nonzero = masked; null when none was given (then classes that a mask defines have no probability). */
  readonly mask: Uint8Array | null;
  readonly header: Header | null;
  /** Which piece of sky this is, where the caller knows more of it than the header. */
  readonly identity?: ImageIdentity | undefined;
}

/** Everything measured of a CCD before the network sees it. */
export interface CcdMeasurement {
  /** Background-subtracted pixels, ADU. */
  readonly plane: Plane;
  readonly mask: Uint8Array | null;
  readonly background: Background;
  /** Sky rms per pixel, ADU. */
  readonly rms: number;
  readonly bins: BinnedStatistics;
  readonly evidence: Evidence;
  readonly stars: StarMeasurements;
  /** Highest pixel of each bin, masked or not, ADU. */
  readonly highest: Float32Array;
  /** One value for each of `patternNames`. */
  readonly patterns: Float32Array;
  readonly quality: QualityFigures;
  readonly maskedFraction: number;
}

/** The network's input for one canvas. */
export interface CcdFeatures {
  /** [channel, canvasHeight, canvasWidth] */
  readonly image: Float32Array;
  /** [evidence kind, canvasHeight / 2, canvasWidth / 2] */
  readonly evidence: Float32Array;
  /** [starSize, starSize], peak 1, zeros where no star was measured. */
  readonly stars: Float32Array;
  readonly scalars: Float32Array;
}

/**
 * Background, bins, stars and quality figures of one CCD; the input's pixels are left alone.
 * Returns null where no pixel is usable (all NaN, all masked, or without noise): a result, not an error.
 */
export function measureCcd(input: CcdInput, settings: PreprocessSettings): CcdMeasurement | null {
  const { plane, mask } = input;
  const background = estimateBackground(plane, { mesh: settings.mesh, mask });
  const rms = background.globalRms;
  if (!(rms > 0) || !Number.isFinite(background.globalLevel)) return null;
  const subtracted = subtractBackground(plane, background);
  const bins = binStatistics(subtracted, mask, { factor: settings.binFactor });
  const stars = measureStars(subtracted, rms, mask);
  const highest = binMaximum(subtracted, settings.binFactor);
  const quality = measureQuality(subtracted, mask, background, input.header, { stars });
  return {
    plane: subtracted,
    mask,
    background,
    rms,
    bins,
    evidence: measureEvidence(subtracted, mask, rms, bins),
    stars,
    highest,
    patterns: isWhole(bins, settings)
      ? patternsOf(subtracted, mask, rms, bins, highest)
      : new Float32Array(patternNames.length),
    quality,
    maskedFraction: maskedFractionOf(bins, plane),
  };
}

/** Only a whole CCD has its amplifiers meet in the middle, and patterns as large as it is. */
function isWhole(bins: BinnedStatistics, { canvasWidth, canvasHeight }: PreprocessSettings): boolean {
  return bins.width >= 0.9 * canvasWidth && bins.height >= 0.9 * canvasHeight;
}

/** Share of pixels without a usable value, from the bins (the last ones may be partial). */
function maskedFractionOf({ maskedFraction, width, height, factor }: BinnedStatistics, plane: Plane): number {
  let masked = 0;
  for (let y = 0; y < height; y++) {
    const rows = Math.min(factor, plane.height - y * factor);
    for (let x = 0; x < width; x++) {
      masked += maskedFraction[y * width + x] * rows * Math.min(factor, plane.width - x * factor);
    }
  }
  return masked / (plane.width * plane.height);
}

/** One canvas of the network over a measured CCD; `left`, `top` are in bins, (0, 0) for a CCD that fits the canvas whole. */
export function ccdFeatures(
  ccd: CcdMeasurement,
  settings: PreprocessSettings,
  left = 0,
  top = 0,
): CcdFeatures {
  const { canvasWidth, canvasHeight } = settings;
  const { bins, rms, background } = ccd;
  const cells = canvasWidth * canvasHeight;
  const image = new Float32Array(channels.length * cells);
  const [mean, max, min, spread, masked, sky, brightest, mirrored] = channels.map((_, c) =>
    image.subarray(c * cells, (c + 1) * cells),
  ) as [
    Float32Array,
    Float32Array,
    Float32Array,
    Float32Array,
    Float32Array,
    Float32Array,
    Float32Array,
    Float32Array,
  ];
  const noMask = ccd.mask === null;
  const all = ccd.highest;
  const level = backgroundOfBins(background, bins);
  const toNoise = 1 / rms;
  // A bin of n×n pixels has noise rms/n: the mean and the background are put on that scale, single pixels on the pixel's.
  const toBinNoise = settings.binFactor / rms;
  const right = Math.min(canvasWidth, bins.width - left);
  const bottom = Math.min(canvasHeight, bins.height - top);
  const whole = isWhole(bins, settings);
  masked.fill(1);
  for (let y = 0; y < bottom; y++) {
    for (let x = 0; x < right; x++) {
      const to = y * canvasWidth + x;
      const row = (y + top) * bins.width;
      const from = row + x + left;
      masked[to] = noMask ? noMaskLevel : bins.maskedFraction[from];
      brightest[to] = asinh(all[from] * toNoise);
      if (whole) mirrored[to] = asinh(all[row + bins.width - 1 - (x + left)] * toNoise);
      sky[to] = asinh((level[from] - background.globalLevel) * toBinNoise);
      const value = bins.mean[from];
      if (value !== value) continue; // no usable pixel: zeros, and the mask says so
      mean[to] = asinh(value * toBinNoise);
      max[to] = asinh(bins.max[from] * toNoise);
      min[to] = asinh(bins.min[from] * toNoise);
      spread[to] = logarithm(bins.rms[from] * toNoise);
    }
  }
  return {
    image,
    evidence: evidenceOf(ccd, settings, left, top),
    stars: starStamp(ccd, settings),
    scalars: scalarsOf(ccd),
  };
}

/** The part of the evidence under a canvas: ridges through asinh, for they span three decades, the others in units of 8σ. */
function evidenceOf(
  { evidence }: CcdMeasurement,
  { canvasWidth, canvasHeight, binFactor }: PreprocessSettings,
  left: number,
  top: number,
): Float32Array {
  const perCell = cellSize / binFactor;
  const width = canvasWidth / perCell;
  const height = canvasHeight / perCell;
  const out = new Float32Array(evidenceKinds.length * width * height);
  const columns = Math.min(width, evidence.columns - left / perCell);
  const rows = Math.min(height, evidence.rows - top / perCell);
  for (const [k, map] of evidence.maps.entries()) {
    const scaled = evidenceKinds[k] === 'ridge' ? asinh : (x: number) => Math.max(-2, Math.min(5, x / 8));
    for (let y = 0; y < rows; y++) {
      const from = (y + top / perCell) * evidence.columns + left / perCell;
      const to = (k * height + y) * width;
      for (let x = 0; x < columns; x++) out[to + x] = scaled(map[from + x]);
    }
  }
  return out;
}

/** What the masked-fraction channel holds where the image came without a mask: outside the range of any fraction. */
const noMaskLevel = -0.5;

/** asinh in units that keep noise near 0.3 and the brightest stars near 4; NaN → 0. */
function asinh(x: number): number {
  return x === x ? Math.asinh(x) / 3 : 0;
}

function logarithm(x: number): number {
  return x > 0 ? Math.min(4, Math.log(x) / 2) : -1;
}

/** The background's mesh, linear between mesh centres: for a smooth map on bins far smaller than a mesh the spline adds nothing. */
function backgroundOfBins(b: Background, { width, height, factor }: BinnedStatistics): Float32Array {
  const out = new Float32Array(width * height);
  for (let y = 0; y < height; y++) {
    const v = clamp(((y + 0.5) * factor) / b.meshHeight - 0.5, b.ny - 1);
    const y0 = Math.min(Math.floor(v), Math.max(0, b.ny - 2));
    const y1 = Math.min(y0 + 1, b.ny - 1);
    for (let x = 0; x < width; x++) {
      const u = clamp(((x + 0.5) * factor) / b.meshWidth - 0.5, b.nx - 1);
      const x0 = Math.min(Math.floor(u), Math.max(0, b.nx - 2));
      const x1 = Math.min(x0 + 1, b.nx - 1);
      const upper = b.level[y0 * b.nx + x0] * (1 - u + x0) + b.level[y0 * b.nx + x1] * (u - x0);
      const lower = b.level[y1 * b.nx + x0] * (1 - u + x0) + b.level[y1 * b.nx + x1] * (u - x0);
      out[y * width + x] = upper * (1 - v + y0) + lower * (v - y0);
    }
  }
  return out;
}

function clamp(value: number, high: number): number {
  return Math.min(Math.max(value, 0), high);
}

function starStamp(ccd: CcdMeasurement, settings: PreprocessSettings): Float32Array {
  return stackStars(ccd.plane, ccd.mask, ccd.stars, { size: settings.starSize, bin: settings.starBin });
}

/** In the order of `scalars`. */
function scalarsOf(ccd: CcdMeasurement): Float32Array {
  const { fwhm, ellipticity, nStars } = ccd.quality;
  const step = ccd.evidence.amplifierStep;
  const values: Record<(typeof measuredNumbers)[number], number> = {
    'log fwhm': fwhm === null ? 0 : Math.log(fwhm / 4),
    ellipticity: ellipticity === null ? 0 : ellipticity * 2,
    'log star count': nStars === null ? 0 : Math.log1p(nStars) / 3,
    'masked fraction': ccd.maskedFraction * 4,
    'amplifier step': step === null ? 0 : asinh(Math.abs(step.step) * 50),
    'amplifier step significance': step === null ? 0 : Math.asinh(Math.abs(step.significance)) / 2,
  };
  return Float32Array.from([...measuredNumbers.map((name) => values[name]), ...ccd.patterns]);
}

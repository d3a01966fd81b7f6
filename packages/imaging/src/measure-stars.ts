// Sizes and shapes of the stars of one CCD, for quality figures and PSF stamps.
import type { Moments } from './adaptive-moments.ts';
import { adaptiveMoments } from './adaptive-moments.ts';
import type { SourceRegion } from './find-sources.ts';
import { findSources } from './find-sources.ts';
import { inspectPeak } from './inspect-peak.ts';
import type { Plane } from './plane.ts';
import { isolatedRegions } from './isolated-regions.ts';
import { checkMask, checkPlane } from './plane.ts';

/** `count` stars, brightest first; lists of that length. */
export interface StarMeasurements {
  readonly count: number;
  /** Centroid, 0-based pixels. */
  readonly x: Float32Array;
  readonly y: Float32Array;
  /** Sum over the region above threshold, and the highest pixel; the plane's units. */
  readonly flux: Float32Array;
  readonly peak: Float32Array;
  /** Full width at half maximum of the circle of the same area, pixels. */
  readonly fwhm: Float32Array;
  /** 1 − minor / major axis. */
  readonly ellipticity: Float32Array;
  /** Direction of the major axis, radians from +x towards +y, (−π/2, π/2]. */
  readonly angle: Float32Array;
}

export interface MeasureStarsOptions {
  /** Detection threshold in noise of a bin of `bin` pixels (default 10). */
  readonly threshold?: number;
  /** Bin of the detection image (default 4 px). */
  readonly bin?: number;
  /** Stars at most (default 300); the brightest usable are taken. */
  readonly max?: number;
  /** Sources with a pixel at or above this are left out (default none; plateaus are always left out). */
  readonly saturation?: number;
  /** Largest extent in pixels that still counts as a star, donut or trail (default 120). */
  readonly maxExtent?: number;
}

/**
 * Measures isolated, unsaturated, unmasked stars of a background-subtracted plane with noise `rms` per pixel. Works on sharp, defocused and
 * trailed stars alike, as long as they are alike among themselves: the sizes are cut to their densest group, which drops galaxies and blends.
 * Cosmic rays fall out by their sharpness. No stars, or an rms that is not positive: count 0.
 */
export function measureStars(
  plane: Plane,
  rms: number,
  mask: Uint8Array | null = null,
  options: MeasureStarsOptions = {},
): StarMeasurements {
  const { threshold = 10, bin = 4, max = 300, saturation = Infinity, maxExtent = 120 } = options;
  checkPlane(plane, 'measureStars');
  checkMask(mask, plane, 'measureStars');
  if (!(rms > 0)) return pack([]);
  const { regions, binned } = findSources(plane, rms, mask, { factor: bin, threshold, maxExtent });
  const field = { plane, mask, rms, binned, bin, saturation, maxExtent };
  let stars: readonly Star[] = [];
  // Where the field is small or crowded, closer neighbours are better than no figure.
  for (const margin of [16, 6]) {
    const isolated = isolatedRegions(regions, binned.width, binned.height, margin / bin);
    // Three tries a star bound the time on images full of sources that are no stars.
    stars = measureRegions(field, isolated.slice(0, 3 * max), max);
    if (stars.length >= 5) break;
  }
  return pack(densestGroup(stars));
}

/** The image a star is measured on. */
interface Field {
  readonly plane: Plane;
  readonly mask: Uint8Array | null;
  readonly rms: number;
  readonly binned: Plane;
  readonly bin: number;
  readonly saturation: number;
  readonly maxExtent: number;
}

function measureRegions(field: Field, regions: readonly SourceRegion[], max: number): Star[] {
  const { plane, mask, binned, bin, maxExtent } = field;
  const stars: Star[] = [];
  for (const region of regions) {
    if (stars.length >= max) break;
    const peak = inspectPeak(field, region);
    if (peak === null) continue;
    const extent = bin * Math.max(region.xMax - region.xMin + 1, region.yMax - region.yMin + 1);
    // Large sources are measured on the bins, small ones on pixels: the same number of samples either way.
    const coarse = extent > 40;
    const scale = coarse ? bin : 1;
    const centre = coarse ? 0 : 0.5 * (bin - 1);
    const shape = adaptiveMoments(
      coarse ? binned : plane,
      coarse ? null : mask,
      coarse ? region.x : region.x * bin + centre,
      coarse ? region.y : region.y * bin + centre,
      Math.max(2.5, (region.area * bin * bin) / (8 * scale * scale)),
      Math.max(6, extent / scale),
    );
    if (shape === null) continue;
    const star = describe(shape, scale, region.flux, peak);
    // Narrower than any optics make: a cosmic ray.
    if (star.minor < 1.5 || star.fwhm > maxExtent) continue;
    stars.push(star);
  }
  return stars;
}

interface Star {
  x: number;
  y: number;
  flux: number;
  peak: number;
  fwhm: number;
  ellipticity: number;
  angle: number;
  minor: number;
}

/**
 * FWHM from the matched Gaussian. Wings make it too wide: over Moffat profiles (β 1.8…100) fwhm/(2.3548 σ) follows 1/(1 + 0.6 d + 0.9 d²)
 * with d = ρ⁴ − 2 to 0.5 %; rings and discs (d < 0) keep the matched width. The sampling's own variance (1/12 px²) is taken off.
 */
function describe(m: Moments, scale: number, flux: number, peak: number): Star {
  const half = 0.5 * (m.xx + m.yy);
  const split = Math.hypot(0.5 * (m.xx - m.yy), m.xy);
  const major = Math.max(half + split - 1 / 12, 1e-3) * scale * scale;
  const minor = Math.max(half - split - 1 / 12, 1e-3) * scale * scale;
  const d = Math.max(0, m.rho4 - 2);
  const wings = 1 + d * (0.6 + 0.9 * d);
  const toFwhm = Math.sqrt(8 * Math.LN2) / wings;
  const offset = 0.5 * (scale - 1);
  return {
    x: m.x * scale + offset,
    y: m.y * scale + offset,
    flux,
    peak,
    fwhm: toFwhm * (major * minor) ** 0.25,
    ellipticity: 1 - Math.sqrt(minor / major),
    angle: 0.5 * Math.atan2(2 * m.xy, m.xx - m.yy),
    minor: toFwhm * Math.sqrt(minor),
  };
}

/** Stars whose size lies around the densest 40 % of sizes: galaxies and blends scatter to larger ones. */
function densestGroup(stars: readonly Star[]): readonly Star[] {
  if (stars.length < 5) return stars;
  const sizes = Float64Array.from(stars, (s) => Math.log(s.fwhm)).sort();
  const span = Math.max(2, Math.ceil(0.4 * sizes.length));
  let from = 0;
  let least = Infinity;
  for (let i = 0; i + span - 1 < sizes.length; i++) {
    const length = sizes[i + span - 1] - sizes[i];
    if (length < least) {
      least = length;
      from = i;
    }
  }
  const low = sizes[from] - Math.max(0.08, least);
  const high = sizes[from + span - 1] + Math.max(0.08, least);
  return stars.filter((s) => Math.log(s.fwhm) >= low && Math.log(s.fwhm) <= high);
}

function pack(stars: readonly Star[]): StarMeasurements {
  const list = (f: (s: Star) => number) => Float32Array.from(stars, f);
  return {
    count: stars.length,
    x: list((s) => s.x),
    y: list((s) => s.y),
    flux: list((s) => s.flux),
    peak: list((s) => s.peak),
    fwhm: list((s) => s.fwhm),
    ellipticity: list((s) => s.ellipticity),
    angle: list((s) => s.angle),
  };
}

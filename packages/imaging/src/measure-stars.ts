// Sizes and shapes of the stars of one CCD, for quality figures and PSF stamps.
import type { Moments } from './adaptive-moments.ts';
import { adaptiveMoments } from './adaptive-moments.ts';
import type { SourceRegion } from './find-sources.ts';
import { findSources } from './find-sources.ts';
import type { Plane } from './plane.ts';
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
  const { regions, binned } = findSources(plane, rms, mask, { factor: bin, threshold });
  const isolated = isolatedRegions(regions, maxExtent / bin, binned.width, binned.height, 16 / bin);
  const stars: Star[] = [];
  // Bounds the time on images full of sources that are no stars.
  for (const region of isolated.slice(0, 3 * max)) {
    if (stars.length >= max) break;
    const peak = inspectPeak(plane, mask, region, bin, rms, saturation);
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
  return pack(densestGroup(stars));
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

/** Regions without flaw, not too large, with no other region of a tenth of their flux or more within `margin` bins of their box. */
function isolatedRegions(
  regions: readonly SourceRegion[],
  maxExtent: number,
  width: number,
  height: number,
  margin: number,
): SourceRegion[] {
  // A coarse grid of lists keeps the neighbour search linear in crowded fields.
  const cell = 32;
  const columns = Math.ceil(width / cell);
  const rows = Math.ceil(height / cell);
  const grid: SourceRegion[][] = Array.from({ length: columns * rows }, () => []);
  const clampX = (v: number) => Math.min(columns - 1, Math.max(0, Math.floor(v / cell)));
  const clampY = (v: number) => Math.min(rows - 1, Math.max(0, Math.floor(v / cell)));
  const visit = (r: SourceRegion, grow: number, f: (list: SourceRegion[]) => boolean): boolean => {
    for (let v = clampY(r.yMin - grow); v <= clampY(r.yMax + grow); v++)
      for (let u = clampX(r.xMin - grow); u <= clampX(r.xMax + grow); u++) {
        if (f(grid[v * columns + u])) return true;
      }
    return false;
  };
  for (const r of regions)
    visit(r, 0, (list) => {
      list.push(r);
      return false;
    });
  return regions.filter((r) => {
    if (r.flawed || r.xMax - r.xMin >= maxExtent || r.yMax - r.yMin >= maxExtent) return false;
    return !visit(r, margin, (list) =>
      list.some(
        (o) =>
          o !== r &&
          o.flux > 0.1 * r.flux &&
          o.xMin <= r.xMax + margin &&
          o.xMax >= r.xMin - margin &&
          o.yMin <= r.yMax + margin &&
          o.yMax >= r.yMin - margin,
      ),
    );
  });
}

/** The highest pixel of a region; null where it is saturated, too faint (< 10σ) or sharper than a star can be. */
function inspectPeak(
  plane: Plane,
  mask: Uint8Array | null,
  region: SourceRegion,
  bin: number,
  rms: number,
  saturation: number,
): number | null {
  const { width, height, data } = plane;
  const x0 = Math.max(1, region.xMin * bin);
  const x1 = Math.min(width - 2, region.xMax * bin + bin - 1);
  const y0 = Math.max(1, region.yMin * bin);
  const y1 = Math.min(height - 2, region.yMax * bin + bin - 1);
  let best = -1;
  let peak = -Infinity;
  for (let y = y0; y <= y1; y++)
    for (let x = x0; x <= x1; x++) {
      const at = y * width + x;
      if (data[at] > peak && !(mask !== null && mask[at] !== 0)) {
        peak = data[at];
        best = at;
      }
    }
  if (best < 0 || peak >= saturation || peak < 3 * rms) return null;
  let plateau = 0;
  for (let y = y0; y <= y1; y++)
    for (let x = x0; x <= x1; x++) if (data[y * width + x] >= 0.9995 * peak) plateau++;
  if (plateau > 3 && peak > 100 * rms) return null;
  const around = 0.25 * (data[best - 1] + data[best + 1] + data[best - width] + data[best + width]);
  // Noise alone makes up to ~3σ of sharpness; a star of FWHM 2 px has 0.5 of its peak.
  if (peak - around > 0.6 * peak + 3 * rms) return null;
  return peak;
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

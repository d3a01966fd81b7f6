// Light (or its lack) around the brightest stars of a CCD, far outside their cores.
import { labelComponents } from './label-components.ts';
import { medianInPlace } from './median.ts';
import type { Plane } from './plane.ts';

/** Borders of the rings around a star, pixels. */
export const haloRings = [60, 100, 150, 220, 320, 450, 650, 900] as const;

/** Stars taken at most. */
const mostStars = 6;
/** A star's core is where some pixel exceeds this many rms; it takes this many bins at least. */
const coreLevel = 150;
const leastCore = 4;
/** Fewer bins make no median. */
const leastBins = 30;

export interface HaloProfile {
  /** Bins of the brightest star's core: how bright it is, saturated or not. */
  readonly core: number;
  /** Median of each ring around the brightest star, the plane's units; NaN where the ring lies in its core or off the CCD. */
  readonly brightest: Float32Array;
  /** The same over up to six stars, weighted by the sizes of their cores. */
  readonly all: Float32Array;
}

/**
 * Rings around the stars with the largest cores. Haze lights them in proportion to the star, an over-estimated sky darkens them.
 * @param bins means of unmasked pixels, background-subtracted, in bins of `binPixels` px; NaN where there are none.
 * @param highest the highest pixel of each bin in sky rms, masked or not.
 * Null where no star is bright enough.
 */
export function haloProfile(bins: Plane, highest: Float32Array, binPixels: number): HaloProfile | null {
  const { width, height, data } = bins;
  const cores = Uint8Array.from(highest, (value) => (value > coreLevel ? 1 : 0));
  const stars = brightestStars(cores, width, height);
  if (stars.length === 0) return null;
  const rings = haloRings.length - 1;
  const sums = new Float64Array(rings);
  const weights = new Float64Array(rings);
  const profiles = stars.map((star) => profileOf(star, data, width, height, binPixels));
  for (const [i, profile] of profiles.entries()) {
    for (let r = 0; r < rings; r++) {
      if (profile[r] !== profile[r]) continue;
      sums[r] += stars[i].area * profile[r];
      weights[r] += stars[i].area;
    }
  }
  return {
    core: stars[0].area,
    brightest: profiles[0],
    all: Float32Array.from(sums, (sum, r) => sum / weights[r]),
  };
}

interface Core {
  readonly x: number;
  readonly y: number;
  readonly area: number;
}

function brightestStars(cores: Uint8Array, width: number, height: number): Core[] {
  const { x, y, area } = labelComponents(cores, width, height);
  return Array.from(area, (n, i) => ({ x: x[i], y: y[i], area: n }))
    .filter((core) => core.area >= leastCore)
    .sort((a, b) => b.area - a.area)
    .slice(0, mostStars);
}

function profileOf(
  star: Core,
  data: Float32Array,
  width: number,
  height: number,
  binPixels: number,
): Float32Array {
  const borders = haloRings.map((pixels) => pixels / binPixels);
  const reach = borders[borders.length - 1];
  const core = 1.5 * Math.sqrt(star.area / Math.PI);
  const rings: number[][] = borders.slice(1).map(() => []);
  for (let y = Math.max(0, Math.ceil(star.y - reach)); y <= Math.min(height - 1, star.y + reach); y++)
    for (let x = Math.max(0, Math.ceil(star.x - reach)); x <= Math.min(width - 1, star.x + reach); x++) {
      const value = data[y * width + x];
      if (value !== value) continue;
      const r = Math.hypot(x - star.x, y - star.y);
      if (r < borders[0] || r >= reach || r < core) continue;
      let ring = 0;
      while (r >= borders[ring + 1]) ring++;
      rings[ring].push(value);
    }
  return Float32Array.from(rings, (values) =>
    values.length < leastBins ? NaN : medianInPlace(Float64Array.from(values)),
  );
}

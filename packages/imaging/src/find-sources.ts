// Candidate sources: connected regions above a threshold on a lightly binned image, so that donuts and trails are found whole.
import { labelComponents } from './label-components.ts';
import { meanBin } from './mean-bin.ts';
import type { Plane } from './plane.ts';

/** One region, in bins: centroid weighted by flux, flux in plane units × pixels, box and what disqualifies it. */
export interface SourceRegion {
  readonly x: number;
  readonly y: number;
  readonly flux: number;
  /** Bins in the region. */
  readonly area: number;
  readonly xMin: number;
  readonly xMax: number;
  readonly yMin: number;
  readonly yMax: number;
  /** Touches a masked pixel or the border of the image, or is longer than `maxExtent`. */
  readonly flawed: boolean;
}

export interface SourceRegions {
  readonly factor: number;
  readonly binned: Plane;
  /** Brightest first. */
  readonly regions: readonly SourceRegion[];
}

/**
 * Regions of bins (`factor` px, default 4) brighter than `threshold` times the noise of a bin (rms / factor), brightest first. The plane must be
 * background-subtracted and `rms` its noise per pixel. Regions longer than `maxExtent` px (default 120) count as flawed.
 */
export function findSources(
  plane: Plane,
  rms: number,
  mask: Uint8Array | null,
  options: { factor?: number; threshold?: number; maxExtent?: number } = {},
): SourceRegions {
  const { factor = 4, threshold = 10, maxExtent = 120 } = options;
  const binned = meanBin(plane, mask, factor);
  const { width, height, data, maskedFraction } = binned;
  const limit = (threshold * rms) / factor;
  const above = new Uint8Array(width * height);
  // NaN is not above anything.
  for (let i = 0; i < above.length; i++) above[i] = data[i] > limit ? 1 : 0;
  const found = labelComponents(above, width, height);
  const { labels, area, xMin, xMax, yMin, yMax } = found;
  const flux = new Float64Array(found.count);
  const sumX = new Float64Array(found.count);
  const sumY = new Float64Array(found.count);
  for (let v = 0, at = 0; v < height; v++)
    for (let u = 0; u < width; u++, at++) {
      if (labels[at] === 0) continue;
      const i = labels[at] - 1;
      flux[i] += data[at];
      sumX[i] += data[at] * u;
      sumY[i] += data[at] * v;
    }
  // The mask next to a region hides part of the source: its box and one bin around must be free of it.
  const touchesMask = (i: number): boolean => {
    for (let v = yMin[i] - 1; v <= yMax[i] + 1; v++)
      for (let u = xMin[i] - 1; u <= xMax[i] + 1; u++) if (maskedFraction[v * width + u] > 0) return true;
    return false;
  };
  const regions: SourceRegion[] = [];
  for (let i = 0; i < found.count; i++) {
    const atBorder = xMin[i] === 0 || yMin[i] === 0 || xMax[i] === width - 1 || yMax[i] === height - 1;
    const extent = Math.max(xMax[i] - xMin[i], yMax[i] - yMin[i]) + 1;
    regions.push({
      x: sumX[i] / flux[i],
      y: sumY[i] / flux[i],
      flux: flux[i] * factor * factor,
      area: area[i],
      xMin: xMin[i],
      xMax: xMax[i],
      yMin: yMin[i],
      yMax: yMax[i],
      flawed: atBorder || extent * factor > maxExtent || touchesMask(i),
    });
  }
  regions.sort((a, b) => b.flux - a.flux);
  return { factor, binned, regions };
}

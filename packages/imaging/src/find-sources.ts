// Candidate sources: connected regions above a threshold on a lightly binned image, so that donuts and trails are found whole.
import { labelComponents } from './label-components.ts';
import { meanBin } from './mean-bin.ts';
import type { Plane } from './plane.ts';

/** One region, in bins: centroid weighted by flux, flux in plane units × pixels, box and what disqualifies it. */
export interface SourceRegion {
  x: number;
  y: number;
  flux: number;
  /** Bins in the region. */
  area: number;
  xMin: number;
  xMax: number;
  yMin: number;
  yMax: number;
  /** Touches a masked pixel or the border of the image. */
  flawed: boolean;
}

export interface SourceRegions {
  readonly factor: number;
  readonly binned: Plane;
  /** Brightest first. */
  readonly regions: readonly SourceRegion[];
}

/**
 * Regions of bins (`factor` px, default 4) brighter than `threshold` times the noise of a bin (rms / factor), brightest first. The plane must be
 * background-subtracted and `rms` its noise per pixel.
 */
export function findSources(
  plane: Plane,
  rms: number,
  mask: Uint8Array | null,
  options: { factor?: number; threshold?: number } = {},
): SourceRegions {
  const { factor = 4, threshold = 10 } = options;
  const binned = meanBin(plane, mask, factor);
  const { width, height, data, maskedFraction } = binned;
  const limit = (threshold * rms) / factor;
  const above = new Uint8Array(width * height);
  // NaN is not above anything.
  for (let i = 0; i < above.length; i++) above[i] = data[i] > limit ? 1 : 0;
  const found = labelComponents(above, width, height);
  const regions: SourceRegion[] = [];
  for (let i = 0; i < found.count; i++) {
    const xMin = found.xMin[i];
    const xMax = found.xMax[i];
    const yMin = found.yMin[i];
    const yMax = found.yMax[i];
    let flux = 0;
    let x = 0;
    let y = 0;
    let flawed = xMin === 0 || yMin === 0 || xMax === width - 1 || yMax === height - 1;
    for (let v = Math.max(0, yMin - 1); v <= Math.min(height - 1, yMax + 1); v++)
      for (let u = Math.max(0, xMin - 1); u <= Math.min(width - 1, xMax + 1); u++) {
        const at = v * width + u;
        if (found.labels[at] === i + 1) {
          flux += data[at];
          x += data[at] * u;
          y += data[at] * v;
        }
        // The mask next to a region hides part of the source; checked over its box and one bin around.
        if (maskedFraction[at] > 0) flawed = true;
      }
    regions.push({
      x: x / flux,
      y: y / flux,
      flux: flux * factor * factor,
      area: found.area[i],
      xMin,
      xMax,
      yMin,
      yMax,
      flawed,
    });
  }
  regions.sort((a, b) => b.flux - a.flux);
  return { factor, binned, regions };
}

// Background and noise maps on a mesh, as source-extractor makes them.
// Source: Bertin & Arnouts 1996 (A&AS 117, 393), §3; the SExtractor manual, "Modeling the background".
import { fillBadNodes, medianFilterGrid } from './mesh-filter.ts';
import { meshStatistics } from './mesh-statistics.ts';
import { medianInPlace } from './median.ts';
import type { Plane } from './plane.ts';
import { checkInteger, checkMask, checkPlane } from './plane.ts';

/**
 * A background on a coarse grid: `level` and `rms` hold `ny × nx` nodes, row-major, in the plane's units; node (j, i) stands at the
 * centre of its mesh, pixel coordinate ((i + ½)·meshWidth − ½, (j + ½)·meshHeight − ½). `globalLevel` and `globalRms` are the grids' medians.
 */
export interface Background {
  readonly nx: number;
  readonly ny: number;
  readonly meshWidth: number;
  readonly meshHeight: number;
  readonly width: number;
  readonly height: number;
  readonly level: Float32Array;
  readonly rms: Float32Array;
  readonly globalLevel: number;
  readonly globalRms: number;
}

export interface BackgroundOptions {
  /** Side of a mesh in pixels (default 256, the survey's). Structure larger than this is taken for sky. */
  readonly mesh?: number;
  /** Side of the median filter over meshes, odd (default 3; 1 = none). */
  readonly filter?: number;
  /** Nonzero = bad pixel. */
  readonly mask?: Uint8Array | null;
}

/**
 * Sky level and rms on a mesh. NaN, infinite and masked pixels do not count; a mesh with fewer than half of its pixels takes its nearest
 * neighbours' mean. The last meshes of a row or column may be partial. Nothing usable anywhere: `globalLevel` and `globalRms` are NaN
 * and so are the grids (a result, not an error). Throws RangeError for a mesh < 1, an even filter or a mask of another shape.
 */
export function estimateBackground(plane: Plane, options: BackgroundOptions = {}): Background {
  const { mesh = 256, filter = 3, mask = null } = options;
  checkPlane(plane, 'estimateBackground');
  checkInteger(mesh, 1, 'mesh', 'estimateBackground');
  checkInteger(filter, 1, 'filter', 'estimateBackground');
  if (filter % 2 === 0) throw new RangeError(`estimateBackground: filter = ${filter}; it must be odd`);
  checkMask(mask, plane, 'estimateBackground');
  const { width, height, data } = plane;
  const meshWidth = Math.min(mesh, width);
  const meshHeight = Math.min(mesh, height);
  const nx = Math.ceil(width / meshWidth);
  const ny = Math.ceil(height / meshHeight);
  let level: Float32Array = new Float32Array(nx * ny);
  let rms: Float32Array = new Float32Array(nx * ny);
  meshStatistics(data, mask, { width, height, meshWidth, meshHeight, nx, ny }, level, rms);
  fillBadNodes(level, rms, nx, ny);
  if (filter > 1) {
    level = medianFilterGrid(level, nx, ny, filter);
    rms = medianFilterGrid(rms, nx, ny, filter);
  }
  const globalLevel = medianInPlace(level.slice());
  const globalRms = medianInPlace(rms.slice());
  return { nx, ny, meshWidth, meshHeight, width, height, level, rms, globalLevel, globalRms };
}

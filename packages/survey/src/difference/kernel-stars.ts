import type { SideAlignment } from './align-sides.ts';
import type { Side } from './read-side.ts';

export interface KernelStar {
  /** 0-based pixels of the science image. */
  readonly x: number;
  readonly y: number;
}

/** Brighter peaks are where detectors stop being linear, as a share of the saturation. */
const mostPeak = 0.7;
/** Cells along the longer side, and stars a cell. */
const cells = 8;
const perCell = 4;

/** Stars that both images have, unsaturated on both, brightest first within each cell of the image: spread over it, so that a kernel that varies is fixed everywhere. */
export function kernelStars(science: Side, reference: Side, { pairs }: SideAlignment): KernelStar[] {
  const { width, height } = science.image;
  const cell = Math.max(width, height) / cells;
  const inCell = new Map<string, number>();
  const linear = (side: Side, i: number) => side.stars.peak[i] < mostPeak * (side.saturation ?? Infinity);
  return [...pairs]
    .filter(([i, j]) => linear(science, i) && linear(reference, j))
    .sort(([a], [b]) => science.stars.flux[b] - science.stars.flux[a])
    .filter(([i]) => {
      const key = `${Math.floor(science.stars.x[i] / cell)},${Math.floor(science.stars.y[i] / cell)}`;
      const n = inCell.get(key) ?? 0;
      inCell.set(key, n + 1);
      return n < perCell;
    })
    .map(([i]) => ({ x: science.stars.x[i], y: science.stars.y[i] }));
}

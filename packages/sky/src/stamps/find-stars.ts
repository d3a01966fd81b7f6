import type { StarList } from '@blemish/imaging';
import type { Observed } from './render-patch.ts';

/** Stars of an image, brightest first, 0-based pixels; `peak` above the sky in the image's units. */
export interface FoundStars extends StarList {
  readonly x: readonly number[];
  readonly y: readonly number[];
  readonly peak: readonly number[];
}

/** Peaks above this many standard deviations of the sky count. */
const threshold = 12;
const most = 250;
/** Half the side of the square in which a peak is the highest and a centroid is taken, pixels. */
const [highest, window] = [2, 4];
/** Width of the Gaussian weight of a centroid, pixels. */
const sigma = 1.3;

/**
 * Unsaturated peaks of an image with their centroids. `measureStars` wants stars that are well apart, of which a patch of 480 px has too few; for
 * an alignment all that stays in its place will do.
 */
export function findStars({ image, variance, saturation }: Observed): FoundStars {
  const { width, height, data } = image;
  const sky = middleOf(data);
  const least = sky + threshold * Math.sqrt(middleOf(variance.data));
  const found: { x: number; y: number; peak: number }[] = [];
  for (let y = window; y < height - window; y++)
    for (let x = window; x < width - window; x++) {
      const value = data[y * width + x];
      if (!(value > least) || value > 0.8 * saturation) continue;
      if (!isHighest(data, width, x, y)) continue;
      found.push({ ...centroid(data, width, x, y, sky), peak: value - sky });
    }
  found.sort((a, b) => b.peak - a.peak);
  found.length = Math.min(found.length, most);
  return {
    count: found.length,
    x: found.map(({ x }) => x),
    y: found.map(({ y }) => y),
    peak: found.map(({ peak }) => peak),
  };
}

/** Those of some stars that no other of more than a third of their light is near, all over the image: one of each cell in turn, brightest first. */
export function kernelStars(
  stars: FoundStars,
  which: readonly number[],
  side: number,
  count: number,
): { readonly x: number; readonly y: number }[] {
  const cells = new Map<number, number[]>();
  for (const i of [...which].sort((a, b) => a - b)) {
    let alone = true;
    for (let j = 0; j < stars.count && alone; j++)
      if (j !== i && Math.max(Math.abs(stars.x[i] - stars.x[j]), Math.abs(stars.y[i] - stars.y[j])) < 9)
        alone = stars.peak[j] < stars.peak[i] / 3;
    if (!alone) continue;
    const cell = Math.floor((4 * stars.x[i]) / side) + 4 * Math.floor((4 * stars.y[i]) / side);
    cells.set(cell, [...(cells.get(cell) ?? []), i]);
  }
  const chosen: number[] = [];
  const longest = Math.max(0, ...[...cells.values()].map(({ length }) => length));
  for (let turn = 0; turn < longest; turn++)
    for (const cell of cells.values()) if (turn < cell.length) chosen.push(cell[turn]);
  return chosen.slice(0, count).map((i) => ({ x: stars.x[i], y: stars.y[i] }));
}

function isHighest(data: Float32Array, width: number, x: number, y: number): boolean {
  const value = data[y * width + x];
  for (let v = y - highest; v <= y + highest; v++)
    for (let u = x - highest; u <= x + highest; u++) {
      const other = data[v * width + u];
      if (other > value || (other === value && (v < y || (v === y && u < x)))) return false;
    }
  return true;
}

/** Centroid under a Gaussian that follows it; for a Gaussian of the same width each step goes half the way, which is doubled. */
function centroid(
  data: Float32Array,
  width: number,
  x: number,
  y: number,
  sky: number,
): { x: number; y: number } {
  let [cx, cy] = [x, y];
  for (let round = 0; round < 3; round++) {
    let [sum, sx, sy] = [0, 0, 0];
    for (let v = y - window; v <= y + window; v++)
      for (let u = x - window; u <= x + window; u++) {
        const [dx, dy] = [u - cx, v - cy];
        const value = (data[v * width + u] - sky) * Math.exp(-(dx * dx + dy * dy) / (2 * sigma * sigma));
        sum += value;
        sx += value * dx;
        sy += value * dy;
      }
    cx = Math.max(x - 1, Math.min(x + 1, cx + (2 * sx) / sum));
    cy = Math.max(y - 1, Math.min(y + 1, cy + (2 * sy) / sum));
  }
  return { x: cx, y: cy };
}

/** Median of the values there are, on a sample. */
export function middleOf(values: Float32Array): number {
  const sample: number[] = [];
  for (let i = 0; i < values.length; i += 23) if (values[i] === values[i]) sample.push(values[i]);
  sample.sort((a, b) => a - b);
  return sample[sample.length >> 1];
}

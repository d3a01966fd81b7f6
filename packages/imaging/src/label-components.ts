// Connected components of a binary mask by runs and union-find.
// Source: He, Chao & Suzuki 2008, IEEE Trans. Image Process. 17, 749 (run-based two-scan labelling).
import { checkMaskShape } from './check-mask.ts';

/** Components numbered 1…count in the order of their first pixel; index i − 1 of each list describes component i. */
export interface Components {
  readonly count: number;
  /** 0 = background, else the component's number; height × width. */
  readonly labels: Int32Array;
  /** Pixels. */
  readonly area: Int32Array;
  /** Unweighted centroid, pixels. */
  readonly x: Float64Array;
  readonly y: Float64Array;
  /** Bounding box, last pixel included. */
  readonly xMin: Int32Array;
  readonly xMax: Int32Array;
  readonly yMin: Int32Array;
  readonly yMax: Int32Array;
}

export interface LabelOptions {
  /** 8: diagonal neighbours touch (default); 4: they do not. */
  readonly connectivity?: 4 | 8;
}

/** Labels the nonzero pixels of a `height × width` mask. An empty mask gives count 0. Throws RangeError where the length disagrees. */
export function labelComponents(
  mask: Uint8Array,
  width: number,
  height: number,
  options: LabelOptions = {},
): Components {
  checkMaskShape(mask, width, height, 'labelComponents');
  const reach = (options.connectivity ?? 8) === 8 ? 1 : 0;
  let capacity = 1024;
  let runs = new Int32Array(3 * capacity); // y, first, last + 1
  let parent = new Int32Array(capacity);
  let count = 0;
  let previousStart = 0;
  let previousEnd = 0;
  for (let y = 0; y < height; y++) {
    const rowStart = count;
    const base = y * width;
    let above = previousStart;
    for (let x = 0; x < width; x++) {
      if (mask[base + x] === 0) continue;
      const first = x;
      while (x < width && mask[base + x] !== 0) x++;
      if (count === capacity) {
        capacity *= 2;
        const moreRuns = new Int32Array(3 * capacity);
        moreRuns.set(runs);
        runs = moreRuns;
        const moreParents = new Int32Array(capacity);
        moreParents.set(parent);
        parent = moreParents;
      }
      runs[3 * count] = y;
      runs[3 * count + 1] = first;
      runs[3 * count + 2] = x;
      parent[count] = count;
      // Runs of the row above that end before this one starts cannot touch later ones either.
      while (above < previousEnd && runs[3 * above + 2] + reach <= first) above++;
      for (let r = above; r < previousEnd && runs[3 * r + 1] < x + reach; r++) union(parent, r, count);
      count++;
    }
    previousStart = rowStart;
    previousEnd = count;
  }
  return summarise(runs, parent, count, width, height);
}

function find(parent: Int32Array, i: number): number {
  while (parent[i] !== i) {
    parent[i] = parent[parent[i]];
    i = parent[i];
  }
  return i;
}

function union(parent: Int32Array, a: number, b: number): void {
  const ra = find(parent, a);
  const rb = find(parent, b);
  // The smaller index is the root, so that numbers follow first pixels.
  if (ra < rb) parent[rb] = ra;
  else parent[ra] = rb;
}

function summarise(
  runs: Int32Array,
  parent: Int32Array,
  runCount: number,
  width: number,
  height: number,
): Components {
  const number = new Int32Array(runCount);
  let count = 0;
  for (let r = 0; r < runCount; r++) {
    const root = find(parent, r);
    number[r] = root === r ? ++count : number[root];
  }
  const labels = new Int32Array(width * height);
  const area = new Int32Array(count);
  const x = new Float64Array(count);
  const y = new Float64Array(count);
  const xMin = new Int32Array(count).fill(width);
  const xMax = new Int32Array(count).fill(-1);
  const yMin = new Int32Array(count).fill(height);
  const yMax = new Int32Array(count).fill(-1);
  for (let r = 0; r < runCount; r++) {
    const row = runs[3 * r];
    const first = runs[3 * r + 1];
    const end = runs[3 * r + 2];
    const i = number[r] - 1;
    labels.fill(number[r], row * width + first, row * width + end);
    const length = end - first;
    area[i] += length;
    x[i] += 0.5 * (first + end - 1) * length;
    y[i] += row * length;
    if (first < xMin[i]) xMin[i] = first;
    if (end - 1 > xMax[i]) xMax[i] = end - 1;
    if (row < yMin[i]) yMin[i] = row;
    yMax[i] = row;
  }
  for (let i = 0; i < count; i++) {
    x[i] /= area[i];
    y[i] /= area[i];
  }
  return { count, labels, area, x, y, xMin, xMax, yMin, yMax };
}

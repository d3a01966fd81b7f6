// Sources of a small image: pixels above a threshold, parted where they run together.
// Source: Bertin & Arnouts 1996 (A&AS 117, 393), §4 and §6: the default filter, and the share of flux that makes a branch a source of its own. Parting
// goes down pixel by pixel (Meyer 1991's flooding) instead of in 32 levels.
import type { Plane } from '../plane.ts';
import { checkPlane } from '../plane.ts';

export interface SegmentOptions {
  /** Least height of a filtered pixel, in units of the noise of an unfiltered one (default 1). */
  readonly threshold?: number;
  /** Pixels that a source has at least (default 5). */
  readonly leastArea?: number;
  /** Share of the flux of everything connected that a branch needs to be a source of its own (default 0.005). */
  readonly contrast?: number;
  /** Height above its saddle that a branch needs too, in units of the noise (default 1.5). */
  readonly prominence?: number;
}

export interface Segments {
  /** Sources, numbered 1…count, brightest peak first. */
  readonly count: number;
  /** 0 = sky, else the source's number; height × width. */
  readonly labels: Int32Array;
  /** The image that was searched: filtered, sky 0. */
  readonly filtered: Plane;
}

/**
 * Finds the sources of an image whose sky is 0 and whose noise is 1. NaN is no light. No source is a result (count 0).
 */
export function segmentSources(plane: Plane, options: SegmentOptions = {}): Segments {
  const { threshold = 1, leastArea = 5, contrast = 0.005, prominence = 1.5 } = options;
  checkPlane(plane, 'segmentSources');
  const { width, height } = plane;
  const filtered = smooth(plane);
  const { data } = filtered;
  const order = brightestFirst(data, threshold);
  const total = totalsOfConnected(order, filtered);
  // Basins: each has a parent (itself while it stands alone), the sum and number of its pixels and its peak.
  const basin = new Int32Array(data.length).fill(-1);
  const parent: number[] = [];
  const sum: number[] = [];
  const count: number[] = [];
  const peak: number[] = [];
  const root = (b: number): number => {
    while (parent[b] !== b) b = parent[b] = parent[parent[b]];
    return b;
  };
  for (const at of order) {
    const value = data[at];
    let best = -1;
    forNeighbours(at, width, height, (neighbour) => {
      if (basin[neighbour] < 0) return;
      const other = root(basin[neighbour]);
      if (best < 0 || other === best) {
        best = other;
        return;
      }
      const [high, low] = peak[other] > peak[best] ? [other, best] : [best, other];
      const ownLight = sum[low] - count[low] * value;
      // A branch that does not stand out becomes part of the higher one.
      if (ownLight < contrast * total[at] || peak[low] - value < prominence) {
        parent[low] = high;
        sum[high] += sum[low];
        count[high] += count[low];
      }
      best = high;
    });
    if (best < 0) {
      best = parent.length;
      parent.push(best);
      sum.push(0);
      count.push(0);
      peak.push(value);
    }
    basin[at] = best;
    sum[best] += value;
    count[best]++;
  }
  const numbers = new Map<number, number>();
  const labels = new Int32Array(data.length);
  // In order of brightness, so that the source with the highest peak is number 1.
  for (const at of order) {
    const b = root(basin[at]);
    if (count[b] < leastArea) continue;
    if (!numbers.has(b)) numbers.set(b, numbers.size + 1);
    labels[at] = numbers.get(b)!;
  }
  return { count: numbers.size, labels, filtered };
}

/** source-extractor's default filter: (1 2 1; 2 4 2; 1 2 1) / 16; what lies outside or has no value is sky. */
function smooth({ width, height, data }: Plane): Plane {
  const value = (x: number, y: number): number => {
    if (x < 0 || y < 0 || x >= width || y >= height) return 0;
    const v = data[y * width + x];
    return v === v ? v : 0;
  };
  const rows = new Float32Array(data.length);
  for (let y = 0, at = 0; y < height; y++)
    for (let x = 0; x < width; x++, at++)
      rows[at] = 0.25 * value(x - 1, y) + 0.5 * value(x, y) + 0.25 * value(x + 1, y);
  const out = new Float32Array(data.length);
  for (let y = 0, at = 0; y < height; y++)
    for (let x = 0; x < width; x++, at++)
      out[at] =
        0.25 * (y > 0 ? rows[at - width] : 0) +
        0.5 * rows[at] +
        0.25 * (y < height - 1 ? rows[at + width] : 0);
  return { width, height, data: out };
}

/** Indices of the pixels above the threshold, the brightest first. */
function brightestFirst(data: Float32Array, threshold: number): Int32Array {
  const above: number[] = [];
  for (let at = 0; at < data.length; at++) if (data[at] > threshold) above.push(at);
  return Int32Array.from(above).sort((a, b) => data[b] - data[a] || a - b);
}

/** For each pixel above the threshold the flux of all that is connected with it. */
function totalsOfConnected(order: Int32Array, { width, height, data }: Plane): Float64Array {
  const total = new Float64Array(data.length);
  const state = new Uint8Array(data.length);
  for (const at of order) state[at] = 1;
  for (const start of order) {
    if (state[start] !== 1) continue;
    const members = [start];
    state[start] = 2;
    let sum = 0;
    // Grows while it is walked.
    for (const at of members) {
      sum += data[at];
      forNeighbours(at, width, height, (neighbour) => {
        if (state[neighbour] !== 1) return;
        state[neighbour] = 2;
        members.push(neighbour);
      });
    }
    for (const at of members) total[at] = sum;
  }
  return total;
}

function forNeighbours(at: number, width: number, height: number, visit: (neighbour: number) => void): void {
  const x = at % width;
  const y = (at - x) / width;
  for (let v = Math.max(0, y - 1); v <= Math.min(height - 1, y + 1); v++)
    for (let u = Math.max(0, x - 1); u <= Math.min(width - 1, x + 1); u++) {
      const neighbour = v * width + u;
      if (neighbour !== at) visit(neighbour);
    }
}

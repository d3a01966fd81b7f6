import { randomStream } from '@blemish/engine';
import { matrix } from '../matrix.ts';
import type { Matrix } from '../matrix.ts';
import { nearestNeighbors } from '../neighbors/nearest-neighbors.ts';
import type { NeighborOptions } from '../neighbors/nearest-neighbors.ts';
import type { Neighbors } from '../neighbors/neighbors.ts';
import { breathe, principalStart } from './map-options.ts';
import type { MapOptions } from './map-options.ts';
import { symmetricGraph } from './sparse-graph.ts';
import type { SparseGraph } from './sparse-graph.ts';

export interface UmapOptions extends MapOptions {
  /** Neighbors of a row, itself among them; 15 where absent. More show the large, fewer the small. */
  readonly neighbors?: number;
  /** How close points of the map may come, 0 to 1; 0.1 where absent. */
  readonly minDistance?: number;
  /** Passes over the edges; 200 where absent, 500 for up to 10,000 rows. */
  readonly epochs?: number;
  readonly metric?: NeighborOptions['metric'];
}

/** Random points that push for each edge that pulls. */
const negatives = 5;

/**
 * Uniform manifold approximation and projection (McInnes, Healy & Melville 2018), started from principal components (Kobak & Linderman 2021)
 * with exact neighbors.
 *
 * @returns [rows, 2]
 * @throws RangeError on fewer rows than neighbors, NaN, infinite and only equal rows, and options outside their range.
 */
export async function umap(x: Matrix, options: UmapOptions): Promise<Matrix> {
  const { neighbors = Math.min(15, x.rows), minDistance = 0.1, metric = 'euclidean', seed, signal } = options;
  const epochs = options.epochs ?? (x.rows <= 10_000 ? 500 : 200);
  if (!(Number.isInteger(neighbors) && neighbors >= 3 && neighbors <= x.rows)) {
    throw new RangeError(`${neighbors} neighbors of ${x.rows} rows: give 3 to ${x.rows}`);
  }
  if (!(minDistance >= 0 && minDistance < 1)) {
    throw new RangeError(`minDistance ${minDistance}: give at least 0 and less than 1`);
  }
  if (!Number.isInteger(epochs) || epochs < 1) {
    throw new RangeError(`${epochs} epochs: give a whole number of at least 1`);
  }
  const near = await nearestNeighbors(x, x, neighbors - 1, {
    skipSelf: true,
    metric,
    ...(options.threads !== undefined && { threads: options.threads }),
    signal,
  });
  const graph = fuzzyGraph(near);
  // About ten to each side, as the library scales its starts.
  const map = await principalStart(x, 3, options);
  const uniform = randomStream(seed, 'umap');
  for (let i = 0; i < map.length; i++) map[i] += 1e-3 * (uniform() - 0.5);
  const layout = new Layout(graph, map, epochs, curve(minDistance), uniform);
  for (let epoch = 0; epoch < epochs; epoch++) {
    layout.run(epoch);
    options.onProgress?.(epoch + 1, epochs);
    await breathe(signal);
  }
  return matrix(x.rows, 2, map);
}

/**
 * Strength of each edge: exp(−(distance − nearest) / σᵢ), σ such that a row's strengths sum to log₂ k (algorithm 3), both directions joined by
 * a + b − a·b (algorithm 1).
 */
export function fuzzyGraph(neighbors: Neighbors): SparseGraph {
  const { k, distances } = neighbors;
  const strengths = new Float64Array(distances.length);
  const wanted = Math.log2(k + 1);
  const mean = distances.reduce((sum, d) => sum + d / distances.length, 0);
  for (let from = 0; from < distances.length; from += k) {
    const row = distances.subarray(from, from + k);
    const nearest = row.find((d) => d > 0) ?? 0;
    let [sigma, low, high] = [1, 0, Infinity];
    const strength = (d: number) => (d > nearest ? Math.exp(-(d - nearest) / sigma) : 1);
    for (let round = 0; round < 64; round++) {
      const sum = row.reduce((total, d) => total + strength(d), 0);
      if (Math.abs(sum - wanted) < 1e-5) break;
      if (sum > wanted) high = sigma;
      else low = sigma;
      sigma = high === Infinity ? 2 * sigma : (low + high) / 2;
    }
    // Rows among copies of themselves keep some reach.
    const own = row.reduce((sum, d) => sum + d / k, 0);
    sigma = Math.max(sigma, 1e-3 * (nearest > 0 ? own : mean));
    row.forEach((d, j) => (strengths[from + j] = sigma > 0 ? strength(d) : 1));
  }
  return symmetricGraph(neighbors, strengths, (a, b) => a + b - a * b);
}

export interface Curve {
  readonly a: number;
  readonly b: number;
}

/** a and b of 1 / (1 + a·d^(2b)) closest in least squares to 1 up to `minDistance` and exp(minDistance − d) beyond, for d up to 3 (section 3.2), by Gauss and Newton. */
export function curve(minDistance: number): Curve {
  const points = Array.from({ length: 300 }, (_, i) => (3 * i) / 299);
  const wanted = points.map((d) => (d < minDistance ? 1 : Math.exp(minDistance - d)));
  const loss = (a: number, b: number) =>
    points.reduce((sum, d, i) => sum + (1 / (1 + a * d ** (2 * b)) - wanted[i]) ** 2, 0);
  let [a, b] = [1, 1];
  for (let round = 0; round < 100; round++) {
    let [aa, ab, bb, ra, rb] = [0, 0, 0, 0, 0];
    for (const [i, d] of points.entries()) {
      if (d === 0) continue;
      const power = d ** (2 * b);
      const value = 1 / (1 + a * power);
      const da = -power * value * value;
      const db = -2 * a * power * Math.log(d) * value * value;
      const off = wanted[i] - value;
      aa += da * da;
      ab += da * db;
      bb += db * db;
      ra += da * off;
      rb += db * off;
    }
    const determinant = aa * bb - ab * ab;
    const stepA = (bb * ra - ab * rb) / determinant;
    const stepB = (aa * rb - ab * ra) / determinant;
    let size = 1;
    while (size > 1e-6 && !(loss(a + size * stepA, b + size * stepB) < loss(a, b))) size /= 2;
    if (size <= 1e-6) break;
    a += size * stepA;
    b += size * stepB;
  }
  return { a, b };
}

/** Stochastic gradient descent on the cross entropy of the two graphs (algorithm 5), edges in proportion to their strength. */
class Layout {
  readonly #heads: Int32Array;
  readonly #tails: Int32Array;
  /** Epochs between two uses of an edge, and the epoch at which it or its pushes are due. */
  readonly #interval: Float64Array;
  readonly #due: Float64Array;
  readonly #pushesDue: Float64Array;
  readonly #map: Float64Array;
  readonly #epochs: number;
  readonly #curve: Curve;
  readonly #uniform: () => number;

  constructor(graph: SparseGraph, map: Float64Array, epochs: number, fitted: Curve, uniform: () => number) {
    const { starts, columns, values } = graph;
    const strongest = values.reduce((most, value) => Math.max(most, value), 0);
    const edges: [head: number, tail: number, interval: number][] = [];
    for (let i = 0; i + 1 < starts.length; i++) {
      for (let e = starts[i]; e < starts[i + 1]; e++) {
        // Weaker ones would not come up in all epochs.
        if (values[e] * epochs >= strongest) edges.push([i, columns[e], strongest / values[e]]);
      }
    }
    this.#heads = Int32Array.from(edges, ([head]) => head);
    this.#tails = Int32Array.from(edges, ([, tail]) => tail);
    this.#interval = Float64Array.from(edges, ([, , interval]) => interval);
    this.#due = this.#interval.slice();
    this.#pushesDue = this.#interval.map((interval) => interval / negatives);
    this.#map = map;
    this.#epochs = epochs;
    this.#curve = fitted;
    this.#uniform = uniform;
  }

  run(epoch: number): void {
    const map = this.#map;
    const { a, b } = this.#curve;
    const rows = map.length / 2;
    const rate = 1 - epoch / this.#epochs;
    const heads = this.#heads;
    const tails = this.#tails;
    const due = this.#due;
    for (let e = 0; e < heads.length; e++) {
      if (due[e] > epoch) continue;
      const i = 2 * heads[e];
      const j = 2 * tails[e];
      let dx = map[i] - map[j];
      let dy = map[i + 1] - map[j + 1];
      let square = dx * dx + dy * dy;
      if (square > 0) {
        const power = square ** b;
        const pull = (-2 * a * b * power) / square / (1 + a * power);
        const x = clip(pull * dx) * rate;
        const y = clip(pull * dy) * rate;
        map[i] += x;
        map[i + 1] += y;
        map[j] -= x;
        map[j + 1] -= y;
      }
      due[e] += this.#interval[e];
      const spacing = this.#interval[e] / negatives;
      const pushes = Math.floor((epoch - this.#pushesDue[e]) / spacing);
      for (let n = 0; n < pushes; n++) {
        const other = 2 * Math.floor(this.#uniform() * rows);
        if (other === i) continue;
        dx = map[i] - map[other];
        dy = map[i + 1] - map[other + 1];
        square = dx * dx + dy * dy;
        // Points at one place are pushed apart as the library does, by the largest step.
        const push = square > 0 ? (2 * b) / ((0.001 + square) * (1 + a * square ** b)) : 0;
        map[i] += (square > 0 ? clip(push * dx) : 4) * rate;
        map[i + 1] += (square > 0 ? clip(push * dy) : 4) * rate;
      }
      this.#pushesDue[e] += Math.max(0, pushes) * spacing;
    }
  }
}

function clip(value: number): number {
  return Math.max(-4, Math.min(4, value));
}

import { matrix } from '../matrix.ts';
import type { Matrix } from '../matrix.ts';
import { nearestNeighbors } from '../neighbors/nearest-neighbors.ts';
import type { Neighbors } from '../neighbors/neighbors.ts';
import { breathe, principalStart } from './map-options.ts';
import type { MapOptions } from './map-options.ts';
import { QuadTree } from './quad-tree.ts';
import { symmetricGraph } from './sparse-graph.ts';
import type { SparseGraph } from './sparse-graph.ts';

export interface TsneOptions extends MapOptions {
  /** Effective number of neighbors of a row; 30 where absent, at most a third of the rows. */
  readonly perplexity?: number;
  /** 1000 where absent. */
  readonly iterations?: number;
  /** How coarsely far points are taken together, 0 (not at all) to 0.7; 0.5 where absent. */
  readonly theta?: number;
}

/** Factor on attraction in the first iterations. */
const exaggeration = 12;
const exaggerated = 250;

/**
 * t-distributed stochastic neighbor embedding (van der Maaten & Hinton 2008) in the Barnes–Hut approximation (van der Maaten 2014), started
 * from principal components, with the schedule of scikit-learn 1.2: exaggeration 12 for 250 iterations, momentum 0.5 and then 0.8,
 * learning rate n / 48 and at least 50 (Belkina et al. 2019). Nothing in it is drawn, so that the map depends on the rows alone.
 *
 * @returns [rows, 2]
 * @throws RangeError on fewer than four rows, a perplexity below 1 or above a third of the rows, NaN, infinite and only equal rows.
 */
export async function tsne(x: Matrix, options: TsneOptions): Promise<Matrix> {
  const { perplexity = Math.min(30, (x.rows - 1) / 3), iterations = 1000, theta = 0.5, signal } = options;
  if (x.rows < 4) throw new RangeError(`${x.rows} rows: a map needs at least 4`);
  if (!(perplexity >= 1 && 3 * perplexity <= x.rows - 1)) {
    throw new RangeError(
      `perplexity ${perplexity} of ${x.rows} rows: give 1 to ${Math.floor((x.rows - 1) / 3)}`,
    );
  }
  if (!(theta >= 0 && theta <= 0.7)) throw new RangeError(`theta ${theta}: give 0 to 0.7`);
  if (!Number.isInteger(iterations) || iterations < 1) {
    throw new RangeError(`${iterations} iterations: give a whole number of at least 1`);
  }
  const k = Math.min(x.rows - 1, Math.floor(3 * perplexity + 1));
  const neighbors = await nearestNeighbors(x, x, k, {
    skipSelf: true,
    ...(options.threads !== undefined && { threads: options.threads }),
    signal,
  });
  const graph = similarities(neighbors, perplexity);
  const map = { rows: x.rows, columns: 2, data: await principalStart(x, 1e-4, options) };
  const gradient = new TsneGradient(graph, theta);
  const rate = Math.max(x.rows / exaggeration / 4, 50);
  const slope = new Float64Array(2 * x.rows);
  const velocity = new Float64Array(2 * x.rows);
  const gains = new Float64Array(2 * x.rows).fill(1);
  for (let iteration = 0; iteration < iterations; iteration++) {
    const early = iteration < exaggerated;
    gradient.at(map.data, early ? exaggeration : 1, slope);
    const momentum = early ? 0.5 : 0.8;
    if (iteration === exaggerated) {
      velocity.fill(0);
      gains.fill(1);
    }
    for (let i = 0; i < slope.length; i++) {
      // Steps that keep their direction grow (Jacobs 1988).
      gains[i] = Math.max(0.01, velocity[i] * slope[i] < 0 ? gains[i] + 0.2 : gains[i] * 0.8);
      velocity[i] = momentum * velocity[i] - rate * gains[i] * slope[i];
      map.data[i] += velocity[i];
    }
    options.onProgress?.(iteration + 1, iterations);
    await breathe(signal);
  }
  return matrix(x.rows, 2, map.data);
}

/** Joint probabilities of neighbors: conditional ones of the wanted perplexity (2008, eq. 1), symmetric, summing to 1 (2014, eq. 6 and 7). */
export function similarities(neighbors: Neighbors, perplexity: number): SparseGraph {
  const { k, distances } = neighbors;
  const conditional = new Float64Array(distances.length);
  const wanted = Math.log(perplexity);
  for (let from = 0; from < distances.length; from += k) {
    const squares = distances.subarray(from, from + k).map((d) => d * d);
    // Beyond a common shift of the exponent nothing underflows.
    const nearest = squares[0];
    const row = conditional.subarray(from, from + k);
    let [beta, low, high] = [1, 0, Infinity];
    const spread = squares[k - 1] - nearest;
    if (spread > 0) beta = 1 / spread;
    for (let round = 0; round < 100; round++) {
      let [sum, weighted] = [0, 0];
      for (let j = 0; j < k; j++) {
        row[j] = Math.exp(-beta * (squares[j] - nearest));
        sum += row[j];
        weighted += row[j] * (squares[j] - nearest);
      }
      for (let j = 0; j < k; j++) row[j] /= sum;
      const entropy = Math.log(sum) + (beta * weighted) / sum;
      if (Math.abs(entropy - wanted) < 1e-5) break;
      if (entropy > wanted) low = beta;
      else high = beta;
      beta = high === Infinity ? 2 * beta : (low + high) / 2;
    }
  }
  const rows = distances.length / k;
  return symmetricGraph(neighbors, conditional, (a, b) => (a + b) / (2 * rows));
}

/** The gradient of the Kullback–Leibler divergence (2014, eq. 8). */
export class TsneGradient {
  readonly #graph: SparseGraph;
  readonly #theta: number;
  readonly #tree: QuadTree;
  readonly #repulsion: Float64Array;

  constructor(graph: SparseGraph, theta: number) {
    const rows = graph.starts.length - 1;
    this.#graph = graph;
    this.#theta = theta;
    this.#tree = new QuadTree(rows);
    this.#repulsion = new Float64Array(2 * rows);
  }

  /** @param map [rows, 2], and `out` its gradient with attraction times `factor` */
  at(map: Float64Array, factor: number, out: Float64Array): void {
    const { starts, columns, values } = this.#graph;
    const rows = starts.length - 1;
    const repulsion = this.#repulsion;
    // θ 0 opens every cell.
    this.#tree.build(map, Math.max(this.#theta, 1e-9));
    const force = new Float64Array(2);
    let sum = 0;
    // In the order of the tree, in which consecutive points meet the same cells.
    for (const i of this.#tree.order) {
      sum += this.#tree.repulsion(map[2 * i], map[2 * i + 1], force);
      repulsion[2 * i] = force[0];
      repulsion[2 * i + 1] = force[1];
    }
    for (let i = 0; i < rows; i++) {
      const x = map[2 * i];
      const y = map[2 * i + 1];
      let pullX = 0;
      let pullY = 0;
      for (let e = starts[i]; e < starts[i + 1]; e++) {
        const dx = x - map[2 * columns[e]];
        const dy = y - map[2 * columns[e] + 1];
        const pull = values[e] / (1 + dx * dx + dy * dy);
        pullX += pull * dx;
        pullY += pull * dy;
      }
      out[2 * i] = 4 * (factor * pullX - repulsion[2 * i] / sum);
      out[2 * i + 1] = 4 * (factor * pullY - repulsion[2 * i + 1] / sum);
    }
  }
}

// Maps of rows in the plane; scikit-learn's t-SNE of the same rows: fixtures/maps.json, written by fixtures/maps.py.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { matrix, nearestNeighbors, selectRows, tsne, umap } from '../src/index.ts';
import type { Matrix } from '../src/index.ts';
import { TsneGradient, similarities } from '../src/maps/tsne.ts';
import { curve, fuzzyGraph } from '../src/maps/umap.ts';
import { numbers } from './support/numbers.ts';
import { table } from './support/tables.ts';
import { trustworthiness } from './support/trustworthiness.ts';

interface Fixture {
  readonly x: readonly (readonly number[])[];
  readonly label: readonly number[];
  readonly trustworthiness: number;
  readonly divergence: number;
  readonly joint: readonly number[];
  readonly curves: readonly (readonly [minDistance: number, a: number, b: number])[];
}
const fixture = JSON.parse(readFileSync(new URL('./fixtures/maps.json', import.meta.url), 'utf8')) as Fixture;
const x = table(fixture.x);
const seed = 3;

/** Share of rows whose nearest other point in the map has their label. */
async function separation(map: Matrix): Promise<number> {
  const { indices } = await nearestNeighbors(map, map, 1, { skipSelf: true });
  const alike = Array.from(indices, (j, i): number => Number(fixture.label[i] === fixture.label[j]));
  return alike.reduce((sum, value) => sum + value) / alike.length;
}

/** Kullback–Leibler divergence of the map from joint probabilities, and its gradient, over all pairs. */
function divergence(joint: Float64Array, map: Float64Array): { value: number; gradient: Float64Array } {
  const n = map.length / 2;
  const q = new Float64Array(n * n);
  let sum = 0;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      if (i === j) continue;
      q[i * n + j] = 1 / (1 + (map[2 * i] - map[2 * j]) ** 2 + (map[2 * i + 1] - map[2 * j + 1]) ** 2);
      sum += q[i * n + j];
    }
  }
  let value = 0;
  const gradient = new Float64Array(2 * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      const p = joint[i * n + j];
      if (p > 0) value += p * Math.log((p * sum) / q[i * n + j]);
      for (let c = 0; c < 2; c++) {
        gradient[2 * i + c] +=
          4 * (p - q[i * n + j] / sum) * q[i * n + j] * (map[2 * i + c] - map[2 * j + c]);
      }
    }
  }
  return { value, gradient };
}

async function jointOf(rows: Matrix, k: number, perplexity: number) {
  const graph = similarities(await nearestNeighbors(rows, rows, k, { skipSelf: true }), perplexity);
  const dense = new Float64Array(rows.rows ** 2);
  for (let i = 0; i < rows.rows; i++) {
    for (let e = graph.starts[i]; e < graph.starts[i + 1]; e++) {
      dense[i * rows.rows + graph.columns[e]] = graph.values[e];
    }
  }
  return { graph, dense };
}

describe('t-SNE', () => {
  it('has scikit-learn’s joint probabilities', async () => {
    const n = 41;
    const { dense } = await jointOf(
      selectRows(
        x,
        Array.from({ length: n }, (_, i) => i),
      ),
      n - 1,
      8,
    );
    let at = 0;
    for (let i = 0; i < n; i++) {
      for (let j = i + 1; j < n; j++) {
        // Its search for the widths stops at 1e-5 of entropy, in single precision.
        expect(Math.abs(dense[i * n + j] - fixture.joint[at++])).toBeLessThan(1e-6);
      }
    }
  });

  it('follows the gradient: exactly with θ 0, closely with θ 0.5', async () => {
    const { graph, dense } = await jointOf(x, 60, 20);
    const map = Float64Array.from(numbers(2 * x.rows, 9), (u) => 8 * u);
    // Two points at one place, and three in a row along a diagonal.
    map.set([1, 1, 1, 1, 2, 2, 3, 3]);
    const { gradient } = divergence(dense, map);
    const found = new Float64Array(gradient.length);
    const error = (theta: number) => {
      new TsneGradient(graph, theta).at(map, 1, found);
      const off = found.reduce((sum, value, i) => sum + (value - gradient[i]) ** 2, 0);
      return Math.sqrt(off / gradient.reduce((sum, value) => sum + value * value, 0));
    };
    expect(error(0)).toBeLessThan(1e-12);
    expect(error(0.5)).toBeLessThan(0.03);
    expect(error(0.5)).toBeGreaterThan(1e-6);
  });

  it('makes maps as trustworthy as scikit-learn’s, that keep clouds apart, the same again', async () => {
    const map = await tsne(x, { seed, perplexity: 20 });
    // Another path to another of the many minima of about the same depth.
    expect(await trustworthiness(x, map, 10)).toBeGreaterThan(fixture.trustworthiness - 0.005);
    const { dense } = await jointOf(x, 61, 20);
    expect(divergence(dense, map.data).value).toBeLessThan(1.05 * fixture.divergence);
    expect(await separation(map)).toBeGreaterThan(0.99);
    expect(await tsne(x, { seed, perplexity: 20 })).toEqual(map);
  });

  it('takes copies and a single column', async () => {
    const copies = matrix(
      30,
      1,
      Array.from({ length: 30 }, (_, i) => i % 3),
    );
    const map = await tsne(copies, { seed, iterations: 300 });
    expect(map.data.every(Number.isFinite)).toBe(true);
  });

  it('refuses what makes no map, and stops when told to', async () => {
    await expect(tsne(matrix(3, 2), { seed })).rejects.toThrow('3 rows: a map needs at least 4');
    await expect(tsne(x, { seed, perplexity: 100 })).rejects.toThrow(
      /perplexity 100 of 250 rows: give 1 to 83/,
    );
    await expect(tsne(x, { seed, theta: 2 })).rejects.toThrow(/theta 2/);
    await expect(tsne(matrix(9, 2), { seed })).rejects.toThrow(/constant/);
    const stop = new AbortController();
    const onProgress = () => stop.abort();
    await expect(tsne(x, { seed, signal: stop.signal, onProgress })).rejects.toThrow(/abort/i);
  });
});

describe('UMAP', () => {
  it.each(fixture.curves)('fits the library’s curve for a least distance of %d', (minDistance, a, b) => {
    const found = curve(minDistance);
    expect(Math.abs(found.a - a)).toBeLessThan(1e-4);
    expect(Math.abs(found.b - b)).toBeLessThan(1e-4);
  });

  it('gives each row strengths that sum to log₂ of its neighbors, and joins both directions', async () => {
    const near = await nearestNeighbors(x, x, 14, { skipSelf: true });
    const graph = fuzzyGraph(near);
    const value = (i: number, j: number) => {
      for (let e = graph.starts[i]; e < graph.starts[i + 1]; e++) {
        if (graph.columns[e] === j) return graph.values[e];
      }
      return 0;
    };
    for (let i = 0; i < x.rows; i++) {
      const row = near.indices.subarray(14 * i, 14 * i + 14);
      expect(Math.abs(value(i, row[0]) - 1)).toBeLessThan(1e-12);
      for (const j of row) expect(value(i, j)).toBe(value(j, i));
    }
    // A joined strength is at least either direction's, so that rows sum to no less.
    for (let i = 0; i < x.rows; i++) {
      const sum = graph.values.subarray(graph.starts[i], graph.starts[i + 1]).reduce((s, v) => s + v);
      expect(sum).toBeGreaterThan(Math.log2(15) - 1e-4);
    }
  });

  it('makes maps nearly as trustworthy as t-SNE’s, that keep clouds apart, the same for the same seed', async () => {
    const map = await umap(x, { seed });
    expect(await trustworthiness(x, map, 10)).toBeGreaterThan(fixture.trustworthiness - 0.02);
    expect(await separation(map)).toBeGreaterThan(0.99);
    expect(await umap(x, { seed })).toEqual(map);
    expect((await umap(x, { seed: seed + 1 })).data).not.toEqual(map.data);
  });

  it('takes copies, and refuses what makes no map', async () => {
    const copies = matrix(
      30,
      1,
      Array.from({ length: 30 }, (_, i) => i % 3),
    );
    expect((await umap(copies, { seed, neighbors: 5 })).data.every(Number.isFinite)).toBe(true);
    await expect(umap(x, { seed, neighbors: 400 })).rejects.toThrow(
      /400 neighbors of 250 rows: give 3 to 250/,
    );
    await expect(umap(x, { seed, minDistance: 2 })).rejects.toThrow(/minDistance 2/);
  });
});

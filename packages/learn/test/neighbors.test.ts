// k nearest neighbors and local outlier factors against scikit-learn: fixtures/neighbors.json, written by fixtures/neighbors.py.
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  learners,
  loadLocalOutlierFactor,
  localOutlierFactor,
  matrix,
  nearestNeighbors,
} from '../src/index.ts';
import type { Matrix, Metric } from '../src/index.ts';
import { ExactSearch } from '../src/neighbors/exact-search.ts';
import { areaUnderCurve, hasAutoscan } from './support/autoscan.ts';
import { numbers } from './support/numbers.ts';
import { standardizedAutoscan } from './support/standardized-autoscan.ts';
import { context, farthest, stored } from './support/tables.ts';

interface Fixture {
  readonly tables: Readonly<
    Record<
      string,
      {
        readonly columns: number;
        readonly x: readonly number[];
        readonly y: readonly number[];
        readonly queries: readonly number[];
      }
    >
  >;
  readonly cases: readonly {
    readonly table: string;
    readonly metric: Metric;
    readonly p: number;
    readonly k: number;
    readonly weights: 'uniform' | 'distance';
    readonly proba: readonly number[];
    readonly distances?: readonly number[];
    readonly indices?: readonly number[];
  }[];
  readonly factors: readonly {
    readonly metric: Metric;
    readonly k: number;
    readonly reference: readonly number[];
    readonly queries: readonly number[];
  }[];
}
const fixture = JSON.parse(
  readFileSync(new URL('./fixtures/neighbors.json', import.meta.url), 'utf8'),
) as Fixture;
const knn = learners.knn!;
const options = (given: object) => knn.options.parse(given);

function table(name: string): { x: Matrix; y: readonly number[]; queries: Matrix; classes: number } {
  const { columns, x, y, queries } = fixture.tables[name];
  return {
    x: matrix(y.length, columns, x),
    y,
    queries: matrix(queries.length / columns, columns, queries),
    classes: Math.max(...y) + 1,
  };
}

describe('k nearest neighbors', () => {
  it.each(fixture.cases.map((c) => [`${c.metric}, k ${c.k}, ${c.weights}, ${c.table}`, c] as const))(
    'vote as in scikit-learn: %s',
    async (_, { table: name, metric, p, k, weights, proba, distances, indices }) => {
      const { x, y, queries, classes } = table(name);
      const chosen = options({ neighbors: k, metric, p, weights });
      const model = await knn.fit({ x, y, classes }, chosen, context);
      const found = await model.predictProba(queries);
      // Its cosine and euclidean distances come from an expansion that loses some digits.
      expect(farthest(found.data, proba)).toBeLessThan(1e-12);
      if (distances === undefined || indices === undefined) return;
      const near = await nearestNeighbors(x, queries, k, { metric, p });
      expect(Array.from(near.indices)).toEqual(indices);
      expect(farthest(near.distances, distances)).toBeLessThan(1e-11);
    },
  );

  it('are those of double precision, however far from zero and close together rows are', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          seed: fc.integer({ min: 1, max: 1e6 }),
          columns: fc.integer({ min: 1, max: 9 }),
          k: fc.integer({ min: 1, max: 6 }),
          exponent: fc.integer({ min: -12, max: 12 }),
          outlier: fc.constantFrom(1, 1e6, 1e20),
        }),
        async ({ seed, columns, k, exponent, outlier }) => {
          const draw = (rows: number, name: number) =>
            matrix(
              rows,
              columns,
              Float64Array.from(numbers(rows * columns, name), (u) => 1000 + u * 10 ** exponent),
            );
          const reference = draw(200, seed);
          reference.data[0] = outlier;
          const queries = draw(70, seed + 1);
          const { distances } = await nearestNeighbors(reference, queries, k);
          for (let q = 0; q < queries.rows; q++) {
            const all = Array.from({ length: reference.rows }, (_, i) => {
              let square = 0;
              for (let c = 0; c < columns; c++) {
                square += (queries.data[q * columns + c] - reference.data[i * columns + c]) ** 2;
              }
              return Math.sqrt(square);
            }).sort((a, b) => a - b);
            for (let j = 0; j < k; j++) {
              expect(Math.abs(distances[q * k + j] - all[j])).toBeLessThanOrEqual(1e-14 * all[j]);
            }
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  it('are the same on any number of threads', async () => {
    const rows = matrix(8000, 260, Float64Array.from(numbers(8000 * 260, 5)));
    const queries = matrix(8000, 260, Float64Array.from(numbers(8000 * 260, 6)));
    const one = await nearestNeighbors(rows, queries, 3, { threads: 1 });
    expect(await nearestNeighbors(rows, queries, 3, { threads: 2 })).toEqual(one);
  });

  it('leave a row out of its own neighbors, also where it has copies', async () => {
    const rows = matrix(5, 1, [1, 1, 1, 4, 9]);
    const { indices, distances } = await nearestNeighbors(rows, rows, 1, { skipSelf: true });
    expect(Array.from(indices, (other, i) => other !== i)).not.toContain(false);
    expect(Array.from(distances)).toEqual([0, 0, 0, 3, 5]);
  });

  it('weigh a row as its weight, and one of weight 0 as none', async () => {
    const x = matrix(4, 1, [0, 1, 2, 9]);
    const data = { x, y: [0, 1, 1, 0], classes: 2, weights: [3, 1, 0, 2] };
    const model = await knn.fit(data, options({ neighbors: 3 }), context);
    expect(Array.from((await model.predictProba(matrix(1, 1, [1]))).data)).toEqual([5 / 6, 1 / 6]);
  });

  it('predict the same bits after being saved', async () => {
    const { x, y, queries, classes } = table('smooth');
    for (const search of ['exact', 'approximate'] as const) {
      const model = await knn.fit({ x, y, classes }, options({ weights: 'distance', search }), context);
      const again = await knn.load(stored(model.save()));
      expect(await again.predictProba(queries)).toEqual(await model.predictProba(queries));
    }
  });

  it('are nearly all found by approximate search', async () => {
    const rows = matrix(3000, 8, Float64Array.from(numbers(24000, 5)));
    const queries = matrix(200, 8, Float64Array.from(numbers(1600, 6)));
    for (const metric of ['euclidean', 'cosine'] as const) {
      const exact = await nearestNeighbors(rows, queries, 10, { metric });
      const found = await nearestNeighbors(rows, queries, 10, { metric, search: 'approximate' });
      let hits = 0;
      for (let q = 0; q < 200; q++) {
        const near = exact.indices.subarray(q * 10, q * 10 + 10);
        for (const index of found.indices.subarray(q * 10, q * 10 + 10)) if (near.includes(index)) hits++;
      }
      expect(hits).toBeGreaterThan(0.97 * 2000);
      // Single precision, and a missed neighbor moves the others up.
      expect(Math.abs(found.distances[0] - exact.distances[0])).toBeLessThan(1e-3);
    }
  });

  it('refuse what has no answer, and say why', async () => {
    const rows = matrix(3, 2, [0, 0, 1, 1, 2, 2]);
    await expect(nearestNeighbors(rows, rows, 4)).rejects.toThrow('4 neighbors of 3 rows: ask for 1 to 3');
    await expect(nearestNeighbors(rows, rows, 1, { metric: 'cosine' })).rejects.toThrow(/row 1 is all zeros/);
    await expect(nearestNeighbors(rows, matrix(1, 2, [NaN, 0]), 1)).rejects.toThrow(
      /row 1, column 1: a missing/,
    );
    await expect(
      nearestNeighbors(rows, rows, 1, { search: 'approximate', metric: 'chebyshev' }),
    ).rejects.toThrow(/use search 'exact'/);
    const fit = knn.fit({ x: rows, y: [0, 1, 1], classes: 2 }, options({}), context);
    await expect(fit).rejects.toThrow("5 neighbors of 3 rows: lower 'neighbors' or add rows");
    expect(() => new ExactSearch(rows, { metric: 'minkowski', p: 0.5 })).toThrow(/p 0.5/);
    const far = matrix(2, 1, [1e200, -1e200]);
    await expect(nearestNeighbors(far, far, 2)).rejects.toThrow(/distances too large/);
  });

  it.skipIf(!hasAutoscan)('tell DES artifacts as well as the reference', async () => {
    const { train, test } = standardizedAutoscan();
    const model = await knn.fit({ ...train, classes: 2 }, options({ neighbors: 15 }), context);
    const { data } = await model.predictProba(test.x);
    expect(
      areaUnderCurve(
        data.filter((_, i) => i % 2 === 1),
        test.y,
      ),
    ).toBeGreaterThan(0.978);
  });
});

describe('local outlier factor', () => {
  const { x, queries } = table('smooth');

  it.each(fixture.factors.map((f) => [f.metric, f] as const))(
    'is scikit-learn’s: %s',
    async (_, { metric, k, reference, queries: expected }) => {
      const factor = await localOutlierFactor(x, { metric, neighbors: k });
      expect(farthest(factor.reference, reference)).toBeLessThan(1e-9);
      expect(farthest(await factor.score(queries), expected)).toBeLessThan(1e-9);
    },
  );

  it('is the same after being saved, and finite among copies', async () => {
    const factor = await localOutlierFactor(x, { neighbors: 5 });
    const again = loadLocalOutlierFactor(stored(factor.save()));
    expect(await again.score(queries)).toEqual(await factor.score(queries));
    const copies = await localOutlierFactor(matrix(6, 1, [1, 1, 1, 1, 1, 7]), { neighbors: 2 });
    expect(copies.reference.every(Number.isFinite)).toBe(true);
    expect(copies.reference.indexOf(Math.max(...copies.reference))).toBe(5);
  });
});

// Support vector machines against scikit-learn's SVC: fixtures/svm.json, written by fixtures/svm.py.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { learners, matrix, selectRows } from '../src/index.ts';
import type { Matrix, TrainingData } from '../src/index.ts';
import { couplePairs } from '../src/svm/coupling.ts';
import { fitSigmoid } from '../src/svm/platt.ts';
import { solve } from '../src/svm/smo.ts';
import { areaUnderCurve, hasAutoscan } from './support/autoscan.ts';
import { numbers } from './support/numbers.ts';
import { standardizedAutoscan } from './support/standardized-autoscan.ts';
import { context, farthest, repeated, stored, table } from './support/tables.ts';

type Rows = readonly (readonly number[])[];
interface Fixture {
  readonly tables: Readonly<Record<string, { readonly x: Rows; readonly y: readonly number[] }>>;
  readonly cases: readonly {
    readonly table: string;
    readonly kernel: string;
    readonly c: number;
    readonly gamma: number | string;
    readonly degree: number;
    readonly constant: number;
    readonly weights: readonly number[] | null;
    readonly decisions: Rows;
  }[];
  readonly sigmoid: {
    readonly values: readonly number[];
    readonly positive: readonly boolean[];
    readonly a: number;
    readonly b: number;
  };
  readonly coupling: { readonly pairs: Rows; readonly probabilities: Rows };
  readonly platt: Rows;
}
const fixture = JSON.parse(readFileSync(new URL('./fixtures/svm.json', import.meta.url), 'utf8')) as Fixture;
const svm = learners.svm!;
const fit = (data: TrainingData, options: object = {}) =>
  svm.fit(data, svm.options.parse({ tolerance: 1e-7, ...options }), context);

/** The first 80 rows of a table. */
function training(name: string, weights: readonly number[] | null = null): TrainingData {
  const { x, y } = fixture.tables[name];
  const data = { x: table(x.slice(0, 80)), y: y.slice(0, 80), classes: Math.max(...y) + 1 };
  return weights === null ? data : { ...data, weights };
}

/** Two overlapping clouds in `columns` columns. */
function clouds(rows: number, columns: number, apart: number): { x: Matrix; y: number[] } {
  const y = Array.from({ length: rows }, (_, i) => i % 2);
  const x = matrix(rows, columns, Float64Array.from(numbers(rows * columns, 3)));
  y.forEach((label, i) => (x.data[i * columns] += apart * label));
  return { x, y };
}

describe('a support vector machine', () => {
  it.each(
    fixture.cases.map(
      (c) => [`${c.kernel}, C ${c.c}, ${c.table}${c.weights ? ', weighted' : ''}`, c] as const,
    ),
  )(
    'decides as scikit-learn’s: %s',
    async (_, { table: name, weights, decisions, kernel, c, gamma, degree, constant }) => {
      const model = await fit(training(name, weights), { kernel, c, gamma, degree, constant });
      const found = await model.decisionFunction!(table(fixture.tables[name].x));
      expect(farthest(found.data, decisions.flat())).toBeLessThan(1e-3);
    },
  );

  it('fits Platt’s sigmoid as scikit-learn does', () => {
    const { values, positive, a, b } = fixture.sigmoid;
    const found = fitSigmoid(Float64Array.from(values), positive);
    // Its optimizer stops where the gradient is below 1e-5.
    expect(Math.abs(found.a - a)).toBeLessThan(1e-4);
    expect(Math.abs(found.b - b)).toBeLessThan(1e-4);
  });

  it('couples the probabilities of pairs as libsvm does', () => {
    const { pairs, probabilities } = fixture.coupling;
    const out = new Float64Array(3);
    for (const [i, row] of pairs.entries()) {
      couplePairs(Float64Array.from(row), out);
      expect(farthest(out, probabilities[i])).toBeLessThan(1e-9);
    }
  });

  it('has probabilities that differ from libsvm’s by no more than other folds make', async () => {
    const model = await fit(training('two'));
    const x = table(fixture.tables['two'].x);
    const { data } = await model.predictProba(x);
    // libsvm's own change by up to 0.06 on these rows from one random state to another.
    expect(farthest(data, fixture.platt.flat())).toBeLessThan(0.1);
    const scores = await model.decisionFunction!(x);
    const order = Array.from(scores.data.keys()).sort((i, j) => scores.data[i] - scores.data[j]);
    for (let i = 1; i < order.length; i++) {
      expect(data[2 * order[i] + 1]).toBeGreaterThanOrEqual(data[2 * order[i - 1] + 1]);
    }
  });

  it('has probabilities of several classes that sum to 1', async () => {
    const model = await fit(training('three'), { c: 5 });
    const { x, y } = fixture.tables['three'];
    const { data } = await model.predictProba(table(x));
    const votes = (await model.decisionFunction!(table(x))).data;
    let agree = 0;
    for (let i = 0; i < y.length; i++) {
      const row = Array.from(data.subarray(3 * i, 3 * i + 3));
      expect(Math.abs(row[0] + row[1] + row[2] - 1)).toBeLessThan(1e-12);
      const own = Array.from(votes.subarray(3 * i, 3 * i + 3));
      if (row.indexOf(Math.max(...row)) === own.indexOf(Math.max(...own))) agree++;
    }
    // Probabilities and votes part where classes overlap.
    expect(agree).toBeGreaterThan(0.8 * y.length);
  });

  it('takes a row of weight 2 as two rows, and one of weight 0 as none', async () => {
    const { x, y } = fixture.tables['two'];
    const weights = y.map((_, i) => (i * 7) % 4);
    const options = { c: 3, gamma: 0.3 };
    const one = await fit({ x: table(x), y, classes: 2, weights }, options);
    const twice = { x: table(repeated(x, weights)), y: repeated(y, weights), classes: 2 };
    const other = await fit(twice, options);
    const [a, b] = await Promise.all([one, other].map((model) => model.decisionFunction!(table(x))));
    expect(farthest(a.data, b.data)).toBeLessThan(1e-4);
  });

  it('is optimal: no row violates the conditions of Karush, Kuhn and Tucker, shrinking and a small cache included', () => {
    const { x, y } = clouds(3000, 6, 0.9);
    const rows = y.map((_, i) => Float32Array.from(x.data.subarray(6 * i, 6 * i + 6)));
    const signs = Float64Array.from(y, (label) => 1 - 2 * label);
    const bounds = new Float64Array(3000).fill(2);
    const kernel = { kind: 'rbf', gamma: 0.7, constant: 0, degree: 3 } as const;
    const { coefficients, bias } = solve(
      { rows, signs, bounds },
      { kernel, tolerance: 1e-4, cacheBytes: 1e6 },
    );
    let sum = 0;
    for (let i = 0; i < 3000; i++) {
      let decision = bias;
      sum += coefficients[i];
      for (let j = 0; j < 3000; j++) {
        if (coefficients[j] === 0) continue;
        let square = 0;
        for (let c = 0; c < 6; c++) square += (rows[i][c] - rows[j][c]) ** 2;
        decision += coefficients[j] * Math.exp(-0.7 * square);
      }
      const margin = signs[i] * decision;
      const alpha = signs[i] * coefficients[i];
      // The tolerance, and what single precision leaves of kernel values summed over a thousand rows.
      if (alpha === 0) expect(margin).toBeGreaterThan(1 - 3e-4);
      else if (alpha === 2) expect(margin).toBeLessThan(1 + 3e-4);
      else expect(Math.abs(margin - 1)).toBeLessThan(3e-4);
    }
    expect(Math.abs(sum)).toBeLessThan(1e-9);
  });

  it('is the same on any number of threads, and after being saved', async () => {
    const data = { ...clouds(3000, 6, 0.9), classes: 2 };
    const [one, two] = await Promise.all(
      [1, 2].map((threads) => svm.fit(data, svm.options.parse({}), { seed: 4, threads })),
    );
    expect(two.save()).toEqual(one.save());
    for (const kernel of ['linear', 'rbf', 'poly']) {
      const model = await fit(training('three'), { kernel, tolerance: 1e-3 });
      const again = await svm.load(stored(model.save()));
      const x = table(fixture.tables['three'].x);
      expect(await again.predictProba(x)).toEqual(await model.predictProba(x));
      expect(await again.decisionFunction!(x)).toEqual(await model.decisionFunction!(x));
    }
  });

  it('refuses numbers it cannot square, and a class without weight', async () => {
    const { x, y } = fixture.tables['two'];
    const big = table(x);
    big.data[5] = 1e30;
    await expect(fit({ x: big, y, classes: 2 })).rejects.toThrow(/row 1, column 2|row 2, column 2/);
    const weights = y.map((label) => 1 - label);
    await expect(fit({ x: table(x), y, classes: 2, weights })).rejects.toThrow(/all rows of class 1 weigh 0/);
  });

  it('stops when told to', async () => {
    const data = { ...clouds(6000, 10, 0.3), classes: 2 };
    const stop = new AbortController();
    const fitting = svm.fit(data, svm.options.parse({ c: 100 }), {
      seed: 1,
      threads: 2,
      signal: stop.signal,
    });
    setTimeout(() => stop.abort(), 50);
    await expect(fitting).rejects.toThrow(/abort/i);
  });

  it.skipIf(!hasAutoscan)('tells DES artifacts as well as the reference', async () => {
    const { train, test } = standardizedAutoscan();
    const model = await svm.fit({ ...train, classes: 2 }, svm.options.parse({ c: 10, folds: 2 }), context);
    const { data } = await model.decisionFunction!(test.x);
    expect(areaUnderCurve(data, test.y)).toBeGreaterThan(0.985);
    const thirds = selectRows(test.x, [0, 1, 2]);
    expect((await model.predictProba(thirds)).rows).toBe(3);
  });
});

// Selection of columns against scikit-learn and permutation importance against injected truth: fixtures/selection.json, written by
// fixtures/selection.py.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { fitPipeline, matrix, permutationImportance, transforms } from '../src/index.ts';
import type { Matrix, TrainingData } from '../src/index.ts';
import { studentQuantile } from '../src/student-quantile.ts';
import { varianceRatios } from '../src/transforms/analysis-of-variance.ts';
import { mutualInformation } from '../src/transforms/mutual-information.ts';
import { areaUnderCurve } from './support/autoscan.ts';
import { numbers } from './support/numbers.ts';
import { context, farthest, stored, table } from './support/tables.ts';

interface Fixture {
  readonly x: readonly (readonly number[])[];
  readonly y: readonly number[];
  readonly weights: readonly number[];
  readonly anova: readonly number[];
  readonly anovaWeighted: readonly number[];
  readonly information: readonly number[];
  readonly student: readonly (readonly [number, number, number])[];
}
const url = new URL('./fixtures/selection.json', import.meta.url);
const fixture = JSON.parse(readFileSync(url, 'utf8')) as Fixture;
const data: TrainingData = { x: table(fixture.x), y: fixture.y, classes: 3, columns: ['a', 'b', 'c', 'd'] };
const select = transforms['select-features']!;
const fit = (rows: TrainingData, options: object) => select.fit(rows, select.options.parse(options), context);

describe('scores of columns', () => {
  it('are scikit-learn’s F, a weight of 2 counting as two rows', () => {
    expect(farthest(varianceRatios(data), fixture.anova)).toBeLessThan(1e-10);
    const weighted = varianceRatios({ ...data, weights: fixture.weights });
    expect(farthest(weighted, fixture.anovaWeighted)).toBeLessThan(1e-10);
  });

  it('are Ross’s estimate of mutual information, as scikit-learn has it', () => {
    expect(farthest(mutualInformation(data, 3), fixture.information)).toBeLessThan(1e-12);
  });

  it('estimate mutual information of columns with few values: log 2 of two classes told apart, 0 of none', () => {
    const y = Array.from({ length: 400 }, (_, i) => i % 2);
    const cells = y.flatMap((label, i) => [5 * label, (i >> 1) % 2, 7]);
    const [apart, none, flat] = mutualInformation({ x: matrix(400, 3, cells), y, classes: 2 }, 3);
    // Counts of 200 and 400 rows bring the estimate within their inverse of the truth.
    expect(Math.abs(apart - Math.LN2)).toBeLessThan(0.005);
    expect(none).toBeLessThan(0.005);
    expect(flat).toBeLessThan(0.005);
  });

  it('skip missing values and rank a constant column last', () => {
    const cells = fixture.x.flatMap(([, , c, d], i) => [i % 5 === 0 ? NaN : d, 1, c]);
    const rows = { x: matrix(60, 3, cells), y: fixture.y, classes: 3 };
    const kept = fixture.x.flatMap((_, i) => (i % 5 === 0 ? [] : [i]));
    const part = {
      x: matrix(
        kept.length,
        1,
        kept.map((i) => fixture.x[i][3]),
      ),
      y: kept.map((i) => fixture.y[i]),
      classes: 3,
    };
    expect(varianceRatios(rows)[0]).toBeCloseTo(varianceRatios(part)[0], 10);
    expect(varianceRatios(rows)[1]).toBe(0);
    expect(mutualInformation(rows, 3)[0]).toBe(mutualInformation(part, 3)[0]);
  });
});

describe('selection', () => {
  it.each(['anova', 'mutual-information'])('keeps the best columns in their order: %s', async (by) => {
    const fitted = await fit(data, { columns: 2, by });
    expect(fitted.names).toEqual(['c', 'd']);
    expect(select.load(stored(fitted.save())).apply(data.x)).toEqual(fitted.apply(data.x));
    const expected = fixture.x.map((row) => [row[2], row[3]]);
    expect(fitted.apply(data.x)).toEqual(table(expected));
  });

  it('keeps what a learner of trees leans on', async () => {
    const fitted = await fit(data, { columns: 2, by: 'importance', options: { trees: 50 } });
    expect(fitted.names).toEqual(['c', 'd']);
  });

  it('refuses by name', async () => {
    await expect(fit(data, { columns: 5 })).rejects.toThrow(/5 columns to keep of 4/);
    const by = { columns: 1, by: 'importance' };
    await expect(fit(data, { ...by, options: { leaves: 2 } })).rejects.toThrow(
      /learner 'extra-trees': .*leaves/,
    );
    await expect(fit(data, { ...by, learner: 'trees' })).rejects.toThrow(/unknown learner 'trees'; known/);
    await expect(fit(data, { ...by, learner: 'naive-bayes' })).rejects.toThrow(
      /'naive-bayes' has no importance/,
    );
  });
});

it('quantiles of Student’s t are scipy’s', () => {
  for (const [probability, freedom, expected] of fixture.student) {
    // scipy's own inverse is good to some 1e-10: tan(0.499 π), one degree of freedom, shows it.
    expect(Math.abs(studentQuantile(probability, freedom) - expected) / (1 + expected)).toBeLessThan(1e-9);
  }
  expect(studentQuantile(0.025, 4)).toBe(-studentQuantile(0.975, 4));
});

describe('permutation importance', () => {
  const x = matrix(400, 3, numbers(1200, 8));
  const y = Int32Array.from({ length: 400 }, (_, i) => Number(x.data[3 * i] + 0.3 * x.data[3 * i + 1] > 0));
  const score = ({ data: p }: Matrix) =>
    areaUnderCurve(
      p.filter((_, at) => at % 2 === 1),
      y,
    );

  it('is large for what decides, small for what helps, nothing for noise', async () => {
    const spec = { steps: [], learner: { name: 'logistic' } } as const;
    const names = ['decides', 'helps', 'noise'];
    const model = await fitPipeline(spec, { x, y, classes: 2, columns: names }, context);
    const found = await permutationImportance({ model, x, names, score, seed: 3 });
    expect(found.map(({ name }) => name)).toEqual(names);
    const [decides, helps, noise] = found;
    expect(decides.low).toBeGreaterThan(0.3);
    expect(helps.low).toBeGreaterThan(noise.high);
    expect(Math.abs(noise.importance)).toBeLessThan(0.01);
    for (const { importance, low, high } of found)
      expect(high - importance).toBeCloseTo(importance - low, 12);
    expect(await permutationImportance({ model, x, names, score, seed: 3 })).toEqual(found);
    expect(await permutationImportance({ model, x, names, score, seed: 4 })).not.toEqual(found);
  });

  it('is exactly 0 for a column the model does not read', async () => {
    const model = {
      columns: 3,
      predictProba: async (rows: Matrix) =>
        Promise.resolve(
          matrix(rows.rows, 2, Array.from({ length: rows.rows }, (_, i) => [0, rows.data[3 * i]]).flat()),
        ),
    };
    const found = await permutationImportance({ model, x, score, seed: 1, repeats: 2 });
    expect(found.slice(1).map(({ importance, low, high }) => [importance, low, high])).toEqual([
      [0, 0, 0],
      [0, 0, 0],
    ]);
    expect(found[0].importance).toBeGreaterThan(0.3);
  });

  it('refuses what gives no interval or no score', async () => {
    const model = { columns: 3, predictProba: (rows: Matrix) => Promise.resolve(rows) };
    const of = (changes: object) => permutationImportance({ model, x, score, seed: 1, ...changes });
    await expect(of({ repeats: 1 })).rejects.toThrow(/1 repeats give no interval/);
    await expect(of({ score: () => NaN })).rejects.toThrow(/score of the rows as they are is NaN/);
    await expect(of({ x: matrix(1, 3) })).rejects.toThrow(/1 rows cannot be shuffled/);
    await expect(of({ signal: AbortSignal.abort() })).rejects.toThrow(/abort/i);
  });
});

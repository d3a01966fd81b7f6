// Naive Bayes, imputation and standard scaling against scikit-learn: fixtures/bayes_and_scaling.json, written by
// fixtures/bayes_and_scaling.py.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { learners, matrix, selectRows, transforms } from '../src/index.ts';
import type { TrainingData } from '../src/index.ts';
import { context, farthest, repeated, stored, table } from './support/tables.ts';

type Rows = readonly (readonly (number | null)[])[];
interface BayesCase {
  readonly classes: number;
  readonly x: Rows;
  readonly y: readonly number[];
  readonly weights: readonly number[] | null;
  readonly priors: readonly number[] | null;
  readonly logJoint: Rows;
  readonly probabilities: Rows;
}
interface Fixture {
  readonly bayes: readonly BayesCase[];
  readonly gaps: Rows;
  readonly imputed: Readonly<Record<'median' | 'mean' | 'constant' | 'indicators', Rows>>;
  readonly weights: readonly number[];
  readonly standardized: Rows;
  readonly weighted: Rows;
  readonly whole: Rows;
}
const url = new URL('./fixtures/bayes_and_scaling.json', import.meta.url);
const fixture = JSON.parse(readFileSync(url, 'utf8')) as Fixture;
const naiveBayes = learners['naive-bayes']!;
const fitBayes = (data: TrainingData, options: object = {}) =>
  naiveBayes.fit(data, naiveBayes.options.parse(options), context);

/** The training rows of a case: the first 40. */
function training({ x, y, classes, weights }: BayesCase): TrainingData {
  const data = { x: table(x.slice(0, 40)), y: y.slice(0, 40), classes };
  return weights === null ? data : { ...data, weights };
}

describe('Gaussian naive Bayes', () => {
  it.each(fixture.bayes.map((c, k) => [k, c] as const))(
    'has scikit-learn’s probabilities and log posteriors (case %i)',
    async (_, test) => {
      const model = await fitBayes(training(test), test.priors === null ? {} : { priors: test.priors });
      const x = table(test.x);
      const scores = await model.decisionFunction!(x);
      const expected = table(test.logJoint);
      const differences = test.logJoint.map(([a, b]) => b! - a!);
      // Log densities reach hundreds: 1e-9 is rounding in them.
      expect(farthest(scores.data, test.classes === 2 ? differences : expected.data)).toBeLessThan(1e-9);
      expect(farthest((await model.predictProba(x)).data, table(test.probabilities).data)).toBeLessThan(1e-9);
    },
  );

  it('takes a row of weight 2 as two rows, and one of weight 0 as none', async () => {
    const { x, y, classes } = fixture.bayes[1];
    const weights = y.map((_, i) => (i * 7) % 5);
    const one = await fitBayes({ x: table(x), y, classes, weights });
    const other = await fitBayes({ x: table(repeated(x, weights)), y: repeated(y, weights), classes });
    const rows = table(x);
    expect(farthest((await one.predictProba(rows)).data, (await other.predictProba(rows)).data)).toBeLessThan(
      1e-12,
    );
  });

  it('is loaded as it was saved, bit for bit', async () => {
    const data = training(fixture.bayes[1]);
    const model = await fitBayes(data);
    const loaded = await naiveBayes.load(stored(model.save()));
    expect((await loaded.decisionFunction!(data.x)).data).toEqual(
      (await model.decisionFunction!(data.x)).data,
    );
    expect(loaded.save()).toEqual(model.save());
  });

  it('refuses what it cannot learn from, with the remedy', async () => {
    const data = training(fixture.bayes[0]);
    await expect(fitBayes({ ...data, y: data.y, classes: 3 })).rejects.toThrow(/class 2 has no row/);
    const x = matrix(data.x.rows, 5, data.x.data);
    x.data[7] = NaN;
    const columns = ['AMP', 'SNR', 'MAG', 'GAUSS', 'L1'];
    await expect(fitBayes({ ...data, x, columns })).rejects.toThrow(
      /row 2, column 'MAG': a missing value.*'impute' step/,
    );
    await expect(fitBayes(data, { priors: [0.5, 0.6] })).rejects.toThrow(/sum to 1\.1/);
    const model = await fitBayes(data);
    await expect(model.predictProba(matrix(1, 4))).rejects.toThrow(/4 columns.*fitted on 5/);
    await expect(naiveBayes.load({ ...model.save(), kind: 'mec' })).rejects.toThrow(/'mec' are not/);
    await expect(naiveBayes.load({ ...model.save(), version: 9 })).rejects.toThrow(/version 9/);
    await expect(naiveBayes.load({ ...model.save(), arrays: {} })).rejects.toThrow(/"priors".*absent/);
  });
});

it('the majority learner gives the classes’ weighted shares, whatever the row', async () => {
  const learner = learners.majority!;
  const data = { x: matrix(4, 1, [NaN, 1, 2, 3]), y: [0, 1, 1, 2], classes: 3, weights: [1, 1, 2, 4] };
  const model = await learner.fit(data, learner.options.parse({}), context);
  const found = await (await learner.load(stored(model.save()))).predictProba(matrix(2, 1, [NaN, 9]));
  expect([...found.data]).toEqual([1 / 8, 3 / 8, 4 / 8, 1 / 8, 3 / 8, 4 / 8]);
});

describe('imputation', () => {
  const impute = transforms.impute!;
  const gaps = table(fixture.gaps);
  const labels = { y: fixture.gaps.map((_, i) => i % 2), classes: 2 };
  const fit = (data: TrainingData, options: object = {}) =>
    impute.fit(data, impute.options.parse(options), context);

  it.each([
    ['median', {}],
    ['mean', { strategy: 'mean' }],
    ['constant', { strategy: 'constant', value: -7 }],
    ['indicators', { indicators: true }],
  ] as const)('fills as scikit-learn does: %s', async (name, options) => {
    const fitted = await fit({ x: gaps, ...labels }, options);
    expect(farthest(fitted.apply(gaps).data, table(fixture.imputed[name]).data)).toBeLessThan(1e-12);
    expect(impute.load(stored(fitted.save())).apply(gaps)).toEqual(fitted.apply(gaps));
  });

  it('takes a weight of 2 as two rows in median and mean', async () => {
    const { weights } = fixture;
    const rows = table(repeated(fixture.gaps, weights));
    const y = repeated(labels.y, weights);
    for (const strategy of ['median', 'mean']) {
      const one = await fit({ x: gaps, ...labels, weights }, { strategy });
      const other = await fit({ x: rows, y, classes: 2 }, { strategy });
      expect(farthest(one.apply(gaps).data, other.apply(gaps).data)).toBeLessThan(1e-12);
    }
  });

  it('names indicator columns after their columns', async () => {
    const x = matrix(2, 2, [1, NaN, 2, 3]);
    const columns = ['a', 'b'];
    const fitted = await fit({ x, y: [0, 1], classes: 2, columns }, { indicators: true });
    expect(fitted.names).toEqual(['a', 'b', 'b missing']);
    // A value missing only later is filled without a column of its own.
    expect([...fitted.apply(matrix(1, 2, [NaN, 4])).data]).toEqual([1.5, 4, 0]);
  });

  it('refuses a column without any value by its name', async () => {
    const x = matrix(2, 2, [1, NaN, 2, NaN]);
    await expect(fit({ x, y: [0, 1], classes: 2, columns: ['a', 'b'] })).rejects.toThrow(
      /column 'b': no value in any of the 2 training rows; leave it out/,
    );
  });
});

describe('standard scaling', () => {
  const scale = transforms['standard-scale']!;
  const labels = { y: fixture.gaps.map((_, i) => i % 2), classes: 2 };
  const fit = (data: TrainingData, options: object = {}) =>
    scale.fit(data, scale.options.parse(options), context);

  it('is scikit-learn’s, missing values staying missing', async () => {
    const gaps = table(fixture.gaps);
    const fitted = await fit({ x: gaps, ...labels });
    expect(farthest(fitted.apply(gaps).data, table(fixture.standardized).data)).toBeLessThan(1e-12);
    expect(scale.load(stored(fitted.save())).apply(gaps)).toEqual(fitted.apply(gaps));
  });

  it('counts rows by their weight, as scikit-learn’s', async () => {
    const whole = table(fixture.whole);
    const fitted = await fit({ x: whole, ...labels, weights: fixture.weights });
    expect(farthest(fitted.apply(whole).data, table(fixture.weighted).data)).toBeLessThan(1e-12);
  });

  it('comes back by its saved shift and scale, and leaves a constant column at 0', async () => {
    const x = matrix(3, 2, [1e6, 0.1, 2e6, 0.1, 4e6, 0.1]);
    const fitted = await fit({ x, y: [0, 1, 1], classes: 2 });
    const { shift, scale: by } = fitted.save().arrays;
    const scaled = fitted.apply(x);
    const back = scaled.data.map((value, at) => value * by.data[at % 2] + shift.data[at % 2]);
    expect(farthest(back, x.data)).toBeLessThan(1e-9);
    expect([1, 3, 5].map((at) => Math.abs(scaled.data[at]) < 1e-15)).toEqual([true, true, true]);
  });

  it('keeps offset or size where asked', async () => {
    const x = matrix(2, 1, [1, 3]);
    const data = { x, y: [0, 1], classes: 2 };
    expect([...(await fit(data, { scale: false })).apply(x).data]).toEqual([-1, 1]);
    expect([...(await fit(data, { center: false })).apply(x).data]).toEqual([1, 3]);
  });
});

it('selected rows keep their order', () => {
  expect([...selectRows(matrix(3, 1, [1, 2, 3]), [2, 0]).data]).toEqual([3, 1]);
});

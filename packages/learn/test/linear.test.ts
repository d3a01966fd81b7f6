// Scalers, principal components, minimum error classification and logistic regression against scikit-learn:
// fixtures/linear.json, written by fixtures/linear.py.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { learners, matrix, transforms } from '../src/index.ts';
import type { LearnerName, Matrix, TrainingData, TransformName } from '../src/index.ts';
import { context, farthest, repeated, stored, table } from './support/tables.ts';

type Rows = readonly (readonly (number | null)[])[];
interface Components {
  readonly scores: Rows;
  readonly variance: readonly number[];
  readonly share: readonly number[];
}
interface Case {
  readonly classes: number;
  readonly weighted: boolean;
  readonly decision: Rows;
  readonly probabilities: Rows;
}
interface Fixture {
  readonly x: Rows;
  readonly y: readonly number[];
  readonly weights: readonly number[];
  readonly gaps: Rows;
  readonly minMax: Rows;
  readonly robust: Rows;
  readonly robustWeighted: Rows;
  readonly kept: readonly number[];
  readonly pca: Readonly<Record<'all' | 'three' | 'share' | 'whitened' | 'weighted', Components>>;
  readonly qda: readonly (Case & {
    readonly regularization: number;
    readonly priors: readonly number[] | null;
  })[];
  readonly logistic: readonly (Case & { readonly c: number; readonly scale: readonly number[] })[];
}
const url = new URL('./fixtures/linear.json', import.meta.url);
const fixture = JSON.parse(readFileSync(url, 'utf8')) as Fixture;
const x = table(fixture.x);
const gaps = table(fixture.gaps);
const { y, weights } = fixture;
const data: TrainingData = { x, y, classes: 3 };
const weighted: TrainingData = { ...data, weights };

const fitTransform = (name: TransformName, rows: TrainingData, options: object = {}) =>
  transforms[name]!.fit(rows, transforms[name]!.options.parse(options), context);
const fitLearner = (name: LearnerName, rows: TrainingData, options: object = {}) =>
  learners[name]!.fit(rows, learners[name]!.options.parse(options), context);

/** The rows of the first `classes` classes, and columns divided by `scale`. */
function part(rows: TrainingData, classes: number, scale?: readonly number[]): TrainingData {
  const kept = Array.from(rows.y, (_, i) => i).filter((i) => rows.y[i] < classes);
  const cells = kept.flatMap((i) => fixture.x[i].map((value, j) => value! / (scale?.[j] ?? 1)));
  return {
    x: matrix(kept.length, x.columns, cells),
    y: kept.map((i) => rows.y[i]),
    classes,
    ...(rows.weights && { weights: kept.map((i) => rows.weights![i]) }),
  };
}

describe('scaling', () => {
  it.each([
    ['min-max-scale', { low: -1, high: 3 }, { ...data, x: gaps }, gaps, fixture.minMax],
    ['robust-scale', {}, { ...data, x: gaps }, gaps, fixture.robust],
    ['robust-scale', {}, weighted, x, fixture.robustWeighted],
  ] as const)(
    '%s is scikit-learn’s, with missing values and weights (%#)',
    async (name, options, rows, input, expected) => {
      const fitted = await fitTransform(name, rows, options);
      expect(farthest(fitted.apply(input).data, table(expected).data)).toBeLessThan(1e-12);
      expect(transforms[name]!.load(stored(fitted.save())).apply(input)).toEqual(fitted.apply(input));
      // And back: value · scale + shift.
      const { scale, shift } = fitted.save().arrays;
      const back = fitted.apply(x).data.map((value, at) => value * scale.data[at % 6] + shift.data[at % 6]);
      expect(farthest(back, x.data)).toBeLessThan(1e-12);
    },
  );

  it('leaves constant columns finite', async () => {
    const flat = { x: matrix(3, 1, [7, 7, 7]), y: [0, 1, 1], classes: 2 };
    expect([...(await fitTransform('min-max-scale', flat, { low: 2, high: 4 })).apply(flat.x).data]).toEqual([
      2, 2, 2,
    ]);
    expect([...(await fitTransform('robust-scale', flat)).apply(flat.x).data]).toEqual([0, 0, 0]);
    expect(() => transforms['min-max-scale']!.options.parse({ low: 1, high: 1 })).toThrow(/above low/);
  });
});

describe('the variance threshold', () => {
  it('keeps scikit-learn’s columns, by name', async () => {
    const columns = ['a', 'b', 'c', 'd', 'e', 'f'];
    const fitted = await fitTransform('variance-threshold', { ...data, columns }, { threshold: 1.5 });
    expect(fitted.names).toEqual(fixture.kept.map((j) => columns[j]));
    const expected = fixture.x.map((row) => fixture.kept.map((j) => row[j]));
    expect(fitted.apply(x)).toEqual(table(expected));
    expect(transforms['variance-threshold']!.load(stored(fitted.save())).apply(x)).toEqual(table(expected));
  });

  it('drops a constant column whose variance is rounding, and refuses to drop all', async () => {
    const rows = { x: matrix(3, 2, [0.1, 1, 0.1, 2, 0.1, 3]), y: [0, 1, 1], classes: 2 };
    expect((await fitTransform('variance-threshold', rows)).names).toEqual(['column 2']);
    await expect(fitTransform('variance-threshold', rows, { threshold: 5 })).rejects.toThrow(
      /no column has a variance above 5 .*lower/,
    );
  });
});

describe('principal components', () => {
  it.each([
    ['all', {}, data],
    ['three', { components: 3 }, data],
    ['share', { share: 0.9 }, data],
    ['whitened', { components: 4, whiten: true }, data],
    ['weighted', {}, weighted],
    // Of five columns the random projections span everything: the result is exact.
    ['three', { components: 3, solver: 'randomized' }, data],
  ] as const)('are scikit-learn’s: %s %o', async (name, options, rows) => {
    const fitted = await fitTransform('pca', rows, options);
    const { scores, variance, share } = fixture.pca[name];
    expect(fitted.names).toEqual(variance.map((_, k) => `pc${k + 1}`));
    const { arrays } = fitted.save();
    expect(farthest(arrays.share.data, share)).toBeLessThan(1e-12);
    expect(
      farthest(
        arrays.variance.data.map((v, k) => v / variance[k]),
        variance.map(() => 1),
      ),
    ).toBeLessThan(1e-10);
    expect(farthest(fitted.apply(x).data, table(scores).data)).toBeLessThan(1e-10);
    expect(transforms.pca!.load(stored(fitted.save())).apply(x)).toEqual(fitted.apply(x));
  });

  it('are found by random projections as by the full decomposition, of more columns than are spanned', async () => {
    const [n, p] = [120, 400];
    const factors = Array.from({ length: 6 }, (_, k) =>
      Float64Array.from({ length: p }, (__, j) => Math.sin((k + 1) * j + k)),
    );
    const x = matrix(n, p);
    for (let i = 0; i < n; i++)
      for (let j = 0; j < p; j++)
        x.data[i * p + j] =
          factors.reduce((sum, f, k) => sum + (Math.cos((2 * k + 1) * i) * f[j] * 8) / (k + 1), 0) +
          0.05 * Math.sin(i * 7.3 + j * 3.1 + ((i * j) % 17));
    const rows = { x, y: Array.from({ length: n }, (_, i) => i % 2), classes: 2 };
    const full = await fitTransform('pca', rows, { components: 5 });
    const random = await fitTransform('pca', rows, { components: 5, solver: 'randomized' });
    const [a, b] = [full.save().arrays, random.save().arrays];
    expect(
      farthest(
        a.variance.data.map((v, k) => b.variance.data[k] / v),
        [1, 1, 1, 1, 1],
      ),
    ).toBeLessThan(1e-6);
    expect(farthest(a.share.data, [...b.share.data])).toBeLessThan(1e-6);
    expect(farthest(a.directions.data, [...b.directions.data])).toBeLessThan(1e-4);
    await expect(
      Promise.resolve().then(() => transforms.pca!.options.parse({ solver: 'randomized' })),
    ).rejects.toThrow(/needs components/);
  });

  it('keep directions eight orders of magnitude apart', async () => {
    // Rows along two known directions at a right angle, one of a size that a covariance matrix would lose in its rounding.
    const [small, large] = [1e-9, 1];
    const rows = Array.from({ length: 40 }, (_, i) => [Math.sin(i), Math.cos(3 * i)]);
    const cells = rows.flatMap(([s, c]) => [
      large * s * 0.6 - small * c * 0.8,
      large * s * 0.8 + small * c * 0.6,
    ]);
    const fitted = await fitTransform('pca', {
      x: matrix(40, 2, cells),
      y: rows.map((_, i) => i % 2),
      classes: 2,
    });
    const { directions } = fitted.save().arrays;
    expect(farthest(directions.data, [0.6, 0.8, 0.8, -0.6])).toBeLessThan(1e-8);
  });

  it('of fewer rows than columns are those of the same rows twice', async () => {
    // Twice the rows have the same directions and twice the scatter, and are more than the columns: another way through.
    const [rows, columns] = [5, 8];
    const cells = Array.from({ length: rows * columns }, (_, i) => Math.sin(3 * i) + 0.1 * (i % columns));
    const fit = (times: number) =>
      fitTransform('pca', {
        x: matrix(times * rows, columns, Array.from({ length: times }, () => cells).flat()),
        y: Array.from({ length: times * rows }, (_, i) => i % 2),
        classes: 2,
      });
    const [once, twice] = [await fit(1), await fit(2)];
    const x = matrix(rows, columns, cells);
    const [scores, wanted] = [once.apply(x), twice.apply(x)];
    expect(once.names).toHaveLength(4);
    for (let i = 0; i < rows; i++) {
      const row = wanted.data.subarray(i * wanted.columns, i * wanted.columns + 4);
      expect(farthest(scores.data.subarray(i * 4, (i + 1) * 4), row)).toBeLessThan(1e-12);
    }
    const [few, many] = [once, twice].map((fitted) => fitted.save().arrays.variance.data);
    expect(
      farthest(
        few,
        many.slice(0, 4).map((value) => (value * 9) / (2 * 4)),
      ),
    ).toBeLessThan(1e-12);
  });

  it('refuse more components than there are, and constant columns', async () => {
    await expect(fitTransform('pca', data, { components: 7 })).rejects.toThrow(/7 components.*at most 6/);
    const flat = { x: matrix(4, 2).data.fill(3) };
    await expect(
      fitTransform('pca', { x: matrix(4, 2, flat.x), y: [0, 1, 0, 1], classes: 2 }),
    ).rejects.toThrow(/every column is constant/);
    expect(() => transforms.pca!.options.parse({ components: 2, share: 0.5 })).toThrow(/not both/);
  });
});

/** Loaded from what was saved, the same bits. */
async function expectSameLoaded(name: LearnerName, rows: TrainingData, options: object, input: Matrix) {
  const model = await fitLearner(name, rows, options);
  const loaded = await learners[name]!.load(stored(model.save()));
  expect(await loaded.predictProba(input)).toEqual(await model.predictProba(input));
  expect(await loaded.decisionFunction!(input)).toEqual(await model.decisionFunction!(input));
}

describe('minimum error classification', () => {
  it.each(fixture.qda.map((c, k) => [k, c] as const))(
    'is scikit-learn’s quadratic discriminant analysis (case %i)',
    async (_, { classes, regularization, priors, weighted: byWeight, decision, probabilities }) => {
      const rows = part(byWeight ? weighted : data, classes);
      const options = priors === null ? { regularization } : { regularization, priors };
      const model = await fitLearner('mec', rows, options);
      const scores = (await model.decisionFunction!(x)).data;
      // Ours has the densities' constant, which classes share.
      const shared = classes === 2 ? 0 : 0.5 * x.columns * Math.log(2 * Math.PI);
      expect(
        farthest(
          scores.map((v) => v + shared),
          table(decision).data,
        ),
      ).toBeLessThan(1e-8);
      expect(farthest((await model.predictProba(x)).data, table(probabilities).data)).toBeLessThan(1e-8);
      await expectSameLoaded('mec', rows, options, x);
    },
  );

  it('refuses a covariance without inverse, naming the class and remedies', async () => {
    const cells = fixture.x.flatMap((row, i) => (y[i] === 1 ? [row[0]!, 2 * row[0]!] : [row[0]!, row[1]!]));
    const flat = { x: matrix(y.length, 2, cells), y, classes: 3 };
    await expect(fitLearner('mec', flat, { regularization: 0 })).rejects.toThrow(
      /class 1: .* no inverse; raise regularization above 0/,
    );
    await fitLearner('mec', flat);
    await expect(fitLearner('mec', { ...data, weights: y.map((k) => Number(k !== 2)) })).rejects.toThrow(
      /class 2 has 0 row/,
    );
  });
});

describe('logistic regression', () => {
  it.each(fixture.logistic.map((c, k) => [k, c] as const))(
    'finds scikit-learn’s minimum (case %i)',
    async (_, { classes, c, scale, weighted: byWeight, decision, probabilities }) => {
      const rows = part(byWeight ? weighted : data, classes, scale);
      const model = await fitLearner('logistic', rows, { c, tolerance: 1e-10 });
      const all = part(data, 3, scale).x;
      expect(farthest((await model.decisionFunction!(all)).data, table(decision).data)).toBeLessThan(1e-6);
      expect(farthest((await model.predictProba(all)).data, table(probabilities).data)).toBeLessThan(1e-7);
      expect(model.save().settings).toMatchObject({ converged: true });
      await expectSameLoaded('logistic', rows, { c }, all);
    },
  );

  it('takes a row of weight 2 as two rows', async () => {
    const one = await fitLearner('logistic', weighted, { tolerance: 1e-10 });
    const rows = { x: table(repeated(fixture.x, weights)), y: repeated(y, weights), classes: 3 };
    const other = await fitLearner('logistic', rows, { tolerance: 1e-10 });
    expect(farthest((await one.predictProba(x)).data, (await other.predictProba(x)).data)).toBeLessThan(1e-8);
  });

  it('holds out on separable classes and on columns of any size', async () => {
    const cells = Array.from({ length: 40 }, (_, i) => [1e9 * (i - 19.5), 1e-9 * Math.sin(i), 3]).flat();
    const labels = Array.from({ length: 40 }, (_, i) => Number(i >= 20));
    const separable = { x: matrix(40, 3, cells), y: labels, classes: 2 };
    const model = await fitLearner('logistic', separable, { c: 1e6 });
    const { data: found } = await model.predictProba(separable.x);
    expect(labels.every((label, i) => found[2 * i + label] > 0.99)).toBe(true);
    expect(model.save().settings).toMatchObject({ converged: true });
  });

  it('says in its settings that it ran out of steps', async () => {
    const model = await fitLearner('logistic', data, { iterations: 2 });
    expect(model.save().settings).toMatchObject({ iterations: 2, converged: false });
  });

  it('stops on a signal', async () => {
    const signal = AbortSignal.abort();
    const options = learners.logistic!.options.parse({});
    await expect(learners.logistic!.fit(data, options, { seed: 1, signal })).rejects.toThrow(/abort/i);
  });
});

// Histogram gradient boosting against scikit-learn's trees and decision values, and what boosting must do.
import { describe, expect, it } from 'vitest';
import { learners, matrix, selectRows } from '../src/index.ts';
import type { FitContext, Model, SavedParts, TrainingData } from '../src/index.ts';
import { areaUnderCurve, autoscan, hasAutoscan } from './support/autoscan.ts';
import { numbers } from './support/numbers.ts';
import { context, farthest, repeated, stored, table } from './support/tables.ts';
import { fixture, split } from './support/trees-fixture.ts';

const boosting = learners.boosting!;

function fit(data: TrainingData, options: object, given: FitContext = context): Promise<Model> {
  return boosting.fit(data, boosting.options.parse(options), given);
}

const two = split('two').train;
const weights = fixture.weights;
const few = table(fixture.few);
const holes = table(fixture.holes);

const cases: Readonly<Record<string, { data: TrainingData; options: object }>> = {
  'many values': { data: { ...two, weights }, options: { iterations: 20 } },
  'few values': { data: { ...two, x: few }, options: { iterations: 20, l2: 0.5 } },
  weights: {
    data: { ...two, x: few, weights },
    options: { iterations: 20, learningRate: 0.3 },
  },
  missing: { data: { ...two, x: holes, weights }, options: { iterations: 20, maxLeaves: 12 } },
  'three classes': {
    data: { ...split('three').train, weights },
    options: { iterations: 10, maxDepth: 4, minSamplesLeaf: 5 },
  },
};

describe('boosting as scikit-learn does it', () => {
  it.each(Object.entries(fixture.boosting))('%s: the decision values', async (name, expected) => {
    const { data, options } = cases[name];
    const raw = await (await fit(data, options)).decisionFunction!(data.x);
    // Sums of first and second derivatives that both sides round to 32 bits.
    expect(farthest(raw.data, expected.raw.flat())).toBeLessThan(1e-5);
  });

  // With many values an edge anywhere between two neighbors in a node splits it the same, and which one is taken hangs on the last digits of sums.
  it.each(['few values', 'weights'])('%s: the first trees, node by node', async (name) => {
    const { data, options } = cases[name];
    const { arrays } = (await fit(data, options)).save();
    const [splits, thresholds, children, values] = ['splits', 'thresholds', 'children', 'values'].map(
      (array) => arrays[array].data,
    );
    const tree = fixture.boosting[name].tree!;
    const walk = (theirs: number, ours: number): void => {
      if (tree.feature[theirs] < 0) {
        expect(splits[ours]).toBe(-1);
        expect(values[children[ours]]).toBeCloseTo(tree.value[theirs], 6);
        return;
      }
      expect(splits[ours]).toBe(2 * tree.feature[theirs] + Number(tree.missingLeft[theirs]));
      expect(thresholds[ours]).toBeCloseTo(tree.threshold[theirs], 12);
      walk(tree.left[theirs], children[ours]);
      walk(tree.right[theirs], children[ours] + 1);
    };
    walk(0, 0);
  });
});

describe('boosting', () => {
  it('is the same, bit for bit, whatever the number of threads', async () => {
    const x = matrix(3000, 20, numbers(60_000, 5));
    const y = Array.from({ length: 3000 }, (_, i) => Math.floor(1.5 * (x.data[20 * i] + 1)));
    const options = { iterations: 50, earlyStopping: 'on', maxLeaves: 8 };
    const one = await fit({ x, y, classes: 3 }, options, { seed: 3, threads: 1 });
    const three = await fit({ x, y, classes: 3 }, options, { seed: 3, threads: 3 });
    expect(three.save()).toEqual(one.save());
  });

  it.each(['few values', 'three classes'])('predicts the same once saved and loaded: %s', async (name) => {
    const { data, options } = cases[name];
    const model = await fit(data, options);
    const loaded = await boosting.load(stored(model.save()));
    expect((await loaded.predictProba(data.x)).data).toEqual((await model.predictProba(data.x)).data);
    expect(loaded.importance).toEqual(model.importance);
    const { data: probabilities, columns } = await model.predictProba(data.x);
    for (let i = 0; i < probabilities.length; i += columns) {
      const sum = probabilities.subarray(i, i + columns).reduce((total, p) => total + p, 0);
      expect(sum).toBeCloseTo(1, 12);
    }
  });

  it('takes a weight of 2 as the row twice, where leaves may hold a single row', async () => {
    const counts = Array.from({ length: 600 }, (_, i) => 1 + (i % 2));
    const rows = repeated(
      Array.from({ length: 600 }, (_, i) => i),
      counts,
    );
    const options = { iterations: 15, minSamplesLeaf: 1 };
    const weighted = await fit({ ...two, x: few, weights: counts }, options);
    const twice = await fit({ x: selectRows(few, rows), y: rows.map((i) => two.y[i]), classes: 2 }, options);
    // Sums in another order: the last digits differ.
    const [a, b] = await Promise.all([weighted, twice].map((model) => model.decisionFunction!(few)));
    expect(farthest(a.data, b.data)).toBeLessThan(1e-9);
  });

  it('does not care about the order of columns', async () => {
    const order = [7, 2, 11, 0, 5, 1, 3, 10, 4, 8, 6, 9];
    const turned = matrix(
      600,
      12,
      Array.from(two.x.data, (_, i) => two.x.data[i - (i % 12) + order[i % 12]]),
    );
    const straight = await fit({ ...two, weights }, { iterations: 20 });
    const mixed = await fit({ ...two, x: turned, weights }, { iterations: 20 });
    expect((await mixed.predictProba(turned)).data).toEqual((await straight.predictProba(two.x)).data);
    expect(
      farthest(
        mixed.importance!,
        order.map((j) => straight.importance![j]),
      ),
    ).toBeLessThan(1e-12);
  });

  it('splits missing values from all others where that tells the classes', async () => {
    const x = matrix(400, 2, numbers(800, 8));
    const y = Array.from({ length: 400 }, (_, i) => i % 2);
    for (let i = 0; i < 400; i++) if (y[i] === 0) x.data[2 * i] = NaN;
    const model = await fit({ x, y, classes: 2 }, { iterations: 10 });
    const { splits, thresholds } = model.save().arrays as SavedParts['arrays'] &
      Record<string, { data: Float64Array }>;
    expect([splits.data[0], thresholds.data[0]]).toEqual([0, Infinity]);
    const { data } = await model.predictProba(matrix(2, 2, [NaN, 0.5, 0.9, 0.5]));
    expect(data[1]).toBeLessThan(0.3);
    expect(data[3]).toBeGreaterThan(0.7);
  });

  it('stops when the loss of rows held out no longer falls, by itself only where there are many', async () => {
    const trees = (model: Model) => model.save().settings['trees'];
    // Labels that no column tells: the loss of rows held out falls by chance alone.
    const data = { x: matrix(1000, 4, numbers(4000, 2)), y: coins(1000), classes: 2 };
    expect(trees(await fit(data, { earlyStopping: 'on', patience: 5, iterations: 60 }))).toBeLessThan(30);
    expect(trees(await fit(data, { iterations: 30 }))).toBe(30);
    const many = { x: matrix(10_001, 2, numbers(20_002, 3)), y: coins(10_001), classes: 2 };
    expect(trees(await fit(many, { patience: 5, iterations: 60 }))).toBeLessThan(30);
  });

  it('refuses damaged trees and stops when told', async () => {
    const parts = stored((await fit(two, { iterations: 2 })).save());
    const splits = parts.arrays.splits.data.slice();
    splits[0] = 24;
    const damaged = {
      ...parts,
      arrays: { ...parts.arrays, splits: { shape: [splits.length], data: splits } },
    };
    await expect(boosting.load(damaged)).rejects.toThrow(/leads nowhere/);
    const control = new AbortController();
    const given = {
      seed: 1,
      signal: control.signal,
      onProgress: (done: number) => done === 3 && control.abort(),
    };
    await expect(fit(two, {}, given as FitContext)).rejects.toThrow(/abort/i);
  });

  it.skipIf(!hasAutoscan)(
    'ranks real candidates as well as scikit-learn (0.992)',
    async () => {
      const { x, y } = autoscan('train');
      const held = autoscan('test');
      const model = await fit({ x, y, classes: 2 }, {});
      const { data } = await model.predictProba(held.x);
      const score = areaUnderCurve(
        data.filter((_, i) => i % 2 === 1),
        held.y,
      );
      expect(score).toBeGreaterThanOrEqual(0.989);
    },
    20_000,
  );
});

function coins(count: number): number[] {
  return Array.from(numbers(count, 77), (value) => Number(value > 0));
}

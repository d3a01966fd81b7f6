// Random forests and extra trees against scikit-learn's own spread over seeds, and what any forest must do.
import { describe, expect, it } from 'vitest';
import { learners, matrix, selectRows } from '../src/index.ts';
import type { FitContext, ForestModel, Learner, Matrix, Model, TrainingData } from '../src/index.ts';
import { areaUnderCurve, autoscan, hasAutoscan } from './support/autoscan.ts';
import { numbers } from './support/numbers.ts';
import { context, farthest, repeated, stored } from './support/tables.ts';
import { fixture, mean, split, spread } from './support/trees-fixture.ts';

const forest = learners['random-forest']!;
const extra = learners['extra-trees']!;

function fit(
  learner: Learner,
  data: TrainingData,
  options: object,
  given: FitContext = context,
): Promise<ForestModel> {
  return learner.fit(data, learner.options.parse(options), given) as Promise<ForestModel>;
}

/** AUC, for more than two classes the mean of each against the rest. */
async function auc(model: Model, x: Matrix, labels: readonly number[]): Promise<number> {
  const { columns, data } = await model.predictProba(x);
  const one = (k: number) =>
    areaUnderCurve(
      data.filter((_, i) => i % columns === k),
      labels.map((label) => (label === k ? 1 : 0)),
    );
  return columns === 2 ? one(1) : mean(Array.from({ length: columns }, (_, k) => one(k)));
}

const optionsOf: Readonly<Record<string, object>> = {
  'random-forest': { outOfBag: true },
  'extra-trees': {},
  'entropy, leaves of five, all columns': {
    outOfBag: true,
    criterion: 'entropy',
    minSamplesLeaf: 5,
    maxFeatures: 'all',
  },
  'three classes': { outOfBag: true, maxDepth: 6 },
  'three classes, extra trees on samples': { bootstrap: true, outOfBag: true, maxFeatures: 0.5 },
};

describe('forests as scikit-learn grows them', () => {
  const seeds = [1, 2, 3, 4, 5, 6, 7, 8];
  // Means of 8 and of 40 seeds of one distribution differ by less than four times this share of its spread, but once in ten thousand.
  const share = 4 * Math.sqrt(1 / 8 + 1 / 40);

  it.each(Object.entries(fixture.forests))(
    '%s',
    async (name, expected) => {
      const { train, test, labels } = split(expected.table);
      const models: ForestModel[] = [];
      for (const seed of seeds) {
        models.push(await fit(learners[expected.kind]!, train, { trees: 50, ...optionsOf[name] }, { seed }));
      }
      const own = await Promise.all(models.map((model) => auc(model, test, labels)));
      expect(Math.abs(mean(own) - mean(expected.auc))).toBeLessThan(share * spread(expected.auc));
      expect(spread(own)).toBeGreaterThan(0);
      if (expected.outOfBag !== undefined) {
        const accuracies = models.map((model) => model.outOfBag!.accuracy);
        expect(Math.abs(mean(accuracies) - mean(expected.outOfBag))).toBeLessThan(
          share * spread(expected.outOfBag),
        );
      }
      for (const [j, importance] of expected.importanceMean.entries()) {
        const found = mean(models.map((model) => model.importance[j]));
        // Bins move a little impurity between columns: 0.004 at most here.
        expect(Math.abs(found - importance)).toBeLessThan(share * expected.importanceSpread[j] + 0.004);
      }
    },
    20_000,
  );
});

describe.each([
  ['random-forest', forest],
  ['extra-trees', extra],
] as const)('%s', (name, learner) => {
  const { train, test } = split('two');

  it('is the same, bit for bit, under the same seed whatever the number of threads, and another under another', async () => {
    const x = matrix(2500, 8, numbers(20_000, 5));
    const data: TrainingData = {
      x,
      y: Array.from({ length: 2500 }, (_, i) => Number(x.data[8 * i] > 0.4)),
      classes: 2,
    };
    const options = { trees: 60, bootstrap: true, outOfBag: true };
    const one = await fit(learner, data, options, { seed: 3, threads: 1 });
    const three = await fit(learner, data, options, { seed: 3, threads: 3 });
    const other = await fit(learner, data, options, { seed: 4, threads: 3 });
    expect(three.save()).toEqual(one.save());
    expect(other.save().arrays.thresholds).not.toEqual(one.save().arrays.thresholds);
  });

  it('predicts the same once saved and loaded', async () => {
    const model = await fit(learner, train, { trees: 10 });
    const loaded = (await learner.load(stored(model.save()))) as ForestModel;
    expect((await loaded.predictProba(test)).data).toEqual((await model.predictProba(test)).data);
    expect(loaded.importance).toEqual(model.importance);
  });

  it('takes a weight of 2 as the row twice, and one of 0 as no row', async () => {
    // Bins of the same edges: few values, all of them on rows of weight.
    const x = matrix(600, 12, fixture.few.flat() as number[]);
    const counts = Array.from({ length: 600 }, (_, i) => (i < 300 ? 1 : i % 3));
    const rows = repeated(
      Array.from({ length: 600 }, (_, i) => i),
      counts,
    );
    const options = { trees: 8, bootstrap: false, maxFeatures: 'all' };
    const weighted = await fit(learner, { ...train, x, weights: counts }, options);
    const twice = await fit(
      learner,
      { x: selectRows(x, rows), y: rows.map((i) => train.y[i]), classes: 2 },
      options,
    );
    expect((await weighted.predictProba(x)).data).toEqual((await twice.predictProba(x)).data);
  });

  it('learns from values that are missing, and sends those it never saw missing with the many', async () => {
    const x = matrix(400, 3, numbers(1200, 8));
    const y = Array.from({ length: 400 }, (_, i) => i % 2);
    for (let i = 0; i < 400; i++) if (y[i] === 1) x.data[3 * i + 1] = NaN;
    const model = await fit(learner, { x, y, classes: 2 }, { trees: 20 });
    const fresh = matrix(200, 3, numbers(600, 9));
    for (let i = 0; i < 200; i += 2) fresh.data[3 * i + 1] = NaN;
    const { data } = await model.predictProba(fresh);
    const isMissing = Array.from({ length: 200 }, (_, i) => 1 - (i % 2));
    expect(
      areaUnderCurve(
        data.filter((_, i) => i % 2 === 1),
        isMissing,
      ),
    ).toBeGreaterThan(0.995);

    const skewed = {
      x: matrix(
        100,
        1,
        Array.from({ length: 100 }, (_, i) => i),
      ),
      y: Array.from({ length: 100 }, (_, i) => Number(i >= 80)),
      classes: 2,
    };
    const stump = await fit(learner, skewed, { trees: 1, bootstrap: false, maxDepth: 1 });
    const [threshold] = stump.save().arrays.thresholds.data;
    const { data: both } = await stump.predictProba(matrix(2, 1, [NaN, threshold > 49.5 ? 0 : 99]));
    expect(both.subarray(0, 2)).toEqual(both.subarray(2));
  });

  // Thresholds of extra trees are drawn in the order of columns.
  it.skipIf(name === 'extra-trees')(
    'does not care about the order of columns where all are looked at',
    async () => {
      const order = [7, 2, 11, 0, 5, 1, 3, 10, 4, 8, 6, 9];
      const turned = (m: Matrix) =>
        matrix(
          m.rows,
          12,
          Array.from(m.data, (_, i) => m.data[i - (i % 12) + order[i % 12]]),
        );
      const options = { trees: 3, bootstrap: false, maxFeatures: 'all', minSamplesLeaf: 20 };
      // Weights of which no two sums are alike: ties would go to the column seen first.
      const { weights } = fixture;
      const straight = await fit(learner, { ...train, weights }, options);
      const mixed = await fit(learner, { ...train, weights, x: turned(train.x) }, options);
      expect((await mixed.predictProba(turned(test))).data).toEqual((await straight.predictProba(test)).data);
      expect(
        farthest(
          mixed.importance,
          order.map((j) => straight.importance[j]),
        ),
      ).toBeLessThan(1e-12);
    },
  );

  it('knows every row it was grown on, where nothing limits the trees', async () => {
    const model = await fit(learner, train, { trees: 3, bootstrap: false });
    const { data } = await model.predictProba(train.x);
    expect(Array.from(train.y, (label, i) => data[2 * i + label])).toEqual(new Array(600).fill(1));
  });

  it('refuses what it cannot do', async () => {
    await expect(fit(learner, train, { bootstrap: false, outOfBag: true })).rejects.toThrow(
      /set bootstrap to true/,
    );
    expect(() => learner.options.parse({ maxFeatures: 1.5 })).toThrow();
    const parts = stored((await fit(learner, train, { trees: 2 })).save());
    const children = parts.arrays.children.data.slice();
    children[0] = 0;
    const damaged = {
      ...parts,
      arrays: { ...parts.arrays, children: { shape: [children.length], data: children } },
    };
    await expect(learner.load(damaged)).rejects.toThrow(/leads nowhere/);
    await expect(fit(learner, { ...train, y: new Array<number>(600).fill(0) }, {})).rejects.toThrow(
      /class 1 has no row/,
    );
    const stopped = new AbortController();
    stopped.abort();
    await expect(fit(learner, train, {}, { seed: 1, signal: stopped.signal })).rejects.toThrow(/abort/i);
  });

  it.skipIf(!hasAutoscan)(
    'ranks real candidates as well as scikit-learn (0.990 with 300 trees)',
    async () => {
      const { x, y } = autoscan('train');
      const held = autoscan('test');
      const model = await fit(learner, { x, y, classes: 2 }, { trees: 60 });
      const score = await auc(model, held.x, Array.from(held.y));
      expect(score).toBeGreaterThanOrEqual(0.987);
    },
    20_000,
  );
});

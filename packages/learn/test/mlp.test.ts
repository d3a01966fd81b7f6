import { describe, expect, it } from 'vitest';
import { fitPipeline, learners, matrix } from '../src/index.ts';
import type { FitContext, TrainingData } from '../src/index.ts';
import { areaUnderCurve, autoscan, hasAutoscan } from './support/autoscan.ts';
import { numbers } from './support/numbers.ts';
import { stored } from './support/tables.ts';

const learner = learners.mlp!;
const quick = { hidden: [16], dropout: 0, epochs: 60, batch: 32, learningRate: 0.01, patience: 60 };
const fit = (data: TrainingData, options: object = {}, context: FitContext = { seed: 1 }) =>
  learner.fit(data, learner.options.parse({ ...quick, ...options }), context);

/** Four quadrants, the class of each its number modulo `classes`: no line parts them. */
function quadrants(rows: number, classes = 2): TrainingData {
  const x = matrix(rows, 2, numbers(2 * rows, 5));
  const y = Array.from({ length: rows }, (_, i) => {
    const quadrant = x.data[2 * i] > 0 ? Number(x.data[2 * i + 1] < 0) : 2 + Number(x.data[2 * i + 1] > 0);
    return [0, 1, 0, 1][quadrant] === 0 ? 0 : classes === 2 ? 1 : 1 + Number(quadrant > 1);
  });
  return { x, y, classes };
}

function accuracy(probabilities: Float64Array, { y, classes }: TrainingData): number {
  let right = 0;
  for (let i = 0; i < y.length; i++) {
    const row = probabilities.subarray(i * classes, (i + 1) * classes);
    if (row.indexOf(Math.max(...row)) === y[i]) right++;
  }
  return right / y.length;
}

describe('the multilayer perceptron', () => {
  it.each([2, 3])('learns %i classes that no line parts', async (classes) => {
    const data = quadrants(600, classes);
    const line = learners.logistic!;
    const straight = await line.fit(data, line.options.parse({}), { seed: 1 });
    expect(accuracy((await straight.predictProba(data.x)).data, data)).toBeLessThan(0.9);
    const model = await fit(data);
    const { data: probabilities } = await model.predictProba(data.x);
    expect(accuracy(probabilities, data)).toBeGreaterThan(0.95);
    const sums = Array.from({ length: 600 }, (_, i) =>
      probabilities.subarray(i * classes, (i + 1) * classes).reduce((sum, p) => sum + p, 0),
    );
    expect(Math.max(...sums.map((sum) => Math.abs(sum - 1)))).toBeLessThan(1e-12);
    await model.close!();
  });

  it('is the same for a seed, bit for bit, also loaded, and another for another', async () => {
    const data = quadrants(200);
    const options = { members: 2, epochs: 5, dropout: 0.2 };
    const one = await fit(data, options);
    const again = await fit(data, options, { seed: 1, threads: 2 });
    const other = await fit(data, options, { seed: 2 });
    const loaded = await learner.load(stored(one.save()));
    const scores = await one.decisionFunction!(data.x);
    expect(await again.decisionFunction!(data.x)).toEqual(scores);
    expect(await loaded.decisionFunction!(data.x)).toEqual(scores);
    expect(await other.decisionFunction!(data.x)).not.toEqual(scores);
    const { arrays } = one.save();
    expect(arrays['0/hidden1.weight'].data).not.toEqual(arrays['1/hidden1.weight'].data);
    for (const model of [one, again, other, loaded]) await model.close!();
  });

  it('averages its members’ logits', async () => {
    const data = quadrants(100);
    const both = await fit(data, { members: 2, epochs: 3 });
    const { settings, arrays, ...rest } = both.save();
    const alone = (prefix: string) =>
      learner.load({
        ...rest,
        settings: { ...settings, members: 1 },
        arrays: Object.fromEntries(
          Object.entries(arrays).flatMap(([name, array]) =>
            name.startsWith(prefix) ? [[name.replace(prefix, '0/'), array]] : [],
          ),
        ),
      });
    const [a, b] = [await alone('0/'), await alone('1/')];
    const [first, second, mean] = await Promise.all(
      [a, b, both].map(async (model) => (await model.decisionFunction!(data.x)).data),
    );
    const worst = mean.map((value, i) => Math.abs(value - (first[i] + second[i]) / 2));
    expect(Math.max(...worst)).toBeLessThan(1e-12);
    for (const model of [a, b, both]) await model.close!();
  });

  it('does not see rows of weight 0, and leans toward a class of more weight', async () => {
    const data = quadrants(200);
    const weights = Array.from(data.y, (_, i) => Number(i < 150));
    const some = await fit({ ...data, weights }, { epochs: 5 });
    const x = matrix(150, 2, data.x.data.slice(0, 300));
    const cut = await fit({ x, y: Array.from(data.y).slice(0, 150), classes: 2 }, { epochs: 5 });
    expect(await some.predictProba(data.x)).toEqual(await cut.predictProba(data.x));
    const leaning = await fit({ ...data, weights: Array.from(data.y, (k) => 1 + 20 * k) }, { epochs: 5 });
    const mean = async (model: typeof some) =>
      (await model.predictProba(data.x)).data.reduce((sum, p, at) => sum + (at % 2) * p, 0) / 200;
    expect(await mean(leaning)).toBeGreaterThan((await mean(cut)) + 0.2);
    for (const model of [some, cut, leaning]) await model.close!();
  });

  it('stops once held-out rows no longer gain, and keeps the best pass', async () => {
    // Labels without any relation to the columns: the held-out loss is lowest near the start.
    const data = { ...quadrants(200), y: Array.from({ length: 200 }, (_, i) => i % 2) };
    const passes: number[] = [];
    const onProgress = (done: number) => passes.push(done);
    const model = await fit(data, { patience: 3, learningRate: 0.05, epochs: 60 }, { seed: 1, onProgress });
    expect(passes.at(-2)).toBeLessThan(40);
    expect(passes.at(-1)).toBe(60);
    await model.close!();
  });

  it('refuses a class of one row, NaN, and stops on a signal', async () => {
    const data = quadrants(40);
    const y = Array.from(data.y, (_, i) => Number(i === 3));
    await expect(fit({ ...data, y })).rejects.toThrow(/class 1 has 1 row .*held out/);
    const x = matrix(40, 2, data.x.data);
    x.data[1] = NaN;
    await expect(fit({ ...data, x })).rejects.toThrow(/row 1, column 2: a missing value/);
    const stop = new AbortController();
    const onProgress = () => stop.abort();
    await expect(fit(data, {}, { seed: 1, signal: stop.signal, onProgress })).rejects.toThrow(/abort/i);
  });
});

it.skipIf(!hasAutoscan)('reaches 0.985 on real candidates with its defaults', async () => {
  const [train, test] = [autoscan('train'), autoscan('test')];
  const steps = [{ name: 'impute' }, { name: 'standard-scale' }] as const;
  const pipeline = await fitPipeline(
    { steps, learner: { name: 'mlp' } },
    { ...train, classes: 2 },
    { seed: 1 },
  );
  const scores = (await pipeline.decisionFunction!(test.x)).data;
  expect(areaUnderCurve(scores, test.y)).toBeGreaterThan(0.985);
  await pipeline.close!();
});

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { matrix } from '@blemish/learn';
import { Rng } from '@blemish/sky';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chooseCombination, combine } from '../src/exposure-models/combine.ts';
import { compareExposures } from '../src/exposure-models/compare-exposures.ts';
import { drawLabels } from '../src/exposure-models/draw-labels.ts';
import { openExposureModel } from '../src/exposure-models/exposure-bundle.ts';
import { exposureFolds } from '../src/exposure-models/exposure-folds.ts';
import { ccdOf, readExposureSet } from '../src/exposure-models/exposure-set.ts';
import type { ExposureSet } from '../src/exposure-models/exposure-set.ts';
import { fitExposures } from '../src/exposure-models/fit-exposures.ts';
import { sureness } from '../src/exposure-models/measure-exposures.ts';
import { decideExposure, exposureScore } from '../src/exposure-models/roll-up.ts';
import { openSetInputs } from '../src/exposure-models/set-inputs.ts';
import { exposureRecipe } from '../src/exposure-recipe.ts';
import type { ExposureRecipe } from '../src/exposure-recipe.ts';
import type { RecipeFile } from '../src/recipe.ts';
import { trainExposures } from '../src/exposure-models/train-exposures.ts';
import { evenReasons, writeExposureSet, writeViewEncoder } from './helpers/exposure-set.ts';

const timeout = 60_000;
let root: string;
let encoder: string;
let train: string;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'blemish-exposures-'));
  encoder = await writeViewEncoder(join(root, 'encoder'));
  train = await writeExposureSet(join(root, 'train'), {
    seed: 1,
    reasons: [...evenReasons(32), '', '', 'PSF;Noise'],
  });
});
afterAll(() => rm(root, { recursive: true, force: true }));

const published = {
  inputs: ['encoder'],
  steps: [{ use: 'min-max-scale' }, { use: 'pca', components: 15 }, { use: 'variance-threshold' }],
  ...{ learner: 'knn', neighbors: 7, metric: 'manhattan', weights: 'distance' },
};
const trees = {
  inputs: ['header', 'statistics'],
  learner: 'boosting',
  iterations: 10,
  earlyStopping: 'off',
  minSamplesLeaf: 2,
};

function recipeOf(changes: object): RecipeFile<ExposureRecipe> {
  const recipe = exposureRecipe.parse({
    ...{ name: 'few', task: 'exposure', members: [published], split: { folds: 3 } },
    ...changes,
  });
  return { path: 'few.toml', text: 'few', recipe };
}

describe('the roll-up of an exposure', () => {
  const probability = fc.double({ min: 0.001, max: 0.999, noNaN: true });

  it('is bad where more than N CCDs reach the probability, in whatever order they come', () => {
    fc.assert(
      fc.property(
        fc.array(probability, { minLength: 1, maxLength: 8 }),
        fc.integer({ min: 0, max: 5 }),
        probability,
        (bad, moreThan, p) => {
          const count = bad.filter((each) => each >= p).length;
          const expected = bad.length > moreThan ? count > moreThan : count === bad.length;
          const decision = { moreThan, probability: p, confidence: null, accuracy: 0.94, falsePer100: 2 };
          const how = { categories: ['Good', 'PSF'], reasons: null, decision };
          const half = Float64Array.of(0.5, 0.5);
          expect(decideExposure(half, bad, how)).toMatchObject({ bad: expected, badCcds: count });
          expect(exposureScore([...bad].reverse(), moreThan)).toBe(exposureScore(bad, moreThan));
        },
      ),
    );
    expect(() => exposureScore([], 0)).toThrow(/no CCD/);
  });

  it('takes no several heads unless they say more than the best one', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1e6 }), (seed) => {
        const rng = new Rng(seed);
        const answer = () =>
          matrix(
            24,
            3,
            Array.from({ length: 24 }, () => {
              const row = [rng.uniform(0, 1), rng.uniform(0, 1), rng.uniform(0, 1)];
              return row.map((p) => p / (row[0] + row[1] + row[2]));
            }).flat(),
          );
        const answers = [answer(), answer()];
        const of = Array.from({ length: 12 }, (_, e) => [2 * e, 2 * e + 1]);
        const y = Int32Array.from(of, (_, e) => e % 3);
        const asked = { weights: 'chosen', calibration: 'temperature' } as const;
        const both = chooseCombination(answers, of, y, asked);
        for (const each of answers)
          expect(both.loss).toBeLessThanOrEqual(chooseCombination([each], of, y, asked).loss + 1e-9);
        const { data } = combine(answers, both.weights);
        expect(data[0] + data[1] + data[2]).toBeCloseTo(1, 12);
        expect(Math.min(...data)).toBeGreaterThan(0);
      }),
      { numRuns: 10 },
    );
  });
});

it('an answer that two categories share is right for the first of them alone', () => {
  const answers = Float64Array.of(0.5, 0.5, 0.5, 0.5, 0.2, 0.8);
  expect(sureness(answers, Int32Array.of(0, 1, 1), 2)).toEqual({
    confidence: [0.5, 0.5, 0.8],
    correct: [1, 0, 1],
  });
});

describe('labels', () => {
  let set: ExposureSet;
  beforeAll(async () => {
    set = await readExposureSet(train);
  });

  it('are drawn by whole exposures with one reason, a smaller draw within a larger one', () => {
    const draw = (level: number | 'all') =>
      drawLabels(set, { labels_per_class: level, labels_of: { Good: 2 } }, 7);
    const few = draw(3);
    expect(few.counts).toEqual({ Good: 2, PSF: 3, Noise: 3, Nonoptimal_exp: 3 });
    const names = draw(5).exposures.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const { name, rows, reasons } of few.exposures) {
      expect(names).toContain(name);
      expect(reasons).toHaveLength(1);
      expect(rows).toHaveLength(2);
    }
    const most = drawLabels(set, { labels_per_class: 20, labels_of: {} }, 7);
    expect(most.exposures).toHaveLength(32);
    expect(most.notes[0]).toMatch(/Good: 8 labelled exposures of 20 asked for; all are used/);
  });

  it('keep groups whole in folds, and learn from a category of one exposure in each', () => {
    const y = [0, 0, 0, 0, 1, 1, 1, 1, 2];
    const groups = ['a', 'a', 'b', 'c', 'd', 'd', 'e', 'f', 'g'];
    const folds = exposureFolds({ y, groups }, 5, 3);
    expect(folds).toHaveLength(3);
    for (const { train: learned, held } of folds) {
      expect(learned).toContain(8);
      const other = new Set(learned.map((i) => groups[i]));
      for (const i of held) expect(other.has(groups[i])).toBe(false);
    }
    expect(folds.flatMap(({ held }) => held).sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });

  it('of another list stand for the set’s own; what fits nothing is named', async () => {
    const list = (text: string) => writeFile(join(train, 'labels.csv'), `exposure,reasons\n${text}`);
    await list('10000,Good\n10001,PSF;Noise\n99,Noise\n');
    const listed = await readExposureSet(train, 'labels.csv');
    expect(listed.exposures.filter(({ reasons }) => reasons !== null).map(({ name }) => name)).toEqual([
      '10000',
      '10001',
    ]);
    expect(listed.notes).toEqual(['1 labelled exposures are not in the set, such as 99: left out']);
    await list('10000,Good\n10001,Nois\n');
    await expect(readExposureSet(train, 'labels.csv')).rejects.toThrow(
      /row 2: there is no category 'Nois'.*'Noise'/,
    );
    await list('10001,PSF\n');
    const bad = await readExposureSet(train, 'labels.csv');
    expect(() => drawLabels(bad, { labels_per_class: 5, labels_of: {} }, 1)).toThrow(
      /only PSF: .*good exposures/,
    );
  });
});

it(
  'a bundle gives what was fitted, to the bit, whichever CCDs are judged together; neighbours are labelled and copies are near',
  async () => {
    const file = recipeOf({ members: [published, trees], data: { labels_per_class: 6 } });
    const out = join(root, 'run');
    await trainExposures(file, { data: train, encoder, out });
    const set = await readExposureSet(train);
    const recipe: ExposureRecipe = { ...file.recipe, inputs: { ...file.recipe.inputs, encoder } };
    const inputs = await openSetInputs(set, recipe, { threads: 1, path: '', cache: join(root, 'other') });
    const labels = drawLabels(set, recipe.data, recipe.seed);
    const context = { seed: recipe.seed, threads: 1, folder: join(root, 'other'), onNote: () => undefined };
    const fitted = await fitExposures(recipe, labels, inputs.rows, context);
    const answers = [];
    for (const head of fitted.heads) answers.push(await head.predict(inputs.rows));
    const expected = combine(answers, fitted.weights);
    const model = await openExposureModel(out);
    const ccds = Array.from({ length: set.stamps.count }, (_, row) => ccdOf(set, row));
    const together = await model.judge(ccds);
    const alone = await model.judge([ccds[3]]);
    together.forEach(({ probabilities }, i) =>
      expect(probabilities).toEqual(expected.data.subarray(4 * i, 4 * i + 4)),
    );
    expect(alone[0].probabilities).toEqual(together[3].probabilities);
    const known = labels.exposures[0];
    const [near] = together[known.rows[0]].neighbours;
    expect(near).toMatchObject({ exposure: known.name, category: 'Good' });
    expect(near.distance).toBeLessThan(1e-9);
    const odd = { ...ccds[0], views: new Uint8Array(ccds[0].views!.length).map((_, i) => 255 * (i % 2)) };
    const [{ noveltyShare, novelty }] = await model.judge([odd]);
    expect([noveltyShare, novelty! > 1.5]).toEqual([1, true]);
    expect(model.rollUp(together.slice(0, 1))).toMatchObject({ ccds: 1, category: 'Good' });
    expect(model.needs).toEqual({ views: true, statistics: true, header: true });
    const reference = await readFile(join(out, 'bundle', 'reference.parquet'));
    expect(reference.subarray(0, 4).toString()).toBe('PAR1');
    await inputs.close();
    await model.close();
    await writeFile(join(out, 'bundle', 'encoder.onnx'), 'another');
    await expect(openExposureModel(out)).rejects.toThrow(/is not the encoder that model.json names/);
  },
  timeout,
);

it(
  'header gaps, exposures of one CCD and a rare category are learned from',
  async () => {
    const data = await writeExposureSet(join(root, 'gaps'), {
      seed: 2,
      reasons: [...evenReasons(16), 'Wonky'],
      ccds: (e) => (e % 3 === 0 ? 1 : 2),
      cells: (e) => ({ exptime: e === 1 ? 'NaN' : 90 + (e % 4 === 3 ? -80 : 0), seeing: '' }),
    });
    const notes: string[] = [];
    const logistic = {
      inputs: ['header', 'statistics'],
      steps: [{ use: 'standard-scale' }],
      learner: 'logistic',
    };
    const out = join(root, 'gap-run');
    await trainExposures(recipeOf({ members: [logistic] }), {
      data,
      out,
      onNote: (note) => notes.push(note),
    });
    const model = await openExposureModel(out);
    expect(model.categories).toEqual(['Good', 'PSF', 'Nonoptimal_exp', 'Noise', 'Wonky']);
    const set = await readExposureSet(data);
    const [first, shallow] = await model.judge([
      ccdOf(set, 0),
      { views: null, numbers: { exptime: 10 }, band: 'Y' },
    ]);
    expect(first.probabilities.every(Number.isFinite)).toBe(true);
    expect(shallow.probabilities[2]).toBeGreaterThan(0.4);
    const metrics = JSON.parse(await readFile(join(out, 'metrics.json'), 'utf8')) as {
      labels: object;
      n: number;
    };
    expect(metrics).toMatchObject({ labels: { Good: 4, Wonky: 1 }, n: 16 });
    await model.close();
  },
  timeout,
);

it(
  'limits cut what they say, and know no more',
  async () => {
    const rows = [
      { reason: 'PSF', seeing: 4 },
      { reason: 'Clouds_transparency', zero_point: 24 },
      { reason: 'Saturated', sky_level: 40_000 },
      { reason: 'Nonoptimal_exp', exptime: 10 },
      { reason: 'NObjects', n_stars: 2 },
      { reason: 'Good' },
      { reason: 'Good', zero_point: '' },
    ];
    const reasons = [...rows.map(({ reason }) => reason), ...rows.map(({ reason }) => reason)];
    const data = await writeExposureSet(join(root, 'cuts'), {
      ...{ seed: 3, reasons, ccds: () => 1 },
      cells: (e) => ({ band: 'g', exptime: 90, zero_point: 25, sky_level: 1000, ...rows[e % rows.length] }),
    });
    const cut = { inputs: ['statistics', 'header'], learner: 'cuts' };
    await trainExposures(recipeOf({ members: [cut] }), { data, out: join(root, 'cut-run') });
    const model = await openExposureModel(join(root, 'cut-run'));
    const set = await readExposureSet(data);
    const judged = await model.judge(Array.from({ length: 7 }, (_, row) => ccdOf(set, row)));
    expect(judged.map((ccd) => model.rollUp([ccd]).category)).toEqual(reasons.slice(0, 7));
    await model.close();
  },
  timeout,
);

it(
  'a supervised network learns from the views alone',
  async () => {
    const cnn = {
      inputs: ['pixels'],
      learner: 'cnn',
      epochs: 8,
      batch: 8,
      learning_rate: 0.003,
      flips: false,
    };
    const out = join(root, 'cnn-run');
    const some = { Nonoptimal_exp: 1 } as const;
    await trainExposures(
      recipeOf({ members: [cnn], split: { folds: 2 }, data: { labels_per_class: 5, labels_of: some } }),
      {
        data: train,
        out,
      },
    );
    const model = await openExposureModel(out);
    const set = await readExposureSet(train);
    const judged = await model.judge([ccdOf(set, 2), ccdOf(set, 4)]);
    expect(judged.map((ccd) => model.rollUp([ccd]).category)).toEqual(['PSF', 'Noise']);
    await model.close();
  },
  timeout,
);

it(
  'recipes are compared on another set: pixels know nothing of exposure times, both inputs do',
  async () => {
    await writeExposureSet(join(root, 'test'), { seed: 900_001, reasons: evenReasons(24), prefix: '2' });
    const named = (name: string, members: object[]) =>
      recipeOf({ name, members, data: { labels_per_class: 6, levels: [3, 6], draws: 2 } });
    const files = [named('both', [published, trees]), named('knn', [published]), named('trees', [trees])];
    const found = await compareExposures(files, {
      data: root,
      encoder,
      bootstrap: 200,
      out: join(root, 'compared'),
    });
    const accuracy = (name: string) =>
      found.models.find((model) => model.name === name)!.figures.accuracy.value!;
    expect(accuracy('both')).toBeGreaterThan(Math.max(accuracy('knn'), accuracy('trees')) - 1e-9);
    expect(found.models[0].levels.map(({ level, draw, exposures }) => [level, draw, exposures])).toEqual([
      [3, 0, 12],
      [3, 1, 12],
      [6, 0, 24],
      [6, 1, 24],
    ]);
    const [pair] = found.differences;
    expect(pair.of).toEqual(['both', 'knn']);
    expect(pair.figures.accuracy).toMatchObject({ value: accuracy('both') - accuracy('knn') });
    expect((pair.figures.accuracy as { low: number }).low).toBeGreaterThan(0);
    expect(await readFile(join(root, 'compared', 'report.html'), 'utf8')).toContain('Label efficiency');
    await expect(compareExposures(files, { data: await sameTwice() })).rejects.toThrow(
      /shares exposures with .*8 exposures, such as 10000/,
    );
  },
  timeout,
);

async function sameTwice(): Promise<string> {
  const folder = join(root, 'twice');
  for (const name of ['train', 'test'])
    await writeExposureSet(join(folder, name), { seed: 1, reasons: evenReasons(8) });
  return folder;
}

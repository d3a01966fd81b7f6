import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run, runJson } from './helpers/main.ts';
import { candidateRecipe, candidates, put } from './helpers/table.ts';

interface Figure {
  readonly over: { readonly mean: number; readonly spread: number };
  readonly bySeed: readonly number[];
}

interface Study {
  readonly levels: readonly number[];
  readonly n: number;
  readonly trained: number;
  readonly measuredOn: string;
  readonly models: readonly {
    readonly name: string;
    readonly points: readonly {
      readonly level: number;
      readonly figures: Readonly<Record<'auc' | 'accuracy' | 'logLoss', Figure>>;
    }[];
  }[];
}

let root: string;
let data: string;
let bayes: string;
let neighbor: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'blemish-studies-'));
  data = join(root, 'data');
  await mkdir(data);
  await put(data, 'train.csv', candidates(400, 1));
  await put(data, 'test.csv', candidates(400, 2));
  bayes = await put(root, 'bayes.toml', candidateRecipe('bayes'));
  neighbor = await put(root, 'neighbor.toml', candidateRecipe('neighbor', 'neighbors = 1\n', 'knn'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

describe('study noise', () => {
  it('one neighbor repeats every wrong label; the test labels are left alone', async () => {
    // Far apart, so that all neighbors are of the own class: accuracy is then the share of labels left right.
    const apart = join(root, 'apart');
    await mkdir(apart);
    await put(apart, 'train.csv', candidates(600, 3, 40));
    await put(apart, 'test.csv', candidates(600, 4, 40));
    const flags = ['--data', apart, '--shares', '0.3,0,0.1', '--seeds', '3'];
    const { levels, models } = await runJson<Study>('study', 'noise', neighbor, ...flags);
    expect(levels).toEqual([0, 0.1, 0.3]);
    const accuracy = models[0].points.map(({ figures }) => figures.accuracy);
    expect(accuracy[0]).toEqual({ over: { mean: 1, spread: 0 }, bySeed: [1, 1, 1] });
    // 600 test rows ask 600 of 600 training rows at random: three deviations of a share of that many, twice.
    expect(Math.abs(accuracy[1].over.mean - 0.9)).toBeLessThan(0.05);
    expect(Math.abs(accuracy[2].over.mean - 0.7)).toBeLessThan(0.08);
    expect(new Set(accuracy[2].bySeed).size).toBeGreaterThan(1);
  });

  it('starts at what compare finds, and leaves its document and a report', async () => {
    const out = join(root, 'noise');
    const study = await runJson<Study>(
      'study',
      'noise',
      bayes,
      neighbor,
      '--data',
      data,
      '--seeds',
      '2',
      '--out',
      out,
    );
    const compared = await runJson<{ models: { name: string; auc: { value: number } }[] }>(
      ...['compare', bayes, neighbor, '--data', data, '--seeds', '1', '--bootstrap', '10'],
    );
    for (const { name, points } of study.models)
      expect(points[0].figures.auc.bySeed[0]).toBe(
        compared.models.find((each) => each.name === name)!.auc.value,
      );
    expect(study.levels).toEqual([0, 0.05, 0.1, 0.2, 0.3]);
    expect(JSON.parse(await readFile(join(out, 'study.json'), 'utf8'))).toEqual(study);
    const page = await readFile(join(out, 'report.html'), 'utf8');
    expect(page).toContain('ROC AUC against share of training labels flipped');
    expect(page).toContain(study.models[1].points[4].figures.auc.over.mean.toFixed(4));
  });

  it('without a test table labels are flipped to learn from, never to measure against', async () => {
    const path = await put(root, 'apart.csv', candidates(300, 5, 40));
    const flags = ['--data', path, '--shares', '0.2', '--seeds', '1'];
    const { models, measuredOn } = await runJson<Study>('study', 'noise', bayes, ...flags);
    expect(measuredOn).toBe('training rows out of 5 folds');
    // Wide normal distributions of mixed classes still part at the middle; flipped answers would cap this at 0.8.
    expect(models[0].points[0].figures.accuracy.over.mean).toBeGreaterThan(0.98);
  });

  it('a share above all labels: what is right', async () => {
    const { code, err } = await run('study', 'noise', bayes, '--data', data, '--shares', '0,10');
    expect([code, err]).toEqual([2, expect.stringContaining('10 is no share of labels to flip')]);
  });
});

describe('study sizes', () => {
  it('more rows are worth more; all rows are what compare takes', async () => {
    const flags = ['--data', data, '--sizes', '8,400', '--seeds', '5'];
    const { models, trained } = await runJson<Study>('study', 'sizes', bayes, ...flags);
    expect(trained).toBe(400);
    const [few, all] = models[0].points.map(({ figures }) => figures.auc);
    expect(few.over.mean).toBeLessThan(all.over.mean);
    expect(few.over.spread).toBeGreaterThan(0);
    expect(all.over.spread).toBe(0);
    const { out } = await run('study', 'sizes', bayes, ...flags);
    expect(out).toMatch(/│ 8 .*│ 400 /s);
  });

  it('halves the rows where no sizes are named; out of folds those of a fold', async () => {
    const path = join(data, 'train.csv');
    const { levels } = await runJson<Study>('study', 'sizes', bayes, '--data', path, '--seeds', '1');
    expect(levels).toEqual([20, 40, 80, 160, 320]);
  });

  it('more rows than there are: how many there are', async () => {
    const { code, err } = await run('study', 'sizes', bayes, '--data', data, '--sizes', '401');
    expect([code, err]).toEqual([2, expect.stringContaining('whole numbers from 2 to 400')]);
  });
});

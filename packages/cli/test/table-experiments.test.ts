import { mkdir, mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run, runJson } from './helpers/main.ts';
import { blemish } from './helpers/run.ts';
import { candidateRecipe, candidates, put } from './helpers/table.ts';

interface Compared {
  readonly measuredOn: string;
  readonly n: number;
  readonly models: readonly {
    readonly name: string;
    readonly recipe: string | null;
    readonly auc: {
      readonly value: number;
      readonly low: number;
      readonly high: number;
      readonly mean: number;
    };
    readonly accuracy: { readonly value: number };
    readonly deterministic: boolean;
    readonly seconds: { readonly fit: number };
    readonly behind: { readonly auc: { readonly difference: { readonly value: number } } } | null;
  }[];
}

let root: string;
let data: string;
let bayes: string;
let neighbors: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'blemish-experiments-'));
  data = join(root, 'data');
  await mkdir(data);
  await put(data, 'train.csv', candidates(400, 1));
  await put(data, 'test.csv', candidates(400, 2));
  bayes = await put(root, 'bayes.toml', candidateRecipe('bayes'));
  neighbors = await put(root, 'neighbors.toml', candidateRecipe('neighbors', 'neighbors = 1\n', 'knn'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

describe('compare', () => {
  it(
    'is one table: best first, the majority last, intervals, seeds, times',
    { timeout: 120_000 },
    async () => {
      const { code, stdout, stderr } = await blemish(['compare', neighbors, bayes, '--data', data, '--json']);
      expect(code, stderr).toBe(0);
      expect(stderr).toContain('of 11 trainings');
      const { models, measuredOn, n } = JSON.parse(stdout) as Compared;
      expect([measuredOn, n]).toEqual(['test.csv', 400]);
      // One neighbor overfits two overlapping normal distributions.
      expect(models.map(({ name }) => name)).toEqual(['bayes', 'neighbors', 'majority']);
      const [best, second, majority] = models;
      expect(best.auc.low).toBeLessThan(best.auc.value);
      expect(best.auc.high).toBeGreaterThan(best.auc.value);
      expect(best.deterministic).toBe(true);
      expect(best.auc.mean).toBe(best.auc.value);
      expect(best.behind).toBeNull();
      expect(second.behind!.auc.difference.value).toBeCloseTo(second.auc.value - best.auc.value, 12);
      expect(majority).toMatchObject({ recipe: null, auc: { value: 0.5 }, accuracy: { value: 0.5 } });
      expect(best.seconds.fit).toBeGreaterThan(0);
    },
  );

  it('without a test table every training row is judged out of its fold', async () => {
    const path = join(data, 'train.csv');
    const { models, measuredOn } = await runJson<Compared>('compare', bayes, '--data', path, '--seeds', '1');
    expect(measuredOn).toBe('training rows out of 5 folds');
    expect(models[0].auc.value).toBeGreaterThan(0.87);
    const { code, out } = await run('compare', bayes, '--data', path, '--seeds', '1');
    expect([code, out]).toEqual([0, expect.stringMatching(/│ bayes .*│ majority /s)]);
  });

  it('leaves what it prints as JSON, and a report that needs nothing else', async () => {
    const out = join(root, 'comparison');
    const flags = ['--data', data, '--seeds', '2', '--bootstrap', '100', '--out', out];
    const printed = await runJson<Compared>('compare', neighbors, bayes, ...flags);
    expect(JSON.parse(await readFile(join(out, 'comparison.json'), 'utf8'))).toEqual(printed);
    expect((await readdir(out)).sort()).toEqual(['comparison.json', 'report.html']);
    const page = await readFile(join(out, 'report.html'), 'utf8');
    const [best, second] = printed.models;
    for (const text of [
      best.auc.value.toFixed(4),
      `ROC curves of bayes, neighbors`,
      `ROC AUC, 2 rows: bayes`,
      `Differences to bayes`,
      `−${(-second.behind!.auc.difference.value).toFixed(4)}`,
      'majority',
    ])
      expect(page).toContain(text);
    expect(page).not.toMatch(/(?:src|href)="(?:https?:)?\/\//);
  });

  it('different labels or classes are not compared', async () => {
    const other = await put(root, 'other.toml', candidateRecipe('other').replace('"bogus"', '"real"'));
    const { code, err } = await run('compare', bayes, other, '--data', data);
    expect([code, err]).toEqual([
      2,
      expect.stringContaining('other rows, labels or classes than the first recipe'),
    ]);
  });
});

describe('crossval', () => {
  it('pools the rows of all folds and tells the spread over folds', async () => {
    const result = await runJson<{
      n: number;
      folds: number;
      metrics: { auc: { value: number; low: number; high: number } };
      byFold: { n: number; metrics: { auc: number } }[];
      overFolds: { auc: { mean: number; spread: number } };
    }>('crossval', bayes, '--data', data, '--folds', '4');
    expect([result.n, result.folds, result.byFold.map(({ n }) => n)]).toEqual([400, 4, [100, 100, 100, 100]]);
    const mean = result.byFold.reduce((sum, { metrics }) => sum + metrics.auc / 4, 0);
    expect(result.overFolds.auc.mean).toBeCloseTo(mean, 12);
    expect(result.overFolds.auc.spread).toBeGreaterThan(0);
    // Φ(√2) = 0.921 for two normal distributions two deviations apart; 400 rows.
    expect(Math.abs(result.metrics.auc.value - 0.921)).toBeLessThan(0.045);
  });

  it('more folds than members of a class: which class, how many, what to do', async () => {
    const few = await put(
      root,
      'few.csv',
      `${candidates(40, 3).replaceAll('bogus', 'real')}a,n,bogus,1,1\nb,n,bogus,2,2\n`,
    );
    const { code, err } = await run('crossval', bayes, '--data', few, '--folds', '3');
    expect([code, err]).toEqual([
      3,
      expect.stringMatching(
        /few\.csv: class 'bogus' has 2 rows, 3 folds need at least 3: give at most 2 folds/,
      ),
    ]);
  });

  it('rows of one group are never on both sides', async () => {
    const text = candidateRecipe('groups').replace('exclude = ["night"]', 'group = "night"');
    const grouped = await runJson<{ nGroups: number }>(
      'crossval',
      await put(root, 'groups.toml', text),
      '--data',
      data,
    );
    expect(grouped.nGroups).toBe(80);
  });
});

describe('search', () => {
  const text = candidateRecipe(
    'search',
    'neighbors = 1\n\n[search]\nfolds = 4\nvalues = { "model.neighbors" = [1, 25], "steps.0.strategy" = ["median", "mean"] }\n',
    'knn',
  );

  it('finds the better values on training rows alone and writes them as a recipe', async () => {
    const only = join(root, 'only');
    await mkdir(only);
    await put(only, 'train.csv', candidates(400, 1));
    const out = join(root, 'best.toml');
    const recipe = await put(root, 'search.toml', text);
    const { trials, best } = await runJson<{
      trials: { values: Record<string, unknown>; mean: number }[];
      best: { values: Record<string, unknown> };
    }>('search', recipe, '--data', only, '--out', out);
    expect(trials).toHaveLength(4);
    expect(trials[0].mean).toBeGreaterThanOrEqual(trials[3].mean);
    expect(best.values['model.neighbors']).toBe(25);
    const written = await readFile(out, 'utf8');
    expect(written).toMatch(/neighbors = 25/);
    expect(written).not.toContain('[search]');
    expect(
      (await runJson<Compared>('compare', out, '--data', only, '--seeds', '1')).models[0].auc.value,
    ).toBeGreaterThan(0.85);
  });

  it.each([
    ['none', candidateRecipe('none'), /has no \[search\]/],
    ['value', text.replace('[1, 25]', '[1, 0]'), /model\.neighbors: /],
    [
      'key',
      text.replace('steps.0.strategy', 'steps.7.strategy'),
      /search\.values: there is no 'steps\.7' in the recipe/,
    ],
  ])('a recipe that cannot be searched: %s', async (name, recipe, message) => {
    const { code, err } = await run('search', await put(root, `s-${name}.toml`, recipe), '--data', data);
    expect(err).toMatch(message);
    expect(code).toBe(2);
  });
});

describe('dataset', () => {
  it('info: missing cells, constants, text among numbers, rows of each class', async () => {
    const csv = 'x,y,kind,c\n1,,a,7\n2,5,b,7\noops,6,a,7\n';
    const path = await put(root, 'info.csv', csv);
    const { tables } = await runJson<{ tables: { rows: number; classes: unknown; columns: object[] }[] }>(
      'dataset',
      'info',
      path,
      '--label',
      'kind',
    );
    expect(tables[0]).toMatchObject({ rows: 3, classes: { a: 2, b: 1 } });
    expect(tables[0].columns).toMatchObject([
      { name: 'x', missing: 1, least: 1, most: 2, mean: 1.5, stray: { row: 3, text: 'oops', count: 1 } },
      { name: 'y', missing: 1, distinct: 2 },
      { name: 'kind', kind: 'text', distinct: 2 },
      { name: 'c', constant: true },
    ]);
    const { out } = await run('dataset', 'info', data, '--label', 'kind');
    expect(out).toMatch(/train\.csv: 400 rows, 5 columns\nclasses bogus: 200, real: 200/);
    expect(out.indexOf('train.csv')).toBeLessThan(out.indexOf('test.csv'));
  });

  it('split: cells as they were, every row once, groups together; check finds nothing', async () => {
    const out = join(root, 'split');
    const from = await put(root, 'whole.csv', candidates(300, 7));
    const flags = [
      '--label',
      'kind',
      '--group',
      'night',
      '--validation',
      '0.2',
      '--test',
      '0.2',
      '--out',
      out,
    ];
    const { parts } = await runJson<{ parts: Record<string, { rows: number }> }>(
      'dataset',
      'split',
      from,
      ...flags,
    );
    expect((await readdir(out)).sort()).toEqual(['test.csv', 'train.csv', 'validation.csv']);
    const lines = async (path: string) => (await readFile(path, 'utf8')).trimEnd().split('\n');
    const all = await Promise.all(
      ['train', 'validation', 'test'].map((name) => lines(join(out, `${name}.csv`))),
    );
    expect(all.flatMap(([, ...rows]) => rows).sort()).toEqual((await lines(from)).slice(1).sort());
    expect(parts['test'].rows).toBeGreaterThanOrEqual(55);
    const recipe = await put(
      root,
      'night.toml',
      candidateRecipe('night').replace('exclude = ["night"]', 'group = "night"'),
    );
    expect(await runJson('dataset', 'check', out, '--recipe', recipe)).toMatchObject({
      clean: true,
      leakedGroups: [],
    });
    const again = await run('dataset', 'split', from, ...flags);
    expect([again.code, again.err]).toEqual([2, expect.stringContaining('the folder is not empty')]);
  });

  const sky = 'id,mjd,ra,dec,kind,night\n1,1,10,1,a,n\n2,2,20,2,b,n\n3,,,-91,,\n4,inf,40,4,a,m\n';
  it.each([
    ['--time mjd', sky, /s\.csv: row 3: the time column 'mjd' is empty; fill the cell, or take the row out/],
    ['--time mjd', sky.replace('3,,', '3,3,'), /s\.csv: row 4, column 'mjd': Infinity is no time/],
    ['--sky ra,dec', sky, /s\.csv: row 3: the right ascension column 'ra' is empty/],
    ['--sky ra,dec', sky.replace(',,-91', ',3,-91'), /s\.csv: row 3, column 'dec': -91 is no declination/],
    ['--label kind', sky, /s\.csv: row 3: the label column 'kind' is empty/],
    ['--group night', sky, /s\.csv: row 3: the group column 'night' is empty/],
  ])('split %s: an empty or absurd cell is named by column and row', async (flags, csv, message) => {
    const path = await put(root, 's.csv', csv);
    const { code, err } = await run(
      'dataset',
      'split',
      path,
      '--out',
      join(root, 'none'),
      ...flags.split(' '),
    );
    expect(err).toMatch(message);
    expect(code).toBe(3);
  });

  it('check: a feature without any value', async () => {
    const path = await put(root, 'gap.csv', 'id,night,kind,flux,shape\n1,a,real,1,\n2,a,bogus,2,\n');
    const recipe = await put(root, 'gap.toml', candidateRecipe('gap'));
    const { code, out } = await run('dataset', 'check', path, '--recipe', recipe);
    expect(out).toContain("features without any value: 1\n  'shape' in gap.csv");
    expect(code).toBe(1);
    const json = await run('dataset', 'check', path, '--recipe', recipe, '--json');
    expect(JSON.parse(json.out)).toMatchObject({ emptyColumns: [{ table: 'gap.csv', column: 'shape' }] });
  });

  it('check: rows twice, with other labels, in two tables, and a night in two tables', async () => {
    const folder = join(root, 'leaky');
    await mkdir(folder);
    const train = 'id,night,kind,flux,shape\n1,a,real,1,2\n2,a,bogus,1,2\n3,b,real,3,4\n4,c,bogus,5,\n';
    await put(folder, 'train.csv', train);
    await put(folder, 'test.csv', 'id,night,kind,flux,shape\n5,b,real,3,4\n6,d,bogus,5.00001,\n');
    const recipe = await put(
      root,
      'leaky.toml',
      candidateRecipe('leaky').replace('exclude = ["night"]', 'group = "night"'),
    );
    const { code, out } = await run('dataset', 'check', folder, '--recipe', recipe, '--json');
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({
      duplicates: [
        [{ row: 1 }, { row: 2 }],
        [
          { table: 'train.csv', row: 3 },
          { table: 'test.csv', row: 1 },
        ],
      ],
      conflicts: [
        [
          { id: '1', label: 'real' },
          { id: '2', label: 'bogus' },
        ],
      ],
      leakedRows: [[{ id: '3' }, { id: '5' }]],
      leakedGroups: [{ group: 'b', rows: { 'train.csv': 1, 'test.csv': 1 } }],
      clean: false,
    });
    const near = await run('dataset', 'check', folder, '--recipe', recipe, '--json', '--tolerance', '0.001');
    expect((JSON.parse(near.out) as { duplicates: unknown[] }).duplicates).toHaveLength(3);
    const plain = await run('dataset', 'check', folder, '--recipe', recipe);
    expect(plain.out).toContain('train.csv row 3 (real) = test.csv row 1 (real)');
  });
});

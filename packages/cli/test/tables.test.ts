import { mkdir, mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dataRoot } from '@blemish/testkit';
import { run, runJson } from './helpers/main.ts';
import { blemish } from './helpers/run.ts';
import { candidateRecipe, candidates, put } from './helpers/table.ts';

interface Interval {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}
interface Evaluated {
  readonly n: number;
  readonly metrics: Readonly<Record<string, Interval>>;
  readonly threshold: number;
  readonly confusion: readonly (readonly number[])[];
}

let root: string;
let data: string;
let recipe: string;
let fitted: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'blemish-tables-'));
  data = join(root, 'data');
  await mkdir(data);
  await put(data, 'train.csv', candidates(600, 1));
  await put(data, 'test.csv', candidates(400, 2));
  recipe = await put(root, 'nb.toml', candidateRecipe('nb'));
  fitted = join(root, 'nb');
  await runJson('train', recipe, '--data', data, '--out', fitted);
});
afterAll(() => rm(root, { recursive: true, force: true }));

describe('a table on disk becomes a run, figures and predictions', () => {
  it(
    'as a subprocess: train, evaluate rows never seen, predict them in order',
    { timeout: 180_000 },
    async () => {
      const out = join(root, 'run');
      const trained = await blemish(['train', recipe, '--data', data, '--out', out, '--json']);
      expect([trained.code, trained.stderr.includes('training')], trained.stderr).toEqual([0, true]);
      expect(JSON.parse(trained.stdout)).toMatchObject({ out, interrupted: false });
      expect((await readdir(out)).sort()).toEqual([
        'bundle',
        'metrics.json',
        'predictions.parquet',
        'recipe.toml',
        'report.html',
      ]);
      const unseen = await put(root, 'unseen.csv', candidates(500, 3));
      const measured = await blemish(['evaluate', out, '--data', unseen, '--json']);
      expect(measured.code, measured.stderr).toBe(0);
      const { n, metrics } = JSON.parse(measured.stdout) as Evaluated;
      expect(n).toBe(500);
      // Two normal distributions two standard deviations apart: AUC Φ(√2) = 0.921, accuracy Φ(1) = 0.841; three standard errors each.
      expect(Math.abs(metrics['auc'].value - 0.921)).toBeLessThan(0.036);
      expect(Math.abs(metrics['accuracy'].value - 0.841)).toBeLessThan(0.05);
      for (const { value, low, high } of [metrics['auc'], metrics['accuracy']]) {
        expect(low).toBeLessThan(value);
        expect(high).toBeGreaterThan(value);
      }
      const predicted = await blemish(['predict', out, unseen]);
      const lines = predicted.stdout.trimEnd().split('\n');
      expect(lines[0]).toBe('path,row,id,probability,class');
      expect(lines).toHaveLength(501);
      expect(lines[1]).toMatch(/unseen\.csv,1,c3-0,0\.\d+,(real|bogus)$/);
      expect(lines[500]).toMatch(/unseen\.csv,500,c3-499,/);
    },
  );

  it('the report is complete in itself and repeats the figures of metrics.json', async () => {
    const report = await readFile(join(fitted, 'report.html'), 'utf8');
    const metrics = JSON.parse(await readFile(join(fitted, 'metrics.json'), 'utf8')) as Evaluated & {
      readonly provenance: { readonly data: readonly { readonly sha256: string }[] };
    };
    expect(report).toContain(metrics.metrics['auc'].value.toFixed(4));
    expect(report).toContain('Most surely wrong');
    expect(report).toContain(metrics.provenance.data[0].sha256);
    expect(report).not.toMatch(/(?:src|href)="(?!#|data:)/);
    expect(metrics.provenance.data).toHaveLength(1);
  });

  it('importance of columns on rows not learned from: flux tells the classes apart, shape says nothing', async () => {
    interface Importance {
      readonly metric: string;
      readonly n: number;
      readonly columns: readonly {
        readonly name: string;
        readonly importance: number;
        readonly low: number;
        readonly high: number;
      }[];
    }
    const out = join(root, 'importance');
    await runJson('evaluate', fitted, '--data', join(data, 'test.csv'), '--out', out);
    for (const [folder, n] of [
      [fitted, 120],
      [out, 400],
    ] as const) {
      const text = await readFile(join(folder, 'metrics.json'), 'utf8');
      const { columnImportance } = JSON.parse(text) as { columnImportance: Importance };
      expect(columnImportance).toMatchObject({ metric: 'ROC AUC', n });
      const [flux, shape] = columnImportance.columns;
      expect([flux.name, shape.name]).toEqual(['flux', 'shape']);
      // Without flux nothing is left of an AUC of 0.92: it falls by 0.42, give or take three standard errors of that many rows.
      expect(Math.abs(flux.importance - 0.42)).toBeLessThan(3 * Math.sqrt(1 / (3 * n)));
      expect([flux.low < flux.importance, flux.low > 0.2]).toEqual([true, true]);
      expect(Math.abs(shape.importance)).toBeLessThan(0.03);
      const report = await readFile(join(folder, 'report.html'), 'utf8');
      expect(report).toContain(`among ${n} rows not learned from`);
      expect(report).toContain('bogus rows found (recall)');
      expect(report).not.toContain('images');
    }
  });

  it('a table of 29 classes: run, report and importance by accuracy', { timeout: 120_000 }, async () => {
    const rows = Array.from({ length: 29 * 12 }, (_, i) => {
      const kind = i % 29;
      return `r${i},n,kind ${kind},${kind % 6}.${i % 7},${Math.floor(kind / 6)}.${i % 5}`;
    });
    const table = await put(root, 'many-classes.csv', `id,night,kind,flux,shape\n${rows.join('\n')}\n`);
    const wide = await put(root, 'wide.toml', candidateRecipe('wide').replace('positive = "bogus"\n', ''));
    const out = join(root, 'wide');
    await runJson('train', wide, '--data', table, '--out', out);
    const again = await put(
      root,
      'many-unseen.csv',
      `id,night,kind,flux,shape\n${rows.slice(29).join('\n')}\n`,
    );
    const measured = join(root, 'wide-measured');
    await runJson('evaluate', out, '--data', again, '--out', measured);
    for (const folder of [out, measured]) {
      const report = await readFile(join(folder, 'report.html'), 'utf8');
      expect(report).toContain('loss of accuracy with the column shuffled');
      expect(report).toContain('kind 28');
      expect(report).toContain('Most surely right');
    }
  });

  it('the same seed gives the same model, byte for byte', async () => {
    const again = join(root, 'again');
    await runJson('train', recipe, '--data', data, '--out', again);
    const bytes = (run: string) => readFile(join(run, 'bundle', 'model.safetensors'));
    expect((await bytes(again)).equals(await bytes(fitted))).toBe(true);
  });

  it('probabilities are the same from CSV and from what `predict` reads of other formats', async () => {
    const { predictions } = await runJson<{ predictions: { probability: number }[] }>(
      'predict',
      fitted,
      join(data, 'test.csv'),
    );
    const tsv = (await readFile(join(data, 'test.csv'), 'utf8')).replaceAll(',', '\t');
    const other = await runJson<{ predictions: { probability: number }[] }>(
      'predict',
      fitted,
      await put(root, 'test.tsv', tsv),
    );
    expect(other.predictions.map(({ probability }) => probability)).toEqual(
      predictions.map(({ probability }) => probability),
    );
  });

  it('thresholds come from validation rows: a wanted rate holds on rows never seen', async () => {
    const at = (...flags: string[]) =>
      runJson<Evaluated>('evaluate', fitted, '--data', join(data, 'test.csv'), ...flags);
    const strict = await at('--max-fpr', '0.05');
    const loose = await at('--max-fnr', '0.05');
    expect(strict.threshold).toBeGreaterThan(0.5);
    expect(loose.threshold).toBeLessThan(0.5);
    // 200 rows of each class: 5 % ± three standard errors of rows and of the threshold's own 300.
    expect(strict.metrics['fpr'].value).toBeLessThan(0.05 + 3 * Math.sqrt(0.05 * 0.95 * (1 / 200 + 1 / 300)));
    expect(loose.metrics['fnr'].value).toBeLessThan(0.05 + 3 * Math.sqrt(0.05 * 0.95 * (1 / 200 + 1 / 300)));
    expect(await at('--threshold', '0.9')).toMatchObject({ threshold: 0.9 });
    const both = await run('evaluate', fitted, '--data', data, '--max-fpr', '0.1', '--threshold', '0.5');
    expect([both.code, both.err]).toEqual([2, expect.stringContaining('exclude each other')]);
  });

  it('a threshold by precision or by the cost of a miss, from the same validation rows', async () => {
    const test = join(data, 'test.csv');
    const by = (...asked: string[]) =>
      runJson<{
        thresholdChoice: { threshold: number; criterion: { kind: string } };
        metrics: Record<string, { value: number; high: number }>;
      }>('evaluate', fitted, '--data', test, ...asked);
    const precise = await by('--min-precision', '0.95');
    expect(precise.thresholdChoice.criterion.kind).toBe('min-precision');
    expect(precise.metrics['precision'].high).toBeGreaterThan(0.95);
    const [dear, cheap] = [await by('--miss-cost', '20'), await by('--miss-cost', '0.05')];
    expect(dear.thresholdChoice.criterion.kind).toBe('min-cost');
    // A miss that costs much is avoided by flagging much.
    expect(dear.thresholdChoice.threshold).toBeLessThan(cheap.thresholdChoice.threshold);
    expect(dear.metrics['fnr'].value).toBeLessThan(cheap.metrics['fnr'].value);
    const both = await run('evaluate', fitted, '--data', test, '--min-precision', '0.9', '--miss-cost', '2');
    expect([both.code, both.err]).toEqual([2, expect.stringContaining('exclude each other')]);
  });

  it('a folder means its test table, and the table it was trained on is refused', async () => {
    expect((await runJson<Evaluated>('evaluate', fitted, '--data', data)).n).toBe(400);
    const seen = await run('evaluate', fitted, '--data', join(data, 'train.csv'));
    expect(seen.code).toBe(2);
    expect(seen.err).toContain(
      'is train.csv, with which the model was made; give rows that the training has not seen',
    );
  });

  it('a run is not replaced by mistake', async () => {
    const refused = await run('train', recipe, '--data', data, '--out', fitted);
    expect([refused.code, refused.err]).toEqual([2, expect.stringContaining('add --force')]);
    expect((await run('train', recipe, '--data', data, '--out', fitted, '--force')).code).toBe(0);
  });

  it('three classes: the likeliest is decided for, and there is no threshold to choose', async () => {
    const rows = candidates(600, 5, 6).replace(/,(real|bogus),/g, (_, kind: string) => `,${kind},`);
    const three = rows
      .split('\n')
      .map((line, i) =>
        i % 3 === 1 ? line.replace(/,(?:real|bogus),[-\d.]+,/, `,star,${20 + (i % 5)},`) : line,
      )
      .join('\n');
    const folder = join(root, 'three');
    await mkdir(folder);
    await put(folder, 'train.csv', three);
    const text = candidateRecipe('three').replace('positive = "bogus"\n', '');
    const out = join(root, 'three-run');
    await runJson('train', await put(root, 'three.toml', text), '--data', folder, '--out', out);
    const unseen = await put(root, 'three.csv', three.replaceAll('c5-', 'd'));
    const { metrics, confusion } = await runJson<Evaluated>('evaluate', out, '--data', unseen);
    expect(confusion).toHaveLength(3);
    expect(metrics['accuracy'].value).toBeGreaterThan(0.97);
    const refused = await run('predict', out, unseen, '--max-fpr', '0.1');
    expect([refused.code, refused.err]).toEqual([
      2,
      expect.stringContaining('a threshold is for two classes'),
    ]);
  });
});

describe('what is wrong with a table or recipe is said with place and remedy', () => {
  const train = async (name: string, csv: string, text = candidateRecipe(name)) => {
    const folder = join(root, `bad-${name}`);
    await mkdir(folder, { recursive: true });
    await put(folder, 'train.csv', csv);
    const { code, err, out } = await run(
      'train',
      await put(root, `${name}.toml`, text),
      '--data',
      folder,
      '--out',
      join(root, `bad-${name}-run`),
    );
    return { code, err, out };
  };
  const good = candidates(60, 9);

  it.each([
    [
      'label column not there',
      good.replace('kind', 'kinds'),
      2,
      /train\.csv: no column 'kind' for the label \(did you mean 'kinds'\?\); correct the name in the recipe/,
    ],
    [
      'text among numbers',
      good.replace(/(c9-7,n1,\w+,)[-\d.]+/, '$1oops'),
      3,
      /row 8, column 'flux': 'oops' is not a number; correct the cell/,
    ],
    ['0 rows', 'id,night,kind,flux,shape\n', 3, /train\.csv: 0 rows; check the program/],
    [
      'one class',
      good.replaceAll('bogus', 'real'),
      3,
      /one class only \('real'\): a classifier needs two; correct or add rows/,
    ],
    [
      'column without a value',
      good.replace(/,[-\d.]*$/gm, ','),
      3,
      /no value in any of the 60 rows of column 'shape'; leave the column out/,
    ],
    [
      'columns that never change',
      good.replace(/[-\d.]+,[-\d.]*$/gm, '1,2'),
      3,
      /one and the same value in all .* \('flux', 'shape'\)/,
    ],
    [
      'infinite',
      good.replace(/(c9-7,n1,\w+,)[-\d.]+/, '$1inf'),
      3,
      /row 8, column 'flux': Infinity; leave the column out .* correct the values/,
    ],
    [
      'empty label',
      good.replace(/(c9-3,n0,)\w+/, '$1'),
      3,
      /row 4: the label column 'kind' is empty; known are 'bogus', 'real'/,
    ],
    [
      'few members',
      `${good.split('\n').slice(0, 3).join('\n')}\n${Array.from({ length: 9 }, (_, i) => `x${i},n,real,${i},1`).join('\n')}\n`,
      3,
      /class 'bogus' has 1 rows, 5 folds need at least 5/,
    ],
    ['two names', good.replace('shape', 'flux'), 3, /columns 4 and 5 are both named 'flux'; rename/],
    [
      'ragged',
      good.replace(/(c9-7,n1,\w+),[-\d.]+/, '$1'),
      3,
      /row 8 \(line 9\) has 4 fields where there are 5 columns/,
    ],
  ])('%s', async (name, csv, code, message) => {
    const result = await train(name.replaceAll(' ', '-'), csv);
    expect(result.err).toMatch(message);
    expect([result.code, result.out]).toEqual([code, '']);
  });

  it.each([
    [
      'unknown-learner',
      candidateRecipe('x', '', 'forest'),
      /model\.learner: unknown learner 'forest'; known are .*majority.*naive-bayes/,
    ],
    [
      'unknown-option',
      candidateRecipe('x').replace('"naive-bayes"', '"naive-bayes"\nsmooth = 3'),
      /model: .*smooth/,
    ],
    [
      'bad-option',
      candidateRecipe('x').replace('"naive-bayes"', '"naive-bayes"\nsmoothing = -1'),
      /model\.smoothing: /,
    ],
    [
      'unknown-step',
      candidateRecipe('x').replace('"impute"', '"imputer"'),
      /steps\.0\.use: unknown transform 'imputer'; known are .*impute/,
    ],
    [
      'two-criteria',
      candidateRecipe('x', '[decision]\nmax_fpr = 0.1\nmax_fnr = 0.1\n'),
      /decision: max_fpr and max_fnr exclude each other/,
    ],
    ['unknown-key', candidateRecipe('x', '[decsion]\n'), /decsion/],
    [
      'positive',
      candidateRecipe('x').replace('positive = "bogus"', 'positive = "fake"'),
      /data\.positive is 'fake'; .* the classes are bogus, real/,
    ],
    [
      'excluded',
      candidateRecipe('x').replace('["night"]', '["nigt"]'),
      /no column 'nigt' for the excluded column \(did you mean 'night'\?\)/,
    ],
    [
      'text-column',
      candidateRecipe('x').replace('exclude = ["night"]', ''),
      /row 1, column 'night': 'n0' is not a number.*`exclude`/,
    ],
  ])('recipe: %s', async (name, text, message) => {
    const result = await train(name, good, text);
    expect(result.err).toMatch(message);
    expect(result.code).toBe(name === 'text-column' ? 3 : 2);
  });

  it('missing values that nothing fills name the step that would', async () => {
    const text = candidateRecipe('gaps').replace('[[steps]]\nuse = "impute"\n\n', '');
    const result = await train('gaps', candidates(200, 9), text);
    expect(result.err).toMatch(
      /row \d+, column 'shape': a missing value, which 'naive-bayes' does not take; .*`impute` step/,
    );
    expect(result.code).toBe(3);
  });

  it('evaluate and predict: a class training did not know, a column that is gone, one bad table of two', async () => {
    const test = candidates(40, 4);
    const strange = await run(
      'evaluate',
      fitted,
      '--data',
      await put(root, 's.csv', test.replace(/(c4-2,n0,)real/, '$1star')),
    );
    expect([strange.code, strange.err]).toEqual([
      3,
      expect.stringMatching(/row 3: the label column 'kind' holds 'star'; known are/),
    ]);
    const gone = await run('predict', fitted, await put(root, 'g.csv', test.replace('flux', 'flx')));
    expect([gone.code, gone.err]).toEqual([
      3,
      expect.stringMatching(/no column 'flux' for the feature \(did you mean 'flx'\?\)/),
    ]);
    const both = await runSome('predict', fitted, join(root, 'g.csv'), join(data, 'test.csv'));
    expect(both).toMatchObject({ code: 1, rows: 400, failed: [{ code: 'TABLE_COLUMN_MISSING' }] });
    const noData = await run('train', recipe);
    expect([noData.code, noData.err]).toEqual([2, expect.stringContaining('with --data')]);
  });

  async function runSome(...argv: string[]) {
    const { code, out } = await run(...argv, '--json');
    return { code, ...(JSON.parse(out) as object) };
  }
});

describe.skipIf(dataRoot === null)('real data', () => {
  it('des-autoscan by naive Bayes is no worse than scikit-learn', { timeout: 180_000 }, async () => {
    const folder = join(dataRoot!, 'des-autoscan');
    const out = join(root, 'autoscan');
    const path = fileURLToPath(new URL('../../../recipes/des-autoscan/naive-bayes.toml', import.meta.url));
    await runJson('train', path, '--data', folder, '--out', out);
    const { n, metrics } = await runJson<Evaluated>('evaluate', out, '--data', join(folder, 'test.csv'));
    expect(n).toBe(2000);
    // Reference 0.954 and 0.901 (data/README.md), of which 0.003 may be missing.
    expect(metrics['auc'].value).toBeGreaterThanOrEqual(0.951);
    expect(metrics['accuracy'].value).toBeGreaterThanOrEqual(0.898);
  });
});

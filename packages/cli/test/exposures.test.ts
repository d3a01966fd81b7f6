import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { evenReasons, writeExposureSet, writeViewEncoder } from '../../survey/test/helpers/exposure-set.ts';
import { openTable } from '../../survey/src/datasets/index.ts';
import { run, runJson } from './helpers/main.ts';

const timeout = 60_000;
const recipe = `name = "knn"
task = "exposure"
[data]
labels_per_class = 6
[[members]]
inputs = ["encoder"]
steps = [{ use = "min-max-scale" }, { use = "pca", components = 15 }, { use = "variance-threshold" }]
learner = "knn"
neighbors = 7
metric = "manhattan"
[search]
metric = "accuracy"
folds = 2
values = { "members.0.neighbors" = [1, 7] }
`;
let root: string;
const at = (name: string) => join(root, name);

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'blemish-exposures-'));
  const reasons = evenReasons(24, ['Good', 'PSF', 'Noise']);
  await writeExposureSet(at('train'), { seed: 1, reasons });
  await writeExposureSet(at('test'), {
    seed: 900_002,
    reasons: [...reasons.slice(0, 9), 'PSF;Noise', ''],
    prefix: '2',
  });
  await writeViewEncoder(at('encoder'));
  await writeFile(at('knn.toml'), recipe);
});
afterAll(() => rm(root, { recursive: true, force: true }));

it(
  'a model of exposures is trained on few labels, shown, measured on other exposures, and its head searched',
  async () => {
    const without = await run('train', at('knn.toml'), '--data', at('train'), '--out', at('run'));
    expect([without.code, without.err]).toEqual([2, expect.stringMatching(/--encoder/)]);
    await runJson(
      'train',
      at('knn.toml'),
      '--data',
      at('train'),
      '--encoder',
      at('encoder'),
      '--out',
      at('run'),
    );
    const shown = await run('model', 'show', at('run'));
    expect(shown.out).toMatch(/exposure[\s\S]*Good, PSF, Noise[\s\S]*weight 1\.00/);
    const found = await runJson<{
      readonly n: number;
      readonly metrics: { readonly accuracy: { readonly value: number } };
      readonly review: { readonly n: number };
      readonly several: { readonly n: number };
      readonly notes: readonly string[];
    }>('evaluate', at('run'), '--data', at('test'), '--out', at('evaluation'), '--bootstrap', '100');
    expect(found).toMatchObject({ n: 9, review: { n: 10 }, several: { n: 1 } });
    expect(found.metrics.accuracy.value).toBeGreaterThan(0.85);
    expect(found.notes).toContain('1 exposures that nobody inspected are left out');
    const report = await readFile(join(at('evaluation'), 'report.html'), 'utf8');
    expect(report).toContain('Simulated exposures: no real pixel.');
    const predicted = join(at('evaluation'), 'predictions.parquet');
    const table = await openTable(predicted, { text: ['nearest'] });
    const nearest = table.columns.find(({ name }) => name === 'nearest')!.values as readonly string[];
    expect(nearest[0].split('; ')[0]).toMatch(/^1\d{4} Good \d/);
    const seen = await run('evaluate', at('run'), '--data', at('train'));
    expect(seen.err).toMatch(/with which the model was made/);
    const searched = await runJson<{ readonly trials: readonly unknown[] }>(
      ...[
        'search',
        at('knn.toml'),
        '--data',
        at('train'),
        '--encoder',
        at('encoder'),
        '--out',
        at('best.toml'),
      ],
    );
    expect(searched.trials).toHaveLength(2);
    const best = await run(
      'train',
      at('best.toml'),
      '--data',
      at('train'),
      '--encoder',
      at('encoder'),
      '--out',
      at('best'),
    );
    expect(best.code).toBe(0);
    const compared = await run(
      ...[
        'compare',
        at('knn.toml'),
        '--data',
        root,
        '--encoder',
        at('encoder'),
        '--seeds',
        '1',
        '--bootstrap',
        '50',
      ],
    );
    expect(compared.out).toMatch(/knn[\s\S]*6 labelled exposures of each category/);
  },
  timeout,
);

import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run, runJson } from './helpers/main.ts';
import { candidateRecipe, candidates, put } from './helpers/table.ts';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'blemish-origins-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

async function folder(name: string, files: Readonly<Record<string, string>>): Promise<string> {
  const path = join(root, name);
  await mkdir(path);
  for (const [file, text] of Object.entries(files)) await put(path, file, text);
  return path;
}

/** Trains and gives what was said. */
async function train(name: string, recipe: string, data: string) {
  const path = await put(root, `${name}.toml`, recipe);
  return run('train', path, '--data', data, '--out', join(root, `${name}-run`));
}

interface Provenance {
  readonly provenance: { readonly data: readonly { readonly name: string; readonly rows: number }[] };
}
const metricsOf = async (name: string) =>
  JSON.parse(await readFile(join(root, `${name}-run`, 'metrics.json'), 'utf8')) as Provenance;
const predictionsOf = async (name: string) =>
  parquetReadObjects({
    file: await asyncBufferFromFile(join(root, `${name}-run`, 'predictions.parquet')),
  }) as Promise<{ path: string; row: number; id?: string }[]>;

describe('rows of two joined tables', () => {
  const recipe = (name: string) =>
    candidateRecipe(name).replace('[data]\n', '[data]\njoin = { file = "labels.csv", on = "id" }\n');
  /** Every third row of the features has no partner; the labels stand in reverse. */
  const lines = candidates(90, 1)
    .trimEnd()
    .split('\n')
    .slice(1)
    .map((line) => line.split(','));
  const features = `id,flux,shape\n${lines.map(([id, , , flux, shape]) => [id, flux, shape].join(',')).join('\n')}\n`;
  const partners = lines.filter((_, i) => i % 3 !== 0).reverse();
  const labels = `id,night,kind,seeing\n${partners.map(([id, night, kind], i) => [id, night, kind, i].join(',')).join('\n')}\n`;

  it('predictions and provenance say the rows of the files', async () => {
    const data = await folder('joined', { 'train.csv': features, 'labels.csv': labels });
    const { code, err } = await train('joined', recipe('joined'), data);
    expect(code, err).toBe(0);
    const predictions = await predictionsOf('joined');
    expect(predictions).toHaveLength(60);
    // Row 1 has no partner; identifiers end in the row from 0.
    for (const { path, row, id } of predictions) expect([path, id]).toEqual(['train.csv', `c1-${row - 1}`]);
    expect((await metricsOf('joined')).provenance.data).toMatchObject([
      { name: 'train.csv', rows: 90 },
      { name: 'labels.csv', rows: 60 },
    ]);
  });

  it.each([
    [
      'text',
      labels.replace(/,4\n/, ',oops\n'),
      features,
      /labels\.csv: row 5, column 'seeing': 'oops' is not/,
    ],
    ['infinite', labels.replace(/,4\n/, ',inf\n'), features, /labels\.csv: row 5, column 'seeing': Infinity/],
    [
      'label',
      labels.replace(/(?:real|bogus),4\n/, ',4\n'),
      features,
      /labels\.csv: row 5: the label column 'kind'/,
    ],
    [
      'first',
      labels,
      features.replace(/(c1-4,)[-.\d]+/, '$1inf'),
      /train\.csv: row 5, column 'flux': Infinity/,
    ],
  ])('what is wrong is named by its own file and row: %s', async (name, second, first, message) => {
    const data = await folder(`joined-${name}`, { 'train.csv': first, 'labels.csv': second });
    const { code, err } = await train(`joined-${name}`, recipe(name), data);
    expect(err).toMatch(message);
    expect(code).toBe(3);
  });

  it('text in a row without a partner does no harm', async () => {
    const first = features.replace(/(c1-3,)[-.\d]+/, '$1oops');
    const data = await folder('joined-stray', { 'train.csv': first, 'labels.csv': labels });
    const { code, err } = await train('joined-stray', recipe('stray'), data);
    expect(code, err).toBe(0);
  });
});

describe('rows of stacked tables', () => {
  const rowsOf = (kind: string, seed: number) =>
    candidates(80, seed)
      .trimEnd()
      .split('\n')
      .filter((line, i) => i === 0 || line.includes(`,${kind},`))
      .map((line) => {
        const [id, night, , flux, shape] = line.split(',');
        return [id, night, flux, shape].join(',');
      })
      .join('\n');
  const recipe = candidateRecipe('stacked').replace(
    '[data]\n',
    '[data]\nstack = [{ file = "a.csv", class = "real" }, { file = "b.csv", class = "bogus" }]\n',
  );
  const a = rowsOf('real', 1);
  const b = rowsOf('bogus', 2);

  it('predictions, report and provenance say file and row', async () => {
    const data = await folder('stacked', { 'a.csv': a, 'b.csv': b });
    const { code, err } = await train('stacked', recipe, data);
    expect(code, err).toBe(0);
    const ids = { 'a.csv': a, 'b.csv': b };
    const predictions = await predictionsOf('stacked');
    expect(predictions.map(({ path }) => path)).toEqual([
      ...new Array<string>(40).fill('a.csv'),
      ...new Array<string>(40).fill('b.csv'),
    ]);
    for (const { path, row, id } of predictions)
      expect(ids[path as 'a.csv'].split('\n')[row]).toMatch(new RegExp(`^${id},`));
    expect((await metricsOf('stacked')).provenance.data).toMatchObject([{ rows: 40 }, { rows: 40 }]);
    const report = await readFile(join(root, 'stacked-run', 'report.html'), 'utf8');
    expect(report).toMatch(/<td>b\.csv<\/td>\s*<td class="num">\d+<\/td>/);
  });

  it('suspects and neighbours say file and row', async () => {
    const data = join(root, 'stacked');
    const path = await put(root, 'stacked.toml', recipe);
    const { suspects } = await runJson<{ suspects: { path: string; row: number; id: string }[] }>(
      'dataset',
      'suspects',
      data,
      '--recipe',
      path,
    );
    expect(new Set(suspects.map((suspect) => basename(suspect.path)))).toEqual(new Set(['a.csv', 'b.csv']));
    const ids = { 'a.csv': a, 'b.csv': b };
    const named = (file: string, row: number) =>
      ids[basename(file) as 'a.csv'].split('\n')[row].split(',')[0];
    for (const suspect of suspects) expect(named(suspect.path, suspect.row)).toBe(suspect.id);
    const { neighbors } = await runJson<{
      neighbors: { reference_path: string; reference_row: number; reference_id: string }[];
    }>('neighbours', path, join(data, 'b.csv'), '--reference', data);
    expect(neighbors.length).toBeGreaterThan(0);
    for (const { reference_path, reference_row, reference_id } of neighbors)
      expect(named(reference_path, reference_row)).toBe(reference_id);
  });

  it.each([
    ['inf', /b\.csv: row 3, column 'flux': Infinity/],
    ['oops', /b\.csv: row 3, column 'flux': 'oops' is not a number/],
  ])('%s in the second is named by it', async (cell, message) => {
    const wrong = b.replace(/((?:.*\n){3}c2-\d+,n\d+,)[-.\d]+/, `$1${cell}`);
    const data = await folder(`stacked-${cell}`, { 'a.csv': a, 'b.csv': wrong });
    const { code, err } = await train(`stacked-${cell}`, recipe, data);
    expect(err).toMatch(message);
    expect(code).toBe(3);
  });
});

it('a row without a group is refused: all of those would be one group', async () => {
  const text = candidates(60, 1).replace(/(c1-7,)n1/, '$1');
  const data = await folder('groups', { 'train.csv': text });
  const recipe = candidateRecipe('groups').replace('exclude = ["night"]', 'group = "night"');
  const { code, err } = await train('groups', recipe, data);
  expect(err).toMatch(
    /train\.csv: row 8: the group column 'night' is empty; fill the cell, or take the row out/,
  );
  expect(code).toBe(3);
});

it.each([
  ['naive-bayes', '1e200', /row 2: its values lie so far from those learned from that no class/],
  ['svm', '1e60', /row 2, column 'flux': .* is too large to be squared/],
])(
  '%s does not make up a class for a row it has no probability of; other tables go on',
  async (learner, cell, message) => {
    const data = await folder(learner, { 'train.csv': candidates(120, 1), 'test.csv': candidates(20, 2) });
    expect((await train(learner, candidateRecipe(learner, '', learner), data)).code).toBe(0);
    const far = await put(data, 'far.csv', candidates(20, 3).replace(/(c3-1,n0,\w+,)[-.\d]+/, `$1${cell}`));
    const out = join(root, `${learner}.csv`);
    const model = join(root, `${learner}-run`);
    const { code, err } = await run('predict', model, far, join(data, 'test.csv'), '--out', out);
    expect(err).toMatch(message);
    expect(err).toContain('far.csv: row 2');
    expect(code).toBe(1);
    expect((await readFile(out, 'utf8')).trimEnd().split('\n')).toHaveLength(21);
    const measured = await run('evaluate', model, '--data', far);
    expect([measured.code, measured.err]).toEqual([3, expect.stringMatching(message)]);
  },
);

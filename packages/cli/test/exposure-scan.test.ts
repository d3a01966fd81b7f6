import { mkdtemp, readFile, readdir, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { run, runJson } from './helpers/main.ts';
import { put } from './helpers/table.ts';

let root: string;
const at = (...names: string[]): string => join(root, ...names);
const size = ['--ccds', '2', '--width', '192', '--height', '256', '--threads', '1'];

const recipe = `name = "tiny"
task = "exposure"

[[members]]
inputs = ["pixels"]
learner = "knn"
neighbors = 3
metric = "manhattan"

[[members.steps]]
use = "pca"
components = 5
`;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'blemish-exposure-scan-'));
  const mix = ['--categories', 'Good,Noise,Saturated', '--several', '0'];
  const simulate = ['simulate', 'bad-exposures', ...size, ...mix];
  await runJson(...simulate, '--n', '24', '--seed', '811000', '--views', '--out', at('set'));
  await runJson('train', await put(root, 'tiny.toml', recipe), '--data', at('set'), '--out', at('run'));
  await runJson(...simulate, '--n', '3', '--seed', '812000', '--out', at('night'));
}, 240_000);
afterAll(() => rm(root, { recursive: true, force: true }));

async function rows(...names: string[]): Promise<Record<string, unknown>[]> {
  return parquetReadObjects({ file: await asyncBufferFromFile(at(...names)) });
}

const probabilities = (row: Record<string, unknown>) =>
  Object.entries(row).flatMap(([name, value]) => (name.startsWith('p_') ? [Number(value)] : []));

it('judges exposures on FITS as evaluate does on the set made of them', { timeout: 240_000 }, async () => {
  const scan = ['scan', at('night'), '--model', at('run'), '--format', 'csv', '--threads', '1'];
  const summary = await runJson<{ images: number; exposures: number }>(...scan, '--out', at('scan'));
  expect(summary).toMatchObject({ images: 6, exposures: 3, failed: [] });
  await runJson(
    'dataset',
    'views',
    at('night'),
    '--out',
    at('views'),
    '--labels',
    at('night', 'manifest.csv'),
  );
  await runJson('evaluate', at('run'), '--data', at('views'), '--out', at('evaluated'));
  const expected = await rows('evaluated', 'predictions.parquet');
  const judged = await rows('scan', 'exposures.parquet');
  expect(judged).toHaveLength(3);
  for (const row of judged) {
    const other = expected.find(({ exposure }) => String(exposure) === row['exposure'])!;
    for (const name of ['category', 'decided', 'bad', 'n_ccds']) expect(row[name], name).toEqual(other[name]);
    expect(row['n_flagged']).toBe(other['n_bad']);
    expect(row['score']).toBeCloseTo(Number(other['score']), 9);
    probabilities(other).forEach((p, c) => expect(probabilities(row)[c]).toBeCloseTo(p, 9));
  }
  // A CCD says which labelled ones it is near.
  const [image] = await rows('scan', 'images.parquet');
  expect(image['neighbours']).toMatch(/^\d+\/[NS]\d+ (?:Good|Noise|Saturated) [\d.]+; /);
  expect(await readdir(at('scan', 'masks'))).toEqual([]);
  const page = await readFile(at('scan', 'report.html'), 'utf8');
  expect(page).toMatch(/\d of 3 exposures bad; of \d the model does not know the category/);

  // Parts need the model no more, and give the same.
  for (const k of [1, 2]) await runJson(...scan, '--shard', `${k}/2`, '--out', at(`part${k}`));
  await rename(at('run'), at('gone'));
  await runJson('merge', at('part2'), at('part1'), '--out', at('merged'));
  for (const name of ['images.csv', 'exposures.csv', 'exposures.parquet']) {
    expect((await readFile(at('merged', name))).equals(await readFile(at('scan', name))), name).toBe(true);
  }
  expect((await run(...scan, '--out', at('none'))).code).toBe(2);
});

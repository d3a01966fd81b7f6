import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { run, runJson } from './helpers/main.ts';
import { candidateRecipe, candidates, put } from './helpers/table.ts';

let root: string;
beforeAll(async () => (root = await mkdtemp(join(tmpdir(), 'blemish-honesty-'))));
afterAll(() => rm(root, { recursive: true, force: true }));

async function folder(name: string, tables: Readonly<Record<string, string>>): Promise<string> {
  const path = join(root, name);
  await mkdir(path);
  for (const [file, text] of Object.entries(tables)) await put(path, file, text);
  return path;
}

/** Candidates with only the first few of the bogus ones. */
function rare(rows: number, seed: number, bogus: number): string {
  let kept = 0;
  const lines = candidates(rows, seed).split('\n');
  return lines.filter((line) => !line.includes(',bogus,') || kept++ < bogus).join('\n');
}

it('figures of folds with few positives are defined: no resample takes them away', async () => {
  const recipe = await put(root, 'rare.toml', candidateRecipe('rare'));
  const data = await put(root, 'rare.csv', rare(800, 3, 10));
  const { byFold, overFolds } = await runJson<{
    byFold: { n: number; metrics: Record<string, number | null> }[];
    overFolds: Record<string, { mean: number } | null>;
  }>('crossval', recipe, '--data', data, '--folds', '10');
  // One positive a fold is enough for an AUC.
  expect(byFold.map(({ metrics }) => metrics['auc']).every((auc) => auc !== null && auc > 0)).toBe(true);
  expect(overFolds['auc']!.mean).toBeGreaterThan(0.7);
});

it('search refuses keys that would change the rows, which no trial would see', async () => {
  const search = '[search]\nvalues = { "data.exclude" = [["night"], ["night", "flux"]] }\n';
  const recipe = await put(root, 'search.toml', candidateRecipe('search', search));
  const data = await put(root, 'search.csv', candidates(100, 1));
  const { code, err } = await run('search', recipe, '--data', data);
  expect(code).toBe(2);
  expect(err).toMatch(/'data\.exclude' cannot be searched, only keys under 'model\.'/);
});

it('recipes with and without groups are compared in the same folds, with the same intervals', async () => {
  const text = candidateRecipe('grouped').replace('exclude = ["night"]', 'group = "night"');
  const grouped = await put(root, 'grouped.toml', text);
  const plain = await put(root, 'plain.toml', candidateRecipe('plain'));
  const data = await put(root, 'both.csv', candidates(200, 7));
  const { models } = await runJson<{ models: { name: string; auc: { value: number; low: number } }[] }>(
    'compare',
    grouped,
    plain,
    '--data',
    data,
    '--seeds',
    '1',
  );
  const auc = Object.fromEntries(models.map(({ name, auc: figure }) => [name, figure]));
  // The same learner on the same features: only folds and groups could tell them apart.
  expect(auc['plain']).toEqual(auc['grouped']);
});

it('rows to judge on that were learned from are refused, or counted where they are some', async () => {
  const train = candidates(200, 5);
  const recipe = await put(root, 'seen.toml', candidateRecipe('seen'));
  const same = await folder('same', { 'train.csv': train, 'test.csv': train });
  const refused = await run('compare', recipe, '--data', same);
  expect(refused.code).toBe(2);
  expect(refused.err).toContain('test.csv: has only rows that are also in train.csv');
  const fresh = candidates(50, 6).split('\n').slice(1).join('\n');
  const some = await folder('some', {
    'train.csv': train,
    'test.csv': `${train.split('\n').slice(0, 31).join('\n')}\n${fresh}`,
  });
  const noted = await run('compare', recipe, '--data', some, '--seeds', '1');
  expect(noted.err).toContain('30 of 80 rows of test.csv are also in train.csv');
  const validated = candidateRecipe('v').replace('[data]', '[data]\nvalidation = "test.csv"');
  const other = await put(root, 'validated.toml', validated);
  const trained = await run('train', other, '--data', same, '--out', join(root, 'seen-run'));
  expect([trained.code, trained.err]).toEqual([2, expect.stringContaining('also in train.csv')]);
});

it('a threshold the validation rows cannot give leaves no run behind', async () => {
  const text = `${candidateRecipe('few')}\n[decision]\nmax_fpr = 0.001\n`;
  const recipe = await put(root, 'few.toml', text);
  const data = await folder('few', { 'train.csv': candidates(20, 8) });
  const out = join(root, 'few-run');
  for (let attempt = 0; attempt < 2; attempt++) {
    const { code, err } = await run('train', recipe, '--data', data, '--out', out);
    expect(code).toBe(2);
    expect(err).toMatch(/few\.toml: decision: .*0\.001/);
    expect(err).not.toContain('holds a run');
  }
  expect(await readdir(out).catch(() => [])).toEqual([]);
});

it('a table has nothing to resume, and says what to do instead', async () => {
  const recipe = await put(root, 'resume.toml', candidateRecipe('resume'));
  const data = await folder('resume', { 'train.csv': candidates(40, 8) });
  const { code, err } = await run('train', recipe, '--data', data, '--out', join(root, 'r'), '--resume');
  expect([code, err]).toEqual([2, expect.stringContaining('--force')]);
});

it('predict names the table with a row it cannot score, and scores the others', async () => {
  const text = candidateRecipe('strict').replace('[[steps]]\nuse = "impute"\n\n', '');
  const full = candidates(60, 2).replace(/,$/gm, ',0.5');
  const recipe = await put(root, 'strict.toml', text);
  const data = await folder('strict', { 'train.csv': full });
  const out = join(root, 'strict-run');
  expect((await run('train', recipe, '--data', data, '--out', out)).code).toBe(0);
  const gap = await put(root, 'gap.csv', full.replace(/(c2-3,.*,)[^,\n]*$/m, '$1'));
  const good = await put(root, 'good.csv', full);
  const { code, out: printed, err } = await run('predict', out, gap, good);
  expect(code).toBe(1);
  expect(err).toMatch(/gap\.csv: row 4, column 'shape': a missing value/);
  expect(printed.trimEnd().split('\n')).toHaveLength(61);
  const evaluated = await run('evaluate', out, '--data', gap);
  expect([evaluated.code, evaluated.err]).toEqual([
    3,
    expect.stringMatching(/gap\.csv: row 4, column 'shape'/),
  ]);
});

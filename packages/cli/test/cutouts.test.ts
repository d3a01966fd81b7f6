import { createHash } from 'node:crypto';
import { cp, mkdtemp, readFile, readdir, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findPython, runPython } from '@blemish/testkit';
import { run, runJson } from './helpers/main.ts';

const python = findPython('numpy');
const recipes = fileURLToPath(new URL('../../../recipes/deepshadows', import.meta.url));

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'blemish-cutouts-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

function simulate(name: string, ...more: readonly string[]): string[] {
  return ['simulate', 'cutouts', '--seed', '900000', '--threads', '1', '--out', join(root, name), ...more];
}

/** Hash of every file of a set. */
async function filesOf(name: string): Promise<Record<string, string>> {
  const files: Record<string, string> = {};
  for (const file of (await readdir(join(root, name))).sort()) {
    files[file] = createHash('sha256')
      .update(await readFile(join(root, name, file)))
      .digest('hex');
  }
  return files;
}

async function table(...path: readonly string[]): Promise<Record<string, string>[]> {
  const [first, ...lines] = (await readFile(join(root, ...path), 'utf8')).trimEnd().split('\n');
  const names = first.split(',');
  return lines.map((line) => Object.fromEntries(line.split(',').map((cell, i) => [names[i], cell])));
}

describe('simulate cutouts', () => {
  it(
    'gives the same whether made at once, in parts, or again after an interruption',
    { timeout: 120_000 },
    async () => {
      const all = await runJson<object>(...simulate('all', '--n', '100', '--threads', '2'));
      expect(all).toMatchObject({ made: 100, kept: 0 });
      const whole = await filesOf('all');
      expect(Object.keys(whole)).toEqual(['stamp-set.json', 'stamps.csv', 'stamps.npy', 'truth.npy']);

      // In parts: more than there are.
      await runJson(...simulate('parts', '--n', '30'));
      const refused = await run(...simulate('parts', '--n', '100'));
      expect([refused.code, refused.out]).toEqual([2, '']);
      expect(refused.err).toMatch(/there are stamps already \(--resume/);
      const other = await run(...simulate('parts', '--n', '100', '--resume', '--survey', 'hsc'));
      expect(other.code).toBe(2);
      expect(other.err).toContain('survey was "des" and is now "hsc"');
      const rest = await runJson<object>(...simulate('parts', '--n', '100', '--resume'));
      expect(rest).toMatchObject({ made: 70, kept: 30 });
      expect(await filesOf('parts')).toEqual(whole);

      // After an interruption in the middle of a row.
      await cp(join(root, 'all'), join(root, 'torn'), { recursive: true });
      for (const [file, length] of [
        ['stamps.npy', 128 + 40.5 * 64 * 64 * 3],
        ['truth.npy', 128 + 41 * 64 * 64],
        ['stamps.csv', (await readFile(join(root, 'all', 'stamps.csv'))).length - 10],
      ] as const) {
        await rename(join(root, 'torn', file), join(root, 'torn', `${file}.partial`));
        await truncate(join(root, 'torn', `${file}.partial`), length);
      }
      const resumed = await runJson<object>(...simulate('torn', '--n', '100', '--resume'));
      expect(resumed).toMatchObject({ made: 60, kept: 40 });
      expect(await filesOf('torn')).toEqual(whole);

      const rows = await table('all', 'stamps.csv');
      expect(rows.map(({ index }) => index)).toEqual(rows.map((_, i) => String(i)));
      expect(new Set(rows.map(({ label }) => label))).toEqual(new Set(['lsbg', 'artifact-2']));
      for (const { group, survey } of rows)
        expect([survey, /^des-\d\d-\d{3}$/.test(group)]).toEqual(['des', true]);
    },
  );

  it.skipIf(python === null)(
    'writes what NumPy reads: pictures, fluxes and masks',
    { timeout: 60_000 },
    async () => {
      await runJson(
        ...simulate('linear', '--n', '20', '--format', 'linear', '--size', '48', '--classes', 'lsbg,cirrus'),
      );
      const script = join(root, 'read.py');
      await writeFile(
        script,
        `import json, sys, numpy as np
s, t = np.load(sys.argv[1] + '/stamps.npy'), np.load(sys.argv[1] + '/truth.npy')
print(json.dumps([list(s.shape), str(s.dtype), list(t.shape), str(t.dtype), float(t.max()), bool(np.isfinite(s).all())]))`,
      );
      const got = runPython(python!, script, [join(root, 'linear')]);
      expect(got).toEqual([[20, 48, 48, 3], 'float32', [20, 48, 48], 'uint8', 1, true]);
      const { code, err } = await run(...simulate('no', '--n', '1', '--classes', 'lsbg,ufo'));
      expect([code, err]).toEqual([2, expect.stringContaining("'ufo' is none of lsbg, artifact-1")]);
    },
  );
});

describe('features', () => {
  it('measures pictures into a table that learners read', { timeout: 120_000 }, async () => {
    const out = join(root, 'learn', 'train.csv');
    await runJson(...simulate('set', '--n', '120'));
    await runJson(...simulate('learn', '--n', '1'));
    const summary = await runJson<{ stamps: number; unmeasured: number }>(
      'features',
      join(root, 'set'),
      '--out',
      out,
    );
    expect(summary.stamps).toBe(120);
    expect(summary.unmeasured).toBeLessThan(10);
    const [rows, truth] = [await table('learn', 'train.csv'), await table('set', 'stamps.csv')];
    expect(rows.map(({ label, group }) => [label, group])).toEqual(
      truth.map(({ label, group }) => [label, group]),
    );
    // Nothing of the truth beyond what a catalogue has.
    expect(Object.keys(rows[0])).not.toContain('mu_eff');
    const differences = rows
      .map((row, i) => Number(row['mag_auto_r']) - Number(truth[i]['mag_r']))
      .filter((_, i) => truth[i]['label'] === 'lsbg' && rows[i]['reason'] === '')
      .sort((a, b) => a - b);
    // Some have lost light to a neighbour or won some: the middle one has not.
    expect(Math.abs(differences[differences.length >> 1])).toBeLessThan(0.15);

    const judged = await runJson<{ metrics: { auc: { value: number } } }>(
      ...['crossval', join(recipes, 'random-forest.toml'), '--data', join(root, 'learn'), '--folds', '3'],
    );
    expect(judged.metrics.auc.value).toBeGreaterThan(0.7);
  });

  it('names what is wrong with a set', { timeout: 60_000 }, async () => {
    const say = async (...argv: readonly string[]) => {
      const { code, err } = await run('features', ...argv, '--out', join(root, 'none.csv'));
      return [code, err];
    };
    expect(await say(join(root, 'nowhere'))).toEqual([3, expect.stringContaining('no such file')]);
    await runJson(...simulate('short', '--n', '3'));
    const lines = (await readFile(join(root, 'short', 'stamps.csv'), 'utf8')).split('\n');
    await writeFile(join(root, 'short', 'stamps.csv'), `${lines.slice(0, 3).join('\n')}\n`);
    expect(await say(join(root, 'short'))).toEqual([3, expect.stringContaining('has 2 rows for 3 stamps')]);
    const array = join(root, 'short', 'stamps.npy');
    expect(await say(array, '--carry', 'label')).toEqual([
      2,
      expect.stringContaining('no stamps.csv to carry'),
    ]);
    expect(await say(array, '--bands', 'g,r')).toEqual([2, expect.stringContaining('leave --bands out')]);
    await truncate(array, 1000);
    expect(await say(array)).toEqual([1, expect.stringContaining('ends after')]);
  });
});

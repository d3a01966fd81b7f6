import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeNpy } from '@blemish/survey/arrays';
import { run, runJson } from './helpers/main.ts';
import { blemish } from './helpers/run.ts';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'blemish-stamps-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

function command(name: string, ...more: readonly string[]): string[] {
  return ['simulate', 'stamps', '--seed', '900300', '--out', join(root, name), ...more];
}

async function table(name: string): Promise<Record<string, string>[]> {
  const text = await readFile(join(root, name, 'stamps.csv'), 'utf8');
  const [first, ...lines] = text.trimEnd().split('\n');
  const columns = first.split(',');
  return lines.map((line) => Object.fromEntries(line.split(',').map((cell, i) => [columns[i], cell])));
}

describe('simulate stamps', () => {
  it(
    'gives the same set whether made at once or gone on with after an interruption',
    { timeout: 180_000 },
    async () => {
      // Enough of them that some are left when the signal comes.
      const stopped = await blemish(command('parts', '--n', '4000', '--size', '33', '--threads', '1'), {
        shipped: true,
        when: { stderr: /simulated [1-9]\d* of/, act: (child) => child.kill('SIGINT') },
      });
      expect(stopped.code).toBe(130);
      expect(stopped.stderr).toContain('run again with --resume to go on');
      expect((await readdir(join(root, 'parts'))).sort()).toEqual([
        'simulation.json',
        'stamps.csv.partial',
        'stamps.npy.partial',
        'truth.npy.partial',
      ]);
      const refused = await run(...command('parts', '--n', '130', '--size', '33'));
      expect([refused.code, refused.out]).toEqual([2, '']);
      expect(refused.err).toContain('--resume goes on');
      const other = await run(...command('parts', '--n', '130', '--size', '35', '--resume'));
      expect(other.code).toBe(2);
      expect(other.err).toContain('made with other options');
      const rest = await runJson<{ made: number; kept: number }>(
        ...command('parts', '--n', '130', '--size', '33', '--resume'),
      );
      expect(rest.made + rest.kept).toBe(130);
      expect(rest.kept).toBeGreaterThanOrEqual(40);

      const all = await runJson<{ made: number }>(
        ...command('all', '--n', '130', '--size', '33', '--threads', '2'),
      );
      expect(all.made).toBe(130);
      for (const name of ['stamps.npy', 'truth.npy', 'stamps.csv']) {
        const [a, b] = [await readFile(join(root, 'all', name)), await readFile(join(root, 'parts', name))];
        expect(a.equals(b), name).toBe(true);
      }
      const stamps = decodeNpy(await readFile(join(root, 'all', 'stamps.npy')));
      expect(stamps.shape).toEqual([130, 33, 33, 3]);
      expect(stamps.data).toBeInstanceOf(Float32Array);
      expect(decodeNpy(await readFile(join(root, 'all', 'truth.npy'))).shape).toEqual([130, 33, 33]);
      const rows = await table('all');
      expect(rows.map(({ index }) => Number(index))).toEqual(rows.map((_, i) => i));
      expect(new Set(rows.map(({ group }) => group))).toEqual(
        new Set(['900300', '900301', '900302', '900303']),
      );
      expect(Math.abs(rows.filter(({ real }) => real === '1').length - 65)).toBeLessThan(4);

      // the shares asked for, and nothing else
      const [kept] = [
        await runJson<{ kept: number }>(...command('all', '--n', '130', '--size', '33', '--resume')),
      ];
      expect(kept.kept).toBe(130);
      await runJson(
        ...command('all', '--n', '40', '--size', '33', '--classes', 'Dipole, SN gold=3', '--force'),
      );
      const labels = (await table('all')).map(({ label }) => label);
      expect(new Set(labels)).toEqual(new Set(['dipole', 'SN gold']));
      expect(Math.abs(labels.filter((label) => label === 'dipole').length - 10)).toBeLessThan(3);
    },
  );

  it('says what is wrong with its options', async () => {
    const size = await run(...command('wrong', '--n', '3', '--size', '64'));
    expect([size.code, size.out]).toEqual([2, '']);
    expect(size.err).toContain('give an odd number');
    const classes = await run(...command('wrong', '--n', '3', '--classes', 'dipole,supernova'));
    expect(classes.code).toBe(2);
    expect(classes.err).toContain("'supernova' must be one of artifact, dipole");
  });
});

import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openFitsFile } from '@blemish/fits/node';
import { findPython, runPython } from '@blemish/testkit';
import { run, runJson } from './helpers/main.ts';
import { blemish } from './helpers/run.ts';

const python = findPython('astropy');

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'blemish-sequences-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

interface Counts {
  readonly made: number;
  readonly kept: number;
  readonly frames: number;
  readonly artifacts: number;
}

function command(name: string, ...more: readonly string[]): string[] {
  const out = join(root, name);
  return ['simulate', 'sequences', '--seed', '900000', '--frames', '8', '--out', out, ...more];
}

/** Rows of a table as records. */
async function table(...path: readonly string[]): Promise<Record<string, string>[]> {
  const [first, ...lines] = (await readFile(join(root, ...path), 'utf8')).trimEnd().split('\n');
  const names = first.split(',');
  return lines.map((line) => Object.fromEntries(line.split(',').map((cell, i) => [names[i], cell])));
}

describe('simulate sequences', () => {
  it(
    'gives the same whether made at once, in parts, again or after an interruption',
    { timeout: 120_000 },
    async () => {
      const all = await runJson<Counts>(...command('all', '--n', '12', '--threads', '1'));
      expect(all).toMatchObject({ made: 12, kept: 0 });

      // Enough of them that some are left when the signal comes.
      const stopped = await blemish(command('parts', '--n', '500', '--threads', '2'), {
        shipped: true,
        when: { stderr: /simulated [1-9]\d* of/, act: (child) => child.kill('SIGINT') },
      });
      expect(stopped.code).toBe(130);
      expect(stopped.stderr).toContain('run again with --resume to go on');
      const refused = await run(...command('parts', '--n', '12'));
      expect([refused.code, refused.out]).toEqual([2, '']);
      expect(refused.err).toContain('this object was simulated before');
      const again = await runJson<Counts>(...command('parts', '--n', '2', '--force'));
      expect(again).toMatchObject({ made: 2, kept: 0 });
      const [lost] = await table('parts', 'labels.csv');
      await rm(join(root, 'parts', 'frames', lost['oid']), { recursive: true });
      const kept = (await table('parts', 'labels.csv')).length - 1;
      const rest = await runJson<Counts>(...command('parts', '--n', String(kept + 3), '--resume'));
      expect(rest).toMatchObject({ made: 3, kept });

      const lines = async (name: string, file: string) =>
        (await readFile(join(root, name, file), 'utf8')).split('\n');
      for (const name of (await readdir(join(root, 'all'), { recursive: true })).sort()) {
        if (name.endsWith('.csv')) {
          const rows = await lines('parts', name);
          expect(new Set(rows).size).toBe(rows.length);
          expect(rows).toEqual(expect.arrayContaining(await lines('all', name)));
        } else if (name.endsWith('.fits')) {
          const [a, b] = [await readFile(join(root, 'all', name)), await readFile(join(root, 'parts', name))];
          expect(a.equals(b), name).toBe(true);
        }
      }
      expect((await readdir(join(root, 'parts', 'frames'))).length).toBe(kept + 3);

      const labels = await table('all', 'labels.csv');
      const frames = await table('all', 'frames.csv');
      expect(Object.keys(labels[0])).toEqual(['oid', 'artefact', 'tags']);
      expect(labels).toHaveLength(12);
      expect(frames).toHaveLength(all.frames);
      for (const { oid, artefact, tags } of labels) {
        const own = frames.filter((row) => row['oid'] === oid);
        const bad = own.filter((row) => row['bad'] === '1');
        expect(await readdir(join(root, 'all', 'frames', oid))).toHaveLength(own.length);
        expect(artefact).toBe(bad.length > 0 ? '1' : '0');
        expect(tags.startsWith('artefact')).toBe(bad.length > 0);
        if (bad.length > 0) expect(tags.includes('1-point')).toBe(bad.length === 1);
        for (const row of bad)
          for (const tag of row['tags'].split(' ')) expect(tags.split(' ')).toContain(tag);
      }
      expect(all.artifacts).toBe(labels.filter(({ artefact }) => artefact === '1').length);
    },
  );

  it.skipIf(python === null)(
    'writes frames that astropy opens, with the object where the cards say',
    { timeout: 60_000 },
    async () => {
      await runJson(...command('edge', '--n', '3', '--artifacts', 'frame_edge'));
      const frames = await table('edge', 'frames.csv');
      const paths = frames.map(({ oid, frame }) => {
        return join(root, 'edge', 'frames', oid, `${oid}_${frame.padStart(4, '0')}.fits`);
      });
      const script = join(import.meta.dirname, 'fixtures/read-cutouts.py');
      const read = runPython<Record<string, unknown>[]>(python!, script, paths);
      expect(read).toHaveLength(paths.length);
      let cut = 0;
      for (const [i, row] of frames.entries()) {
        const { shape, sum, x, y, oid, mjd, simulated, verified } = read[i] as {
          shape: [number, number];
          sum: number;
        } & Record<string, unknown>;
        expect({ oid, simulated, verified }).toEqual({ oid: row['oid'], simulated: true, verified: '' });
        expect(mjd).toBeCloseTo(Number(row['mjd']), 6);
        const file = await openFitsFile(paths[i]);
        const { data } = await file.readImage(file.hdus[0]);
        expect(Array.from<number>(data).reduce((a, b) => a + b, 0)).toBeCloseTo(sum, 0);
        await file.close();
        const isCut = shape[0] < 28 || shape[1] < 28;
        expect(row['tags']).toBe(isCut ? 'frame_edge' : '');
        if (isCut) cut++;
        else expect([x, y].map((value) => Math.floor(value as number))).toEqual([13, 13]);
      }
      expect(cut).toBeGreaterThan(5);
    },
  );
});

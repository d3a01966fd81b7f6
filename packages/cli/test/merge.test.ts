import { existsSync } from 'node:fs';
import { cp, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Rng } from '@blemish/sky';
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runTrivial } from './helpers/main.ts';
import { cleanCcd, exposureBytes, rayCcd, trailedCcds, write } from './helpers/night.ts';
import { blemish } from './helpers/run.ts';

let root: string;
let night: string;
let whole: string;
const parts: string[] = [];
const tables = ['catalog', 'images', 'exposures'].flatMap((name) => [`${name}.parquet`, `${name}.csv`]);

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'blemish-merge-'));
  night = join(root, 'night');
  for (let i = 0; i < 5; i++) {
    await write(night, `f${i}.fits`, exposureBytes(400 + i, [rayCcd('N1', 5, 5 + i), cleanCcd('N2')]));
  }
  // One exposure in three files, which fall into three parts, with one trail over all.
  for (const [k, ccd] of trailedCcds().entries()) await write(night, `t${k}.fits`, exposureBytes(500, [ccd]));
  // The number of f1.fits again, another exposure; one CCD alone; one that breaks off.
  await write(night, 'u.fits', exposureBytes(401, [rayCcd('N1', 7, 7), cleanCcd('N2')]));
  await write(night, 'v.fits', exposureBytes(600, [cleanCcd('N1')]));
  const bytes = exposureBytes(601, [cleanCcd('N1', 200, 200), cleanCcd('N2', 200, 200)]);
  await write(night, 'w.fits', bytes.subarray(0, bytes.length - 100_000));
  whole = join(root, 'whole');
  await scanAll(whole);
  for (let k = 1; k <= 3; k++) {
    const part = join(root, `part${k}`);
    parts.push(part);
    await scanAll(part, '--shard', `${k}/3`);
  }
});
afterAll(() => rm(root, { recursive: true, force: true }));

/** One thread: to start a thread costs more than to scan this night. */
const scanAll = (out: string, ...more: string[]) =>
  runTrivial('scan', night, '--out', out, '--format', 'csv', '--threads', '1', ...more);

async function sameFiles(out: string, names: readonly string[]): Promise<void> {
  for (const name of names) {
    expect((await readFile(join(out, name))).equals(await readFile(join(whole, name))), name).toBe(true);
  }
}

async function outputs(folder: string): Promise<string[]> {
  const names = await readdir(join(whole, folder));
  expect((await readdir(join(folder === '' ? whole : join(whole, folder)))).length).toBeGreaterThan(5);
  return names.map((name) => join(folder, name));
}

async function partials(out: string): Promise<string[]> {
  return (await readdir(out, { recursive: true })).filter((name) => name.includes('partial'));
}

async function scanJson(out: string): Promise<Record<string, unknown>> {
  return JSON.parse(await readFile(join(out, 'scan.json'), 'utf8')) as Record<string, unknown>;
}

describe('blemish merge', { timeout: 120_000 }, () => {
  it('of three parts gives the bytes of one run', async () => {
    const out = join(root, 'merged');
    const run = await runTrivial('merge', parts[2], parts[0], parts[1], '--out', out, '--json');
    // The file that breaks off failed in its part, and is a failure here.
    expect(run.code).toBe(1);
    expect(JSON.parse(run.out)).toMatchObject({
      processed: 10,
      images: 17,
      exposures: 9,
      duplicates: 1,
      missing: [],
      failed: [{ code: 'TRUNCATED_DATA', exposure: '601' }],
    });
    await sameFiles(out, [...tables, ...(await outputs('masks')), ...(await outputs('regions'))]);
    expect((await readdir(join(out, 'masks'))).length).toBe((await readdir(join(whole, 'masks'))).length);
    expect(await partials(out)).toEqual([]);
    const [a, b] = [await scanJson(out), await scanJson(whole)];
    for (const key of ['status', 'model', 'totals', 'failed', 'inputs', 'notes'])
      expect(a[key]).toEqual(b[key]);
    const page = async (folder: string) =>
      (await readFile(join(folder, 'report.html'), 'utf8')).match(/data:image[^"]*/g);
    expect(await page(out)).toEqual(await page(whole));
    // What came out is a scan like any: --resume tries what failed again, and nothing else.
    const journal = join(out, '.resume', 'journal.jsonl');
    const before = await readFile(journal, 'utf8');
    await scanAll(out, '--resume');
    const after = await readFile(journal, 'utf8');
    expect(after.startsWith(before)).toBe(true);
    expect(after.slice(before.length)).toMatch(/^\{"path":"[^"]*w\.fits".*\}\n$/);
  });

  it('leaves the masks where they are, or takes them along', async () => {
    const out = join(root, 'referred');
    await runTrivial('merge', ...parts, '--out', out, '--masks', 'reference');
    const { inputs } = (await scanJson(out)) as { inputs: { written: string[] }[] };
    for (const path of inputs.flatMap(({ written }) => written)) {
      expect(path).toMatch(/^\.\.\/part[123]\//);
      expect(existsSync(join(out, path))).toBe(true);
    }
    // A scan in its place takes away nothing of the parts.
    await runTrivial('scan', join(night, 'v.fits'), '--out', out, '--threads', '1');
    expect((await readdir(join(parts[0], 'masks'))).length).toBe(4);
    const copies = parts.map((_, k) => join(root, `copy${k}`));
    for (const [k, copy] of copies.entries())
      await cp(parts[k], copy, { recursive: true, preserveTimestamps: true });
    const moved = join(root, 'moved');
    await runTrivial('merge', ...copies, '--out', moved, '--masks', 'move', '--format', 'csv');
    await sameFiles(moved, [...tables, ...(await outputs('masks'))]);
    expect(await readdir(join(copies[0], 'masks'))).toEqual([]);
    const again = await runTrivial('merge', ...copies, '--out', moved, '--masks', 'move');
    expect([again.code, again.err]).toEqual([
      2,
      expect.stringContaining('is gone: moved by an earlier merge'),
    ]);
    await sameFiles(moved, tables);
  });

  it('names what is missing and does not do; with --partial it joins the rest', async () => {
    const out = join(root, 'partial');
    const [first, , third] = parts;
    const unfinished = join(root, 'unfinished');
    await cp(third, unfinished, { recursive: true, preserveTimestamps: true });
    const journal = join(unfinished, '.resume', 'journal.jsonl');
    const lines = (await readFile(journal, 'utf8')).trimEnd().split('\n');
    // As a kill leaves it: the last line cut short.
    await writeFile(journal, `${lines.slice(0, -1).join('\n')}\n${lines.at(-1)!.slice(0, 40)}`);
    const refused = await runTrivial('merge', first, unfinished, '--out', out);
    expect(refused.code).toBe(2);
    expect(refused.err).toContain('part 2 of 3 missing; part 3 of 3 ');
    expect(refused.err).toContain('has 1 file to do: ');
    expect(existsSync(out)).toBe(false);
    const joined = await runTrivial('merge', first, unfinished, '--out', out, '--partial', '--json');
    expect(joined.code).toBe(1);
    expect(JSON.parse(joined.out)).toMatchObject({ missing: [expect.any(String), expect.any(String)] });
    expect(await scanJson(out)).toMatchObject({ status: 'partial' });
    expect(await readFile(join(out, 'report.html'), 'utf8')).toContain('part 2 of 3 missing');
  });

  it('refuses what does not belong together', async () => {
    /** The second part, as if its plan had been another. */
    const other = async (name: string, change: (plan: string) => string): Promise<string> => {
      const copy = join(root, name);
      await cp(parts[1], copy, { recursive: true, preserveTimestamps: true });
      const path = join(copy, '.resume', 'plan.json');
      const plan = await readFile(path, 'utf8');
      expect(change(plan)).not.toBe(plan);
      await writeFile(path, change(plan));
      return copy;
    };
    const four = await other('four', (plan) => plan.replace('"index":2,"count":3', '"index":2,"count":4'));
    const more = await other('inputs', (plan) =>
      plan.replace(/"files":\d+,"sha256":"\w{4}/, '"files":11,"sha256":"0000'),
    );
    const threshold = await other('threshold', (plan) =>
      plan.replace('"thresholds":{}', '"thresholds":{"threshold":0.7}'),
    );
    const single = await other('single', (plan) => plan.replace('{"index":2,"count":3}', 'null'));
    const cases: [string[], string][] = [
      [[parts[0], parts[0]], 'is part 1/3, as is'],
      [[parts[0], four], 'is part 2 of 4, not of 3'],
      [[parts[0], more], 'was a part of other inputs: of 11 files, not of the 11 there'],
      [[parts[0], threshold], 'differs in the threshold (the default of the model, now --threshold 0.7)'],
      [[parts[0], single], 'is a scan of its own, not a part (--shard I/N) (beside'],
      [[parts[0], night], 'holds no scan'],
    ];
    for (const [shards, text] of cases) {
      const run = await runTrivial('merge', ...shards, '--out', join(root, 'refused'));
      expect([run.code, run.err]).toEqual([2, expect.stringContaining(text)]);
    }
    expect(existsSync(join(root, 'refused'))).toBe(false);
  });

  it('exposures of one number are told apart, counted and said', async () => {
    const exposures = await parquetReadObjects({
      file: await asyncBufferFromFile(join(whole, 'exposures.parquet')),
    });
    const rows = exposures.map((row): unknown[] => [row['exposure'], row['n_ccds'], row['n_events']]);
    expect(rows).toContainEqual(['401', 2, 1]);
    expect(rows).toContainEqual(['401~2', 2, 1]);
    expect(rows).toContainEqual(['500', 3, 1]);
    expect(rows).toContainEqual(['600', 1, 0]);
    const { notes } = (await scanJson(whole)) as { notes: string[] };
    expect(notes[0]).toMatch(
      /^1 exposure number given to more than one exposure; .*: 401 \(.*f1\.fits, .*u\.fits\)$/,
    );
    expect(notes[1]).toMatch(/^DECam: CCDs missing in some of 9 exposures: N2 in 2; 2 exposures of one CCD/);
    const page = await readFile(join(whole, 'report.html'), 'utf8');
    expect(page).toContain('1 exposure number given to more than one exposure');
  });
});

it(
  'killed again and again at any moment: nothing is lost, nothing done twice',
  { timeout: 180_000 },
  async () => {
    const out = join(root, 'killed');
    const args = ['scan', night, '--out', out, '--format', 'csv', '--threads', '1', '--resume'];
    const rng = new Rng(20, 4);
    const journal = join(out, '.resume', 'journal.jsonl');
    let lines: string[] = [];
    for (let kill = 0; kill < 2; kill++) {
      await blemish(args, {
        env: { BLEMISH_TEST_DELAY: '40' },
        when: {
          stderr: /scanned/,
          act: (child) => void sleep(rng.uniform(0, 250)).then(() => child.kill('SIGKILL')),
        },
      });
      const now = (await readFile(journal, 'utf8')).split('\n').slice(0, -1);
      // What was done stays done, as it is.
      expect(now.slice(0, lines.length)).toEqual(lines);
      lines = now;
      for (const name of await readdir(out))
        expect(name).toMatch(/^(?:masks|regions|\.resume)$|\.partial$|^(?:images|catalog|exposures)\./);
    }
    expect((await blemish(args)).code).toBe(1);
    const paths = (await readFile(journal, 'utf8'))
      .trimEnd()
      .split('\n')
      .slice(1)
      .map((line) => (JSON.parse(line) as { path: string }).path)
      // What failed is tried again by every run.
      .filter((path) => !path.endsWith('w.fits'));
    expect(new Set(paths).size).toBe(paths.length);
    await sameFiles(out, [...tables, ...(await outputs('masks')), ...(await outputs('regions'))]);
    expect(await partials(out)).toEqual([]);
    expect((await stat(join(out, 'report.html'))).size).toBeGreaterThan(1000);
  },
);

import { mkdtemp, readFile, readdir, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { blemish } from './helpers/run.ts';

const repository = fileURLToPath(new URL('../../../', import.meta.url));

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'blemish-guide-'));
  for (const name of ['packages', 'recipes']) await symlink(join(repository, name), join(root, name));
});
afterAll(() => rm(root, { recursive: true, force: true }));

describe('the guide', () => {
  /** Runs every line of the first example under "Try it". */
  async function tryIt(name: string): Promise<void> {
    const page = await readFile(join(repository, 'docs/guide', name), 'utf8');
    const block = /## Try it[^]*?```sh\n([^]*?)```/.exec(page)![1];
    const lines = block.trim().split('\n');
    expect(lines.length).toBeGreaterThan(2);
    for (const line of lines) {
      const [command, ...words] = line.split(' ').map((word) => word.replace(/^'(.*)'$/, '$1'));
      expect(command).toBe('blemish');
      const { code, stderr } = await blemish(words, { shipped: true, cwd: root });
      expect(code, `${line}\n${stderr}`).toBe(0);
    }
  }

  it('to importing: the first example runs as it stands', { timeout: 120_000 }, async () => {
    await tryIt('import-a-model.md');
    const scores = await readFile(join(root, 'scores.csv'), 'utf8');
    expect(scores.trimEnd().split('\n')).toHaveLength(4);
  });

  it('to alerts: the first example runs as it stands', { timeout: 120_000 }, async () => {
    await tryIt('score-alerts.md');
    const rows = (await readFile(join(root, 'alert-scores.csv'), 'utf8')).trimEnd().split('\n').slice(1);
    expect(rows.map((row) => row.split(',')[2] !== '')).toEqual([true, true, false, false, true]);
  });

  it('to explaining: the first example runs as it stands', { timeout: 120_000 }, async () => {
    await rm(join(root, 'my-models'), { recursive: true, force: true });
    await tryIt('explain.md');
    expect(await readdir(join(root, 'explained'))).toContain('index.html');
  });

  it('to frames: the first example runs as it stands', { timeout: 180_000 }, async () => {
    await tryIt('embed-frames.md');
    const names = await readdir(join(root, 'objects/embeddings'));
    expect(names.filter((name) => name.endsWith('.npy'))).toHaveLength(12);
  });

  it('to sequences: the first example runs as it stands', { timeout: 240_000 }, async () => {
    await tryIt('judge-sequences.md');
    const [header, ...rows] = (await readFile(join(root, 'verdicts.csv'), 'utf8')).trimEnd().split('\n');
    expect(header).toBe('path,row,oid,probability,class,frames,odd_frames,top_frames');
    expect(rows).toHaveLength(5);
  });

  it('to bad exposures: the first example runs as it stands', { timeout: 180_000 }, async () => {
    await tryIt('bad-exposures.md');
    expect(await readdir(join(root, 'flagged'))).toContain('exposures.parquet');
  });

  it('to differences: the first example runs as it stands', { timeout: 180_000 }, async () => {
    await tryIt('difference-images.md');
    const names = await readdir(join(root, 'proper'));
    expect(names).toContain('fakes.csv');
  });

  it('to faint galaxies: the first example runs as it stands', { timeout: 180_000 }, async () => {
    await tryIt('faint-galaxies.md');
    const [header, ...rows] = (await readFile(join(root, 'scores.csv'), 'utf8')).trimEnd().split('\n');
    expect(header).toBe('path,row,index,probability,class');
    expect(rows).toHaveLength(60);
  });

  it('to tables: the first example runs as it stands', { timeout: 180_000 }, async () => {
    await tryIt('classify-a-table.md');
    const [header] = (await readFile(join(root, 'scores.csv'), 'utf8')).split('\n');
    expect(header).toBe('path,row,id,probability,class');
  });
});

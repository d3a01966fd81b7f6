import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Rng } from '@blemish/sky';
import { encodeNpy } from '@blemish/survey/arrays';
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { run, runJson } from './helpers/main.ts';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'blemish-pretrain-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

const recipe = `name = "tiny"
task = "self-distillation"
data = { validation = 0.3 }
[model]
size = "tiny"
dim = 16
depth = 1
heads = 2
registers = 1
head = { hidden = 16, bottleneck = 8, outputs = 16 }
[crops]
small = 2
small_size = 16
large_size = 24
[training]
epochs = 2
batch = 8
[collapse]
action = "warn"
`;

/** Four exposures of four CCDs, as `simulate bad-exposures --views` leaves them. */
async function writeSet(folder: string): Promise<string> {
  await mkdir(folder);
  const rng = new Rng(31, 0);
  const data = Uint8Array.from({ length: 16 * 32 * 32 * 4 }, () => rng.integer(60, 120));
  await writeFile(join(folder, 'stamps.npy'), encodeNpy({ shape: [16, 32, 32, 4], data }));
  const rows = Array.from({ length: 16 }, (_, k) => {
    const exposure = 100 + Math.floor(k / 4);
    const reasons = ['Good,Good', 'PSF;Noise,', ','][exposure % 3];
    return `${k},,${1 + (k % 4)},${exposure},S${1 + (k % 4)},r,${exposure},${reasons}`;
  });
  const csv = `index,path,hdu,exposure,ccd,band,group,reasons,reason\n${rows.join('\n')}\n`;
  await writeFile(join(folder, 'stamps.csv'), csv);
  const settings = { simulated: true, views: { version: 1, size: 32, crops: 3, scaling: 'rms' } };
  await writeFile(join(folder, 'stamp-set.json'), JSON.stringify(settings));
  return csv;
}

it('views → pretraining → a table of embeddings that says which CCD a row is of', async () => {
  const [set, toml, out, table] = ['set', 'tiny.toml', 'run', 'e.parquet'].map((name) => join(root, name));
  await writeFile(toml, recipe);
  const written = await writeSet(set);
  const trained = await runJson('train', toml, '--data', set, '--out', out);
  expect(trained).toMatchObject({ interrupted: false, metrics: { rank: expect.any(Number) as number } });
  expect(await readFile(join(out, 'report.html'), 'utf8')).toContain('simulated CCDs');
  const shown = await runJson('model', 'show', out);
  expect(JSON.stringify(shown)).toContain('"crops":3');

  await run('embed', out, set, '--out', table);
  const rows = await parquetReadObjects({ file: await asyncBufferFromFile(table) });
  const csv = written.trim().split('\n');
  const names = csv[0].split(',');
  const cells = csv.slice(1).map((line) => line.split(','));
  const column = (name: string) => cells.map((row) => row[names.indexOf(name)] || null);
  expect(rows).toHaveLength(16);
  for (const name of ['exposure', 'ccd', 'group', 'reasons', 'reason'])
    expect(rows.map((row): unknown => row[name] ?? null)).toEqual(column(name));
  expect(Object.keys(rows[0]).filter((name) => name.startsWith('e_'))).toHaveLength(32);
  expect(rows.every((row) => Number.isFinite(row['e_31']))).toBe(true);
});

import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { encodeSafetensors } from '@blemish/engine';
import { Header, encodeHdu } from '@blemish/fits';
import { decodeNpy, encodeNpy } from '@blemish/survey/arrays';
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run, runJson } from './helpers/main.ts';

let root: string;
let encoder: string;
let data: string;

/** Two by two pixels, so that the mirror below gives them back: what an answer is tells which frame it is of. */
function frame(values: readonly number[], mjd: number): Uint8Array {
  const header = new Header().set('OBSMJD', mjd);
  return encodeHdu({ header, shape: [2, 2], data: Float32Array.from(values) }, true);
}

async function write(path: string, bytes: Uint8Array): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, bytes);
}

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'blemish-objects-'));
  const [weights, mapping] = ['mirror.safetensors', 'mirror.toml'].map((name) => join(root, name));
  await writeFile(weights, encodeSafetensors(new Map(), {}));
  // Four numbers, of which the first three are means.
  const toml =
    'name = "mirror"\ninput = [1, 2, 2]\noutput = "embedding"\nmeans = 3\n[[layers]]\ntype = "flatten"\n';
  await writeFile(mapping, toml);
  encoder = join(root, 'encoder');
  await runJson('model', 'import', weights, '--mapping', mapping, '--preprocess', 'none', '--out', encoder);
  data = join(root, 'set');
  // More frames than one batch takes, later ones first by name.
  for (let k = 0; k < 300; k++) {
    const name = String(k).padStart(3, '0');
    await write(join(data, 'frames/1', `${name}.fits`), frame([k, 1, 2, 3], 60000 - k));
  }
  await write(join(data, 'frames/2/a.fits'), frame([7, 7, 7, 7], 1));
  await write(join(data, 'frames/2/b.fits'), frame([NaN, NaN, NaN, NaN], 2));
  await write(join(data, 'frames/2/c.fits'), frame([8, 7, NaN, 7], 3));
  await write(join(data, 'frames/3/a.fits'), frame([9, 9, 9, 9], 1));
  await mkdir(join(data, 'frames/4'));
  const stack = Float32Array.from({ length: 8 }, (_, k) => k);
  await write(join(data, 'frames/5.npy'), encodeNpy({ shape: [2, 2, 2], data: stack }));
});
afterAll(() => rm(root, { recursive: true, force: true }));

async function rows(path: string): Promise<number[][]> {
  const { shape, data: values } = decodeNpy(await readFile(path));
  return Array.from({ length: shape[0] }, (_, k) =>
    [...values.subarray(k * shape[1], (k + 1) * shape[1])].map(Number),
  );
}

describe('embed, an array an object', () => {
  it('holds the means of its frames in order of time, and the table says which they are', async () => {
    const out = `${join(root, 'first')}/`;
    const { code, out: text } = await run('embed', encoder, data, '--out', out, '--json');
    expect(code).toBe(1);
    const summary = JSON.parse(text) as { failed: { path: string; code: string }[] };
    expect(summary).toMatchObject({ objects: 3, frames: 305, empty: 1, dimensions: 3, interrupted: false });
    expect(summary.failed.map((failure) => [failure.path.at(-1), failure.code])).toEqual([
      ['3', 'SEQUENCE_SHORT'],
      ['4', 'SEQUENCE_SHORT'],
    ]);
    const first = await rows(join(out, '1.npy'));
    expect(first.map(([number]) => number)).toEqual(Array.from({ length: 300 }, (_, k) => 299 - k));
    expect(await rows(join(out, '2.npy'))).toEqual([
      [7, 7, 7],
      [0, 0, 0],
      [8, 7, 0],
    ]);
    expect(await rows(join(out, '5.npy'))).toEqual([
      [0, 1, 2],
      [4, 5, 6],
    ]);
    const file = await asyncBufferFromFile(join(out, 'frames.parquet'));
    const table = (await parquetReadObjects({ file })) as Record<string, unknown>[];
    expect(table).toHaveLength(305);
    expect(table[0]).toMatchObject({ oid: '1', frame: 0, mjd: 59701, padded: false, empty: false });
    expect(table.filter(({ oid }) => oid === '2').map((row) => [row['frame'], row['empty']])).toEqual([
      [0, false],
      [1, true],
      [2, false],
    ]);
    expect(table.at(-1)).toMatchObject({ oid: '5', frame: 1, index: 1, mjd: null });
  });

  it('is left with --resume, refused without, replaced with --force; short sequences by --min-frames', async () => {
    const out = join(root, 'second');
    const byObject = ['embed', encoder, data, '--out', out, '--by-object'];
    await run(...byObject);
    const refused = await run(...byObject);
    expect(refused.code).toBe(2);
    expect(refused.err).toContain('holds arrays already (1.npy …); --resume leaves them');
    await rm(join(out, '2.npy'));
    await writeFile(join(out, '1.npy'), 'as it was');
    const resumed = await run(...byObject, '--resume', '--min-frames', '1', '--json');
    expect(JSON.parse(resumed.out)).toMatchObject({ objects: 2, kept: 2, frames: 4 });
    expect(await readFile(join(out, '1.npy'), 'utf8')).toBe('as it was');
    const file = await asyncBufferFromFile(join(out, 'frames.parquet'));
    expect(await parquetReadObjects({ file })).toHaveLength(306);
    await run(...byObject, '--force');
    expect((await readdir(out)).sort()).toEqual(['.resume', '1.npy', '2.npy', '5.npy', 'frames.parquet']);
    expect(await rows(join(out, '1.npy'))).toHaveLength(300);
  });

  it('is not mixed with that of another model', async () => {
    const out = join(root, 'third');
    await run('embed', encoder, data, '--out', out, '--by-object');
    const other = join(root, 'other');
    const files = [join(root, 'mirror.safetensors'), '--mapping', join(root, 'mirror.toml')];
    await runJson('model', 'import', ...files, '--means', '2', '--preprocess', 'none', '--out', other);
    const { code, err } = await run('embed', other, data, '--out', out, '--by-object', '--resume');
    expect(code).toBe(2);
    expect(err).toContain('was written with another model');
  });

  it('alone has its options', async () => {
    const { code, err } = await run('embed', encoder, data, '--out', join(root, 'x.npy'), '--resume');
    expect(code).toBe(2);
    expect(err).toContain('--resume goes with one array an object');
  });
});

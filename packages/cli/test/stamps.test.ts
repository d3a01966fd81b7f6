import { mkdir, mkdtemp, open, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { encodeSafetensors } from '@blemish/engine';
import type { WeightArray } from '@blemish/engine';
import { Header, encodeHdu } from '@blemish/fits';
import { decodeNpy, encodeNpy, encodeNpyHeader, encodeNpz } from '@blemish/survey/arrays';
import type { NdArray } from '@blemish/survey/arrays';
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run, runJson } from './helpers/main.ts';
import { blemish } from './helpers/run.ts';

/** Two channels of 3 rows and 4 columns; what a pixel is tells where it is: 1000·stamp + 100·channel + 10·row + column. */
const [channels, height, width] = [2, 3, 4];
const count = 5;
const value = (n: number, c: number, y: number, x: number): number => 1000 * n + 100 * c + 10 * y + x;

/** The stack with its axes in any order: `nyxc`, `ncyx` … */
function stack(order: string, kind: typeof Float32Array | typeof Float64Array = Float32Array): NdArray {
  const extents: Readonly<Record<string, number>> = { n: count, c: channels, y: height, x: width };
  const shape = [...order].map((axis) => extents[axis]);
  const data = new kind(shape.reduce((product, extent) => product * extent, 1));
  const index: Record<string, number> = {};
  for (let i = 0; i < data.length; i++) {
    let rest = i;
    for (const axis of [...order].reverse()) {
      index[axis] = rest % extents[axis];
      rest = Math.floor(rest / extents[axis]);
    }
    data[i] = value(index['n'], index['c'], index['y'], index['x']);
  }
  return { shape, data };
}

/** The same stack in Fortran order: the data of the reversed axes under the header of the axes. */
function fortran(order: string): Uint8Array {
  const { shape } = stack(order);
  const { data } = stack([...order].reverse().join(''));
  const bytes = Buffer.from(encodeNpy({ shape, data }));
  bytes.write('True, ', bytes.indexOf('False,'));
  return bytes;
}

const stampOf = (n: number): number[] => [...stack('ncyx').data.subarray(n * 24, (n + 1) * 24)].map(Number);
const everyStamp = Array.from({ length: count }, (_, n) => stampOf(n));

function image(
  data: Float32Array | Float64Array,
  shape: readonly number[],
  primary = false,
  name = '',
): Uint8Array {
  const header = new Header();
  if (name !== '') header.set('EXTNAME', name);
  return encodeHdu({ header, shape, data }, primary);
}
const empty = (): Uint8Array => encodeHdu({ header: new Header(), shape: [], data: null }, true);
const plane = (n: number, c: number): Float32Array =>
  Float32Array.from(stampOf(n).slice(c * 12, (c + 1) * 12));

let root: string;
/** Gives back each stamp as the network sees it. */
let mirror: string;
/** σ(mean of the stamp) of one channel. */
let scorer: string;

/** A bundle from a mapping file and tensors. */
async function bundle(name: string, toml: string, tensors: Record<string, WeightArray>, preprocess: string) {
  const [weights, mapping, out] = ['safetensors', 'toml', 'bundle'].map((ending) =>
    join(root, `${name}.${ending}`),
  );
  await writeFile(weights, encodeSafetensors(new Map(Object.entries(tensors)), {}));
  await writeFile(mapping, toml);
  const options = ['--mapping', mapping, '--preprocess', preprocess, '--out', out, '--force'];
  await runJson('model', 'import', weights, ...options);
  return out;
}

const mirrorToml = `name = "mirror"\ninput = [${channels}, ${height}, ${width}]\noutput = "embedding"\n[[layers]]\ntype = "flatten"\n`;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'blemish-stamps-'));
  mirror = await bundle('mirror', mirrorToml, {}, 'none');
  const toml = `name = "scorer"
input = [1, 2, 2]
[[layers]]
type = "flatten"
[[layers]]
type = "dense"
name = "mean"
out = 1
[[layers]]
type = "sigmoid"
`;
  const weight = { shape: [1, 4], data: new Float32Array(4).fill(0.25) };
  scorer = await bundle(
    'scorer',
    toml,
    { 'mean.weight': weight, 'mean.bias': { shape: [1], data: new Float32Array(1) } },
    'none',
  );
});
afterAll(() => rm(root, { recursive: true, force: true }));

async function file(name: string, bytes: Uint8Array): Promise<string> {
  const path = join(root, name);
  await writeFile(path, bytes);
  return path;
}

/** Rows that the mirror gives for inputs. */
async function reflect(...inputs: string[]): Promise<number[][]> {
  const out = join(root, 'mirrored.npy');
  await runJson('embed', mirror, ...inputs, '--out', out);
  const { shape, data } = decodeNpy(await readFile(out));
  return Array.from({ length: shape[0] }, (_, n) =>
    [...data.subarray(n * shape[1], (n + 1) * shape[1])].map(Number),
  );
}

describe('stamps are the same', () => {
  it.each([
    ['channels last', () => encodeNpy(stack('nyxc'))],
    ['channels first', () => encodeNpy(stack('ncyx'))],
    ['doubles', () => encodeNpy(stack('nyxc', Float64Array))],
    ['Fortran order, channels last', () => fortran('nyxc')],
    ['Fortran order, channels first', () => fortran('ncyx')],
  ])('from an npy stack: %s', async (_, bytes) => {
    expect(await reflect(await file('stack.npy', bytes()))).toEqual(everyStamp);
  });

  it('from one stamp alone, in either order of axes and of memory', async () => {
    const one = { shape: [channels, height, width], data: Float32Array.from(stampOf(2)) };
    expect(await reflect(await file('one.npy', encodeNpy(one)))).toEqual([stampOf(2)]);
    // [y, x, c] in Fortran order is [c, x, y] in C order.
    const data = new Float32Array(24);
    for (let c = 0; c < channels; c++)
      for (let y = 0; y < height; y++)
        for (let x = 0; x < width; x++) data[(c * width + x) * height + y] = value(2, c, y, x);
    const bytes = Buffer.from(encodeNpy({ shape: [height, width, channels], data }));
    bytes.write('True, ', bytes.indexOf('False,'));
    expect(await reflect(await file('one-fortran.npy', bytes))).toEqual([stampOf(2)]);
  });

  it('from npz archives, the array by name where there are several', async () => {
    expect(await reflect(await file('a.npz', encodeNpz({ stamps: stack('nyxc') })))).toEqual(everyStamp);
    const several = await file('b.npz', encodeNpz({ labels: stack('n'), stamps: stack('ncyx') }));
    expect(await reflect(`${several}[stamps]`)).toEqual(everyStamp);
    const { code, err } = await run('embed', mirror, several, '--out', join(root, 'x.npy'));
    expect(err).toContain(`holds 2 arrays (labels, stamps); name the stamps: ${several}[labels]`);
    expect(code).toBe(3);
  });

  it('from FITS: a cube, a stack, an HDU for each channel, gzipped, chosen by name', async () => {
    const cube = image(Float32Array.from(stampOf(1)), [channels, height, width], true);
    expect(await reflect(await file('cube.fits', cube))).toEqual([stampOf(1)]);
    expect(await reflect(await file('cube.fits.gz', gzipSync(cube)))).toEqual([stampOf(1)]);
    const { shape, data } = stack('ncyx', Float64Array);
    const whole = image(data as Float64Array, shape, true);
    expect(await reflect(await file('stack.fits', whole))).toEqual(everyStamp);
    const planes = [
      empty(),
      image(plane(3, 0), [height, width], false, 'SCI'),
      image(plane(3, 1), [height, width], false, 'REF'),
    ];
    const pair = await file('pair.fits', Buffer.concat(planes));
    expect(await reflect(pair)).toEqual([stampOf(3)]);
    const three = await file(
      'three.fits',
      Buffer.concat([...planes, image(plane(0, 0), [height, width], false, 'VAR')]),
    );
    const refused = await run('embed', mirror, three, '--out', join(root, 'x.npy'));
    expect(refused.err).toContain(
      'holds 3 images, HDU 1 (SCI), 2 (REF), 3 (VAR), and the model takes 2 channels; say which with --hdu',
    );
    const out = join(root, 'chosen.npy');
    await runJson('embed', mirror, three, '--hdu', 'SCI,REF', '--out', out);
    expect([...decodeNpy(await readFile(out)).data].map(Number)).toEqual(stampOf(3));
  });

  it('from folders, where FITS files alone count, and from lists', async () => {
    const folder = join(root, 'folder');
    await mkdir(join(folder, 'deeper'), { recursive: true });
    for (const [name, n] of [
      ['b.fits', 1],
      ['a.fits', 0],
      ['deeper/c.fits', 2],
    ] as const)
      await file(`folder/${name}`, image(Float32Array.from(stampOf(n)), [channels, height, width], true));
    await file('folder/embeddings.npy', encodeNpy(stack('nc')));
    expect(await reflect(folder)).toEqual([0, 1, 2].map(stampOf));
    await file('stack-list.npy', encodeNpy(stack('nyxc')));
    await writeFile(join(root, 'list.txt'), '# two inputs\nfolder/b.fits\nstack-list.npy\n');
    expect(await reflect(join(root, 'list.txt'))).toEqual([stampOf(1), ...everyStamp]);
  });

  it('whatever the size of a batch: more stamps than one holds', async () => {
    const many = {
      shape: [700, 2, 2],
      data: Float32Array.from({ length: 2800 }, (_, i) => Math.floor(i / 4) / 100),
    };
    const path = await file('many.npy', encodeNpy(many));
    const { predictions, stamps } = await runJson<{
      stamps: number;
      predictions: { index: number; probability: number }[];
    }>('predict', scorer, path, '--threads', '1');
    expect(stamps).toBe(700);
    for (const [n, { index, probability }] of predictions.entries()) {
      expect(index).toBe(n);
      expect(probability).toBeCloseTo(1 / (1 + Math.exp(-n / 100)), 6);
    }
  });

  it('in the order that is forced, where the shape leaves it open', async () => {
    const cubeToml = 'name = "cube"\ninput = [2, 2, 2]\noutput = "embedding"\n[[layers]]\ntype = "flatten"\n';
    const cube = await bundle('cube', cubeToml, {}, 'none');
    const path = await file(
      'cubes.npy',
      encodeNpy({ shape: [1, 2, 2, 2], data: Float32Array.from([0, 1, 2, 3, 4, 5, 6, 7]) }),
    );
    const rows = async (...options: string[]) => {
      const out = join(root, 'cube.npy');
      await runJson('embed', cube, path, '--out', out, ...options);
      return [...decodeNpy(await readFile(out)).data];
    };
    expect(await rows('--layout', 'channels-first')).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(await rows('--layout', 'channels-last')).toEqual([0, 2, 4, 6, 1, 3, 5, 7]);
    expect(await rows()).toEqual(await rows('--layout', 'channels-last'));
  });
});

describe('predict', () => {
  const blank = NaN;
  let path: string;
  beforeAll(async () => {
    const data = Float32Array.from([
      1,
      1,
      1,
      1,
      blank,
      blank,
      blank,
      blank,
      2,
      blank,
      Infinity,
      2,
      0,
      0,
      0,
      0,
    ]);
    path = await file('scores.npy', encodeNpy({ shape: [4, 2, 2], data }));
  });
  const logistic = (x: number): number => 1 / (1 + Math.exp(-x));

  it('gives every stamp a row; the probability is empty where no pixel has a value, and there alone', async () => {
    const out = join(root, 'scores.csv');
    const summary = await runJson<Record<string, unknown>>('predict', scorer, path, '--out', out);
    expect(summary).toMatchObject({ stamps: 4, empty: 1, files: 1, failed: [], out, model: 'scorer' });
    const [header, ...rows] = (await readFile(out, 'utf8'))
      .trimEnd()
      .split('\n')
      .map((line) => line.split(','));
    expect(header).toEqual(['path', 'index', 'probability', 'reason', 'model', 'model_sha256']);
    expect(rows.map((row) => row[1])).toEqual(['0', '1', '2', '3']);
    const probabilities = rows.map((row) => row[2]);
    expect(probabilities[1]).toBe('');
    for (const [n, mean] of [
      [0, 1],
      [2, 1],
      [3, 0],
    ] as const)
      expect(Number(probabilities[n])).toBeCloseTo(logistic(mean), 6);
    expect(new Set(rows.map((row) => row[5]))).toEqual(new Set([summary['sha256']]));
    expect(await readdir(root)).not.toContain('scores.csv.partial');
  });

  it('writes the same as Parquet, as JSON, and as CSV on the standard output', async () => {
    const out = join(root, 'scores.parquet');
    await runJson('predict', scorer, path, '--out', out);
    const rows = await parquetReadObjects({ file: await asyncBufferFromFile(out) });
    const { predictions } = await runJson<{ predictions: unknown[] }>('predict', scorer, path);
    expect(rows.map((row) => ({ ...row }))).toMatchObject([
      { path, index: 0, model: 'scorer' },
      { index: 1, probability: null },
      { index: 2 },
      { index: 3, probability: 0.5 },
    ]);
    expect(predictions).toHaveLength(4);
    const plain = await run('predict', scorer, path);
    expect(plain.out.split('\n')).toHaveLength(6);
    expect(plain.out).toContain(`${path},3,0.5,,scorer,`);
    expect(plain.err).toContain(
      'no probability for 1: no pixel has a value\n4 stamps, 1 of them without a probability',
    );
  });

  it('goes on past inputs that fail, names each, and exits with 1; with 3 where none is left', async () => {
    const good = path;
    const bad = {
      'wide.npy': encodeNpy({ shape: [4, 3, 2], data: new Float32Array(24) }),
      'cut.npy': encodeNpy({ shape: [4, 2, 2], data: new Float32Array(16) }).slice(0, 150),
      'words.npy': Buffer.from('not an array'),
      'bad.npz': Buffer.from('PK no archive'),
      'bad.fits': Buffer.from('SIMPLE'),
    };
    const paths = await Promise.all(Object.entries(bad).map(([name, bytes]) => file(name, bytes)));
    const inputs = [...paths, join(root, 'none.npy'), good];
    const { code, out, err } = await run('predict', scorer, ...inputs, '--json');
    expect(code).toBe(1);
    const { failed, stamps } = JSON.parse(out) as {
      stamps: number;
      failed: { path: string; code: string }[];
    };
    expect(stamps).toBe(4);
    expect(failed.map(({ code: each }) => each).sort()).toEqual(
      [
        'ARRAY_INVALID',
        'ARRAY_INVALID',
        'ARRAY_INVALID',
        'INPUT_NOT_FOUND',
        'STAMP_SHAPE',
        'NOT_FITS',
      ].sort(),
    );
    expect(err).toContain(
      `${paths[0]}: holds an array [4, 3, 2]; the model takes stamps of 2 × 2 pixels (width × height) with 1 channel: ` +
        '[N, 2, 2, 1] or [N, 1, 2, 2] or [N, 2, 2]; cut, pad or reorder them',
    );
    expect(err).toContain('ends after 22 of 64 bytes of data');
    expect((await run('predict', scorer, ...paths)).code).toBe(3);
    const nothing = await mkdtemp(join(root, 'nothing-'));
    expect(await run('predict', scorer, nothing)).toMatchObject({ code: 3 });
  });

  it('says which stamp the network has no answer for', async () => {
    // 3e38 four times overflows the sum.
    const huge = await file(
      'huge.npy',
      encodeNpy({ shape: [2, 2, 2], data: new Float32Array(8).fill(3e38).fill(0, 0, 4) }),
    );
    const toml =
      'name = "sum"\ninput = [1, 2, 2]\noutput = "logit"\n[[layers]]\ntype = "flatten"\n[[layers]]\ntype = "dense"\nname = "sum"\nout = 1\nbias = false\n';
    const sum = await bundle(
      'sum',
      toml,
      { 'sum.weight': { shape: [1, 4], data: new Float32Array(4).fill(1) } },
      'none',
    );
    const { code, out, err } = await run('predict', sum, huge, '--json');
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({ predictions: [{ index: 0, probability: 0.5 }, { index: 1 }] });
    expect(err).toContain('stamp 1 has no answer');
  });

  it('refuses wrong options with 2', async () => {
    const unknown = await run('predict', scorer, path, '--out', join(root, 'scores.fits'));
    expect([unknown.code, unknown.err.includes('a table must end in .csv, .parquet')]).toEqual([2, true]);
    expect((await run('predict', scorer, path, '--layout', 'nhwc')).code).toBe(2);
    expect((await run('predict', join(root, 'nowhere'), path)).code).toBe(2);
    const unwritable = await run('predict', scorer, path, '--out', join(root, 'no', 'such', 'folder.csv'));
    expect(unwritable.code).toBe(3);
  });

  it('interrupted, exits with 130 and keeps the rows done', { timeout: 120_000 }, async () => {
    // Ten million stamps of zeros: a file of holes.
    const shape = [10_000_000, 2, 2];
    const holes = await open(join(root, 'holes.npy'), 'w');
    const header = encodeNpyHeader(new Float32Array(0), shape);
    await holes.write(header);
    await holes.truncate(header.length + 160_000_000);
    await holes.close();
    const out = join(root, 'part.csv');
    const { code, stderr } = await blemish(['predict', scorer, join(root, 'holes.npy'), '--out', out], {
      shipped: true,
      when: { stderr: /stamps/, act: (child) => child.kill('SIGINT') },
    });
    expect(stderr).toContain('interrupted');
    expect(code).toBe(130);
    const rows = (await readFile(out, 'utf8')).trimEnd().split('\n').slice(1);
    expect(rows.length).toBeGreaterThan(0);
    expect(rows.length).toBeLessThan(10_000_000);
    expect(rows.at(-1)!.split(',')[1]).toBe(String(rows.length - 1));
  });
});

describe('embed', () => {
  it('writes tables with a column for each number, and rows of NaN for stamps without a value', async () => {
    const { data, shape } = stack('ncyx');
    data.fill(NaN as never, 24, 48);
    const path = await file('holes-stack.npy', encodeNpy({ shape, data }));
    const out = join(root, 'rows.parquet');
    await runJson('embed', mirror, path, '--out', out);
    const rows = await parquetReadObjects({ file: await asyncBufferFromFile(out) });
    expect(rows).toHaveLength(count);
    expect(rows[2]).toMatchObject({ path, index: 2, e_0: 2000, e_23: 2123 });
    expect(rows[1]).toMatchObject({ index: 1, e_0: null });
    const mirrored = await reflect(path);
    expect(mirrored[1].every(Number.isNaN)).toBe(true);
    expect(mirrored[4]).toEqual(stampOf(4));
  });
});

import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { encodeSafetensors } from '@blemish/engine';
import { Header, encodeHdu } from '@blemish/fits';
import { decodeNpy, encodeNpy } from '@blemish/survey/arrays';
import { dataRoot } from '@blemish/testkit';
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { container, packedStamp, testAlert, testPlane, ztfSchema } from '../../survey/test/helpers/avro.ts';
import type { TestAlert } from '../../survey/test/helpers/avro.ts';
import { run, runJson } from './helpers/main.ts';

const [height, width] = [3, 4];
const area = height * width;
const alerts = (...numbers: number[]): TestAlert[] => numbers.map((n) => testAlert(n, height, width));
const stampOf = (n: number): number[] => [0, 1, 2].flatMap((channel) => [...testPlane(n, channel, area)]);

interface Scores {
  readonly stamps: number;
  readonly unscored: Readonly<Record<string, number>>;
  readonly failed: readonly { readonly code: string; readonly error: string }[];
  readonly predictions: readonly Readonly<Record<string, unknown>>[];
}

let root: string;
/** Gives back each stamp as the network sees it; of three channels, and of one. */
let mirror: string;
let mono: string;
/** σ(mean of the stamp / 1000), after l2-rows: constant channels say nothing to it. */
let scorer: string;

async function bundle(name: string, toml: string, preprocess: string, weights = new Map<string, never>()) {
  const [tensors, mapping, out] = ['safetensors', 'toml', 'bundle'].map((ending) =>
    join(root, `${name}.${ending}`),
  );
  await writeFile(tensors, encodeSafetensors(weights, {}));
  await writeFile(mapping, `name = "${name}"\n${toml}`);
  await runJson('model', 'import', tensors, '--mapping', mapping, '--preprocess', preprocess, '--out', out);
  return out;
}

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'blemish-alerts-'));
  const flatten = 'output = "embedding"\n[[layers]]\ntype = "flatten"\n';
  mirror = await bundle('mirror', `input = [3, ${height}, ${width}]\n${flatten}`, 'none');
  mono = await bundle('mono', `input = [1, ${height}, ${width}]\n${flatten}`, 'none');
  const layers =
    '[[layers]]\ntype = "flatten"\n[[layers]]\ntype = "dense"\nname = "mean"\nout = 1\n[[layers]]\ntype = "sigmoid"\n';
  const weights = new Map([
    ['mean.weight', { shape: [1, 3 * area], data: new Float32Array(3 * area).fill(1 / 36) }],
    ['mean.bias', { shape: [1], data: new Float32Array(1) }],
  ]);
  scorer = await bundle('scorer', `input = [3, ${height}, ${width}]\n${layers}`, 'l2-rows', weights as never);
});
afterAll(() => rm(root, { recursive: true, force: true }));

async function file(name: string, bytes: Uint8Array): Promise<string> {
  const path = join(root, name);
  await writeFile(path, bytes);
  return path;
}

async function reflect(model: string, ...args: string[]): Promise<number[][]> {
  const out = join(root, 'mirrored.npy');
  await runJson('embed', model, ...args, '--out', out);
  const { shape, data } = decodeNpy(await readFile(out));
  return Array.from({ length: shape[0] }, (_, n) =>
    [...data.subarray(n * shape[1], (n + 1) * shape[1])].map(Number),
  );
}

describe('alerts in Avro', () => {
  it('of a folder, a file of several and files put together have a row each, in order', async () => {
    await mkdir(join(root, 'night', 'deeper'), { recursive: true });
    await file('night/a.avro', await container(ztfSchema, alerts(0)));
    await file('night/deeper/b.avro', await container(ztfSchema, alerts(1, 2), { codec: 'deflate' }));
    await file('night/notes.md', Buffer.from('not an alert'));
    const both = [await container(ztfSchema, alerts(3)), await container(ztfSchema, alerts(4))];
    const joined = await file('joined.avro', Buffer.concat(both));
    const inputs = [join(root, 'night'), joined];
    expect(await reflect(mirror, ...inputs)).toEqual([0, 1, 2, 3, 4].map(stampOf));
    const out = join(root, 'scores.parquet');
    const summary = await runJson<Scores>('predict', scorer, ...inputs, '--out', out);
    expect(summary).toMatchObject({ stamps: 5, files: 3, unscored: {}, failed: [] });
    const rows = await parquetReadObjects({ file: await asyncBufferFromFile(out) });
    expect(rows).toMatchObject([0, 0, 1, 0, 1].map((index) => ({ index })));
    expect(rows[3]).toMatchObject({
      path: joined,
      reason: null,
      candid: '2475433850015015003',
      object_id: 'ZTF25test3',
      ra: 13,
      dec: -3,
      mjd: 60003,
      survey_score: null,
    });
    expect(rows[2]).toMatchObject({ survey_score: 0.75 });
    expect(rows.every((row) => (row['probability'] as number) > 0.5)).toBe(true);
    const table = join(root, 'embedded.csv');
    await runJson('embed', mirror, joined, '--out', table);
    expect((await readFile(table, 'utf8')).split('\n')[0]).toMatch(/e_35,reason,candid,object_id,ra,dec,mjd/);
  });

  it('that cannot be judged have no score but a reason, and the rest goes on', async () => {
    const [good, ...bad] = alerts(0, 1, 2, 3, 4, 5, 6, 7);
    const stamp = (stampData: Uint8Array) => ({ fileName: '', stampData });
    const packed = packedStamp(testPlane(2, 1, area), height, width);
    packed[packed.length - 12] ^= 0xff;
    const fits = (data: Float32Array | null, shape: number[]) =>
      gzipSync(encodeHdu({ header: new Header(), shape, data }, true));
    const broken = [
      { ...bad[0], cutoutTemplate: null },
      { ...bad[1], cutoutTemplate: stamp(packed) },
      { ...bad[2], cutoutDifference: stamp(packedStamp(new Float32Array(area).fill(NaN), height, width)) },
      { ...bad[3], cutoutTemplate: stamp(packedStamp(new Float32Array(area).fill(5), height, width)) },
      { ...bad[4], cutoutScience: stamp(packedStamp(new Float32Array(25), 5, 5)) },
      { ...bad[5], cutoutScience: stamp(fits(null, [])) },
      { ...bad[6], cutoutScience: stamp(Buffer.from('GIF89a')) },
    ];
    const other = {
      type: 'record',
      name: 'alert',
      fields: [
        { name: 'schemavsn', type: 'string' },
        { name: 'candid', type: 'long' },
      ],
    };
    const unknown = await container(other, [{ schemavsn: '9.0', candid: 12n }]);
    const path = await file(
      'bad.avro',
      Buffer.concat([
        await container(ztfSchema, [...broken, good]),
        unknown,
        await container(ztfSchema, [good]),
      ]),
    );
    const { code, out } = await run('predict', scorer, path, '--json');
    const { predictions, unscored, stamps, failed } = JSON.parse(out) as Scores;
    expect(predictions.map(({ reason }) => reason)).toEqual([
      'cutoutTemplate is missing',
      'cutoutTemplate is damaged (gzip)',
      'no pixel of channel 2 has a value',
      'all pixels of channel 1 have one value',
      'cutoutScience is 5 × 5 pixels (width × height), the model takes 4 × 3; see --fit',
      'cutoutScience holds no image',
      'cutoutScience holds 6 bytes that are neither FITS, npy nor numbers',
      null,
      'no field cutoutScience, cutoutTemplate, cutoutDifference (schema version 9.0); see --channels',
      null,
    ]);
    for (const { probability, reason } of predictions) expect(probability === null).toBe(reason !== null);
    expect(predictions[1]).toMatchObject({ candid: '2475433850015015002', ra: 12 });
    expect(predictions[8]).toMatchObject({ candid: '12', object_id: null });
    expect({ code, stamps, failed }).toEqual({ code: 0, stamps: 10, failed: [] });
    expect(Object.keys(unscored)).toHaveLength(8);
    expect(unscored['cutoutTemplate is damaged (gzip)']).toBe(1);
    const plain = await run('predict', scorer, path);
    expect(plain.err).toContain('no probability for 1: cutoutTemplate is missing\n');
    expect(plain.err).toContain('10 stamps, 8 of them without a probability');
  });

  it('in damaged files are named, with the byte, and what is whole is scored', async () => {
    const whole = await container(ztfSchema, alerts(0, 1));
    const cut = await file('cut.avro', Buffer.concat([whole, whole.subarray(0, whole.length - 9)]));
    const none = await file('none.avro', Buffer.from('{"candid": 1}'));
    const { code, out } = await run('predict', scorer, cut, none, '--json');
    const { predictions, failed } = JSON.parse(out) as Scores;
    expect(code).toBe(1);
    expect(failed.map((each) => each.code)).toEqual(['ALERT_DAMAGED', 'ALERT_DAMAGED']);
    expect(failed[0].error).toMatch(/cut\.avro: damaged at byte \d+: is cut off/);
    expect(predictions.map(({ probability }) => probability !== null)).toEqual([true, true, false, false]);
    expect(predictions[3]['reason']).toMatch(/^damaged at byte 0: is no Avro file/);
  });

  it('take one channel where it is named, and say what is wrong with --channels', async () => {
    const path = await file('one.avro', await container(ztfSchema, alerts(2)));
    expect(await reflect(mono, path, '--channels', 'cutoutDifference')).toEqual([[...testPlane(2, 2, area)]]);
    const unnamed = await run('embed', mono, path, '--out', join(root, 'x.npy'));
    expect(unnamed.err).toContain('the model takes 1 channel: say which fields of an alert they are');
    const two = await run('predict', scorer, path, '--channels', 'cutoutScience,cutoutDifference');
    expect(two.err).toContain('--channels names 2, the model takes 3 channels');
    expect([unnamed.code, two.code]).toEqual([3, 3]);
  });
});

describe('other containers', () => {
  const columns = (cell: (n: number, channel: number) => unknown) =>
    ['cutoutScience', 'cutoutTemplate', 'cutoutDifference'].map((name, channel) => ({
      name,
      data: [0, 1, 2].map((n) => cell(n, channel)),
    }));
  const parquet = (list: readonly { name: string; data: readonly unknown[]; type?: string }[]) =>
    new Uint8Array(parquetWriteBuffer({ columnData: list as never, rowGroupSize: 2 }));

  it('Parquet has FITS, lists or bare numbers in a column for each channel, or whole stamps in one', async () => {
    const fits = columns(
      (n, channel) => new Uint8Array(packedStamp(testPlane(n, channel, area), height, width)),
    );
    const ids = { name: 'diaSourceId', data: [0n, 1n, 2n].map((n) => 170595940828184636n + n) };
    const path = await file(
      'rubin.parquet',
      parquet([ids, ...fits.map((each) => ({ ...each, type: 'BYTE_ARRAY' }))]),
    );
    expect(await reflect(mirror, path)).toEqual([0, 1, 2].map(stampOf));
    const { predictions } = await runJson<Scores>('predict', scorer, path);
    expect(predictions.map(({ candid }) => candid)).toEqual(ids.data.map(String));
    const bare = columns((n, channel) => new Uint8Array(testPlane(n, channel, area).buffer));
    const named = bare.map(({ data }, k) => ({ name: 'abc'[k], data, type: 'BYTE_ARRAY' }));
    const own = await file('bare.parquet', parquet(named));
    expect(await reflect(mirror, own, '--channels', 'a,b,c')).toEqual([0, 1, 2].map(stampOf));
    const refused = await run('predict', scorer, own);
    expect(refused.err).toContain(
      'no column cutoutScience, cutoutTemplate, cutoutDifference; name those of the stamps',
    );
    const whole = { name: 'stamp', data: [0, 1].map((n) => encodeNpyOf(n)), type: 'BYTE_ARRAY' };
    expect(await reflect(mirror, await file('whole.parquet', parquet([whole])))).toEqual([0, 1].map(stampOf));
  });

  const encodeNpyOf = (n: number) =>
    encodeNpy({ shape: [3, height, width], data: Float32Array.from(stampOf(n)) });

  it('HDF5 has a stack, of which a part is read at a time', async () => {
    const { default: h5wasm } = await import('h5wasm/node');
    await h5wasm.ready;
    const path = join(root, 'stack.h5');
    const stack = new h5wasm.File(path, 'w');
    const data = new Float32Array(5 * 3 * area);
    for (let n = 0; n < 5; n++)
      for (let i = 0; i < area; i++)
        for (let c = 0; c < 3; c++) data[(n * area + i) * 3 + c] = testPlane(n, c, area)[i];
    stack.create_dataset({ name: 'images', data, shape: [5, height, width, 3] });
    stack.create_dataset({ name: 'classes', data: new Int32Array(5), shape: [5] });
    stack.close();
    expect(await reflect(mirror, path)).toEqual([0, 1, 2, 3, 4].map(stampOf));
    expect(await reflect(mirror, `${path}[images]`)).toEqual([0, 1, 2, 3, 4].map(stampOf));
    const { err } = await run('predict', scorer, `${path}[other]`);
    expect(err).toContain("holds no array 'other'; there are: images");
    const junk = await run('predict', scorer, await file('junk.h5', Buffer.from('no HDF5')));
    expect([junk.code, junk.err.includes('cannot be read as HDF5')]).toEqual([3, true]);
  });
});

describe('--fit', () => {
  it('keeps the middle pixel in the middle; missing pixels around', async () => {
    const numbers = (side: number) => Float32Array.from({ length: side * side }, (_, i) => i + 1);
    const small = await file('small.npy', encodeNpy({ shape: [1, 2, 2], data: numbers(2) }));
    const large = await file('large.npy', encodeNpy({ shape: [1, 7, 7], data: numbers(7) }));
    // The model takes 3 × 4 with (1, 2) in the middle: (1, 1) of 2 × 2, (3, 3) of 7 × 7.
    expect(await reflect(mono, small, '--fit', 'pad')).toEqual([[0, 1, 2, 0, 0, 3, 4, 0, 0, 0, 0, 0]]);
    expect(await reflect(mono, large, '--fit', 'crop')).toEqual([
      [2, 3, 4].flatMap((y) => [1, 2, 3, 4].map((x) => 7 * y + x + 1)),
    ]);
    expect(await reflect(mono, small, large, '--fit', 'pad-crop')).toHaveLength(2);
    const refused = await run('embed', mono, small, '--fit', 'crop', '--out', join(root, 'x.npy'));
    expect(refused.err).toContain(
      'holds stamps of 2 × 2 pixels (width × height), the model takes 4 × 3 (--fit crop)',
    );
    const other = testAlert(0, 5, 5);
    const path = await file('five.avro', await container(ztfSchema, [other]));
    const rows = await reflect(mono, path, '--channels', 'cutoutScience', '--fit', 'crop');
    expect(rows).toEqual([[1, 2, 3].flatMap((y) => [0, 1, 2, 3].map((x) => 5 * y + x))]);
  });
});

describe.skipIf(dataRoot === null)('real alerts', () => {
  const folder = join(dataRoot ?? '', 'ztf-alerts');

  it("ZTF's packets get ZTF's scores from its published network", { timeout: 60_000 }, async () => {
    const braai = join(root, 'braai');
    const from = [
      join(folder, 'braai-d6_m7.weights.h5'),
      '--architecture',
      join(folder, 'braai-d6_m7.architecture.json'),
    ];
    await runJson('model', 'import', ...from, '--preprocess', 'l2-rows', '--classes', 'real', '--out', braai);
    const { predictions } = await runJson<Scores>('predict', braai, join(folder, 'avro'));
    expect(predictions).toHaveLength(27);
    const differences = predictions.map(({ probability, survey_score: score }) =>
      Math.abs((probability as number) - (score as number)),
    );
    // The other two lack half of the science image; what the survey put there is not known.
    const same = differences.filter((difference) => difference < 1e-3);
    expect(same).toHaveLength(25);
    expect(Math.max(...same)).toBeLessThan(1e-6);
    const others = ['pgir-avro', 'wntr-avro', 'turbo-avro'].map((name) => join(folder, name));
    const elsewhere = await runJson<Scores>('predict', braai, ...others, '--fit', 'pad-crop');
    expect(elsewhere).toMatchObject({ stamps: 12, unscored: {}, failed: [] });
    const rubin = join(dataRoot!, 'rubin-alerts', 'rubin_sample_data_10_0.parquet');
    const scores = await runJson<Scores>('predict', braai, rubin, '--fit', 'pad-crop');
    expect(scores).toMatchObject({ stamps: 25, unscored: {} });
    expect(scores.predictions.every((row) => typeof row['survey_score'] === 'number')).toBe(true);
    expect(scores.predictions[0]).toMatchObject({ candid: '169813006680588318', mjd: 61041.2257173097 });
  });
});

describe('a catalogue of positions', () => {
  it('has what spoils a training told: two labels, two tables, no position', async () => {
    const folder = join(root, 'catalogue');
    await mkdir(folder);
    const table = (name: string, rows: string) => writeFile(join(folder, name), `,RA,dec,label\n${rows}`);
    await table('train.csv', '0,10,-5,0\n1,359.9999,20,1\n2,10,-5,1\n3,50,91,0\n');
    await table('val.csv', '7,0.0001,20,1\n');
    await table('test.csv', '8,10,-5,1\n9,70,1,\n');
    const check = async (...options: string[]) => {
      const { code, out } = await run('dataset', 'check', folder, '--json', ...options);
      expect(code).toBe(1);
      return JSON.parse(out) as Record<string, unknown[]>;
    };
    const exact = await check();
    expect(exact['tables']).toMatchObject([{ rows: 4 }, { rows: 1 }, { rows: 2 }]);
    expect(exact['conflicts']).toMatchObject([
      [
        { table: 'train.csv', row: 1, label: '0' },
        { table: 'train.csv', row: 3, label: '1' },
        { table: 'test.csv', row: 1, label: '1' },
      ],
    ]);
    expect(exact['leaked']).toHaveLength(1);
    expect(exact['invalid']).toMatchObject([
      { table: 'train.csv', row: 4, what: 'RA 50, dec 91 is no position in degrees' },
      { table: 'test.csv', row: 2, what: 'has no label' },
    ]);
    // Across 0 h, 0.0002° cos 20° = 0.68 arcsec apart.
    expect((await check('--radius', '0.67'))['leaked']).toHaveLength(1);
    expect((await check('--radius', '0.69'))['leaked']).toHaveLength(2);
    const text = await run('dataset', 'check', join(folder, 'train.csv'));
    expect(text.out).toContain('of them with different labels: 1');
  });

  it.skipIf(dataRoot === null)('finds the 779 positions of the DES set with two labels', async () => {
    const { out, code } = await run('dataset', 'check', join(dataRoot ?? '', 'des-lsbg-coordinates'));
    expect(out).toContain('of them with different labels: 779\n');
    expect(code).toBe(1);
  });
});

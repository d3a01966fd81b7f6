import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import avsc from 'avsc';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AlertProblem, parseAvroSchema } from '../src/alerts/avro-schema.ts';
import { AvroCursor, readAvro, skipAvro } from '../src/alerts/avro-values.ts';
import { readPlainFits } from '../src/alerts/plain-fits.ts';
import type { StampInput } from '../src/bundle-description.ts';
import { openAvroAlerts } from '../src/stamps/avro-source.ts';
import type { ReadStamp } from '../src/stamps/types.ts';
import { container, packedStamp, testAlert, testPlane, ztfSchema } from './helpers/avro.ts';

const input: StampInput = { channels: 3, height: 3, width: 4, layout: 'channels-first' };
let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'blemish-avro-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

async function stampsOf(bytes: Uint8Array): Promise<ReadStamp[]> {
  const path = join(root, 'alerts.avro');
  await writeFile(path, bytes);
  const stream = await openAvroAlerts(path, input, {});
  const stamps: ReadStamp[] = [];
  try {
    for await (const block of stream.blocks(2))
      for (const stamp of block.stamps) stamps.push({ ...stamp, values: stamp.values?.slice() ?? null });
  } finally {
    await stream.close();
  }
  return stamps;
}

const planes = (n: number): number[] => [0, 1, 2].flatMap((channel) => [...testPlane(n, channel, 12)]);
const alerts = (...numbers: number[]) => numbers.map((n) => testAlert(n, 3, 4));

describe('values are those that avsc writes', () => {
  /** Every kind of type but arrays and maps, which are passed over. */
  const schema = {
    type: 'record',
    name: 'all',
    namespace: 'a.b',
    fields: [
      { name: 'flag', type: 'boolean' },
      { name: 'whole', type: 'int' },
      { name: 'far', type: 'long' },
      { name: 'list', type: { type: 'array', items: ['null', { type: 'map', values: 'double' }] } },
      { name: 'single', type: 'float' },
      { name: 'double', type: ['double', 'null'] },
      { name: 'hash', type: { type: 'fixed', name: 'hash', size: 5 } },
      { name: 'band', type: { type: 'enum', name: 'band', symbols: ['g', 'r', 'i'] } },
      { name: 'again', type: ['null', 'hash', 'string'] },
      { name: 'text', type: 'string' },
      { name: 'raw', type: 'bytes' },
      { name: 'bands', type: ['a.b.band', 'null'] },
      {
        name: 'inner',
        type: { type: 'record', name: 'inner', fields: [{ name: 'next', type: ['null', 'inner'] }] },
      },
    ],
  } as const;
  const type = avsc.Type.forSchema(schema as unknown as avsc.Schema);

  it('read and passed over, to the last byte', () => {
    const ours = parseAvroSchema(JSON.stringify(schema));
    for (let k = 0; k < 300; k++) {
      const bytes = type.toBuffer(type.random());
      const value = type.fromBuffer(bytes) as Record<string, unknown>;
      const cursor = new AvroCursor(bytes);
      const read = readAvro(ours, cursor, true);
      expect(cursor.at).toBe(bytes.length);
      const bare = (each: unknown): unknown =>
        each instanceof Uint8Array
          ? [...each]
          : typeof each === 'object' && each !== null
            ? entries(each)
            : each;
      const entries = (each: object): unknown =>
        Object.fromEntries(Object.entries(each).map(([name, inner]) => [name, bare(inner)]));
      expect(entries(read as object)).toEqual(entries({ ...value, list: null }));
      const skipped = new AvroCursor(bytes);
      skipAvro(ours, skipped);
      expect(skipped.at).toBe(bytes.length);
    }
  });

  it('64-bit numbers to the last digit, doubles where they hold them', () => {
    for (const value of [0n, -1n, 63n, -64n, 2n ** 53n - 1n, 2n ** 53n + 1n, 2n ** 63n - 1n, -(2n ** 63n)]) {
      const bytes: number[] = [];
      for (let rest = BigInt.asUintN(64, (value << 1n) ^ (value >> 63n)); ; rest >>= 7n) {
        bytes.push(Number(rest & 0x7fn) | (rest > 0x7fn ? 0x80 : 0));
        if (rest <= 0x7fn) break;
      }
      const read = new AvroCursor(Uint8Array.from(bytes)).long();
      expect(BigInt(read)).toBe(value);
      expect(typeof read).toBe(value >= -(2n ** 53n) + 1n && value < 2n ** 53n ? 'number' : 'bigint');
    }
  });

  it('schemas of real alerts are taken: defaults of another type, a field named twice, dotted names', () => {
    const read = parseAvroSchema(
      JSON.stringify({
        type: 'record',
        name: 'ztf.alert',
        fields: [
          { name: 'a', type: ['float', 'null'], default: null },
          { name: 'a', type: { type: 'record', name: 'ztf.alert.cutout', fields: [] } },
          { name: 'b', type: ['null', 'ztf.alert.cutout'] },
        ],
      }),
    );
    expect(read).toMatchObject({ kind: 'record', fields: [{ name: 'a' }, { name: 'a' }, { name: 'b' }] });
  });

  it.each([
    ['no JSON', '{', 'not JSON'],
    ['an unknown type', '"uint"', "unknown type 'uint'"],
    ['a type that is none', '{"type": 3}', '3 where a type belongs'],
    ['too deep', `${'{"type":"array","items":'.repeat(70)}"int"${'}'.repeat(70)}`, 'nested more than 64'],
  ])('a schema with %s is refused', (_, text, words) => {
    expect(() => parseAvroSchema(text)).toThrow(words);
    expect(() => parseAvroSchema(text)).toThrow(AlertProblem);
  });
});

describe('alerts of a container', () => {
  it.each(['null', 'deflate', 'snappy'] as const)(
    'come in order, of several blocks and files: %s',
    async (codec) => {
      const first = await container(ztfSchema, alerts(0, 1, 2, 3, 4), { codec, blockSize: 2000 });
      const stamps = await stampsOf(Buffer.concat([first, await container(ztfSchema, alerts(5), { codec })]));
      expect(stamps.map(({ reason }) => reason)).toEqual(new Array(6).fill(null));
      expect(stamps.map(({ values }) => [...values!])).toEqual([0, 1, 2, 3, 4, 5].map(planes));
      expect(stamps[5].facts).toEqual({
        candid: '2475433850015015005',
        objectId: 'ZTF25test5',
        ra: 15,
        dec: -5,
        mjd: 60005,
        surveyScore: null,
      });
      expect(stamps[4].facts?.surveyScore).toBe(0.75);
    },
  );

  it('the stamp itself is as @blemish/fits reads it, and by the short way', async () => {
    const { gunzipSync } = await import('node:zlib');
    const bytes = gunzipSync(packedStamp(testPlane(7, 1, 12), 3, 4));
    expect(readPlainFits(bytes)).toEqual({ width: 4, height: 3, data: testPlane(7, 1, 12) });
    // Cards that change what pixels mean, and files that are no such image, are left to the whole reader.
    const scaled = Buffer.from(bytes);
    scaled.write('BZERO   =                   10', scaled.indexOf('OBJECT  '));
    for (const other of [scaled, bytes.subarray(0, 2900), bytes.subarray(0, 100), Buffer.alloc(2880, 'x')])
      expect(readPlainFits(other)).toBeNull();
  });

  it('what stands behind damage is read', async () => {
    const file = await container(ztfSchema, alerts(0, 1, 2, 3, 4, 5), { blockSize: 2000 });
    const sync = file.subarray(file.length - 16);
    const second = file.indexOf(sync, file.indexOf(sync, file.indexOf(sync) + 1) + 1);
    const broken = Buffer.from(file);
    broken.fill(0xff, second - 40, second + 20);
    const stamps = await stampsOf(broken);
    const good = stamps.filter(({ values }) => values !== null);
    expect(stamps.filter(({ damage }) => damage).length).toBeGreaterThan(0);
    expect(good.length).toBeGreaterThanOrEqual(2);
    expect([...good.at(-1)!.values!]).toEqual(planes(5));
    const [cut] = (await stampsOf(file.subarray(0, file.length - 5))).filter(({ damage }) => damage);
    expect(cut.reason).toMatch(/^damaged at byte \d+: is cut off: a block needs \d+ bytes, \d+ are there$/);
    expect((await stampsOf(Buffer.from('no alert')))[0].reason).toContain(
      'is no Avro file with its schema inside',
    );
    expect((await stampsOf(Buffer.alloc(0)))[0].reason).toContain('is empty');
  });

  it(
    'whatever bytes are changed, each alert has a stamp or a reason, soon',
    { timeout: 60_000 },
    async () => {
      const file = await container(ztfSchema, alerts(0, 1, 2), { blockSize: 2000 });
      const flips = fc.array(fc.tuple(fc.nat(file.length - 1), fc.nat(255)), { minLength: 1, maxLength: 8 });
      const cut = fc.option(fc.nat(file.length));
      await fc.assert(
        fc.asyncProperty(flips, cut, async (changes, end) => {
          const bytes = Buffer.from(file.subarray(0, end ?? file.length));
          for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
          const stamps = await stampsOf(bytes);
          for (const { values, reason } of stamps) {
            expect(values === null).toBe(reason !== null);
            if (values !== null) expect(values).toHaveLength(36);
          }
        }),
        { numRuns: 200, seed: 7 },
      );
    },
  );

  it('absurd counts and lengths end at once', () => {
    const list = parseAvroSchema('{"type":"array","items":"null"}');
    const huge = Uint8Array.from([0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f, 0]);
    skipAvro(list, new AvroCursor(huge));
    const numbers = parseAvroSchema('{"type":"array","items":"int"}');
    expect(() => skipAvro(numbers, new AvroCursor(huge))).toThrow('end too early');
    const self = '{"type":"record","name":"r","fields":[{"name":"next","type":["null","r"]}]}';
    const chain = new Uint8Array(1000).fill(2);
    expect(() => readAvro(parseAvroSchema(self), new AvroCursor(chain), true)).toThrow(
      'nested more than 100',
    );
  });
});

import { deflateRaw, gzipSync } from 'node:zlib';
import { Header, encodeHdu } from '@blemish/fits';
import avsc from 'avsc';

/** An alert as ZTF writes it, of the fields that count here and some that are passed over. */
export interface TestAlert {
  readonly schemavsn: string;
  readonly objectId: string;
  readonly candid: bigint;
  readonly candidate: {
    readonly jd: number;
    readonly ra: number;
    readonly dec: number;
    readonly isdiffpos: string;
    readonly drb: number | null;
  };
  readonly prv_candidates: readonly { readonly jd: number; readonly magpsf: number | null }[] | null;
  readonly cutoutScience: Cutout | null;
  readonly cutoutTemplate: Cutout | null;
  readonly cutoutDifference: Cutout | null;
}

export interface Cutout {
  readonly fileName: string;
  readonly stampData: Uint8Array;
}

const cutout = {
  type: 'record',
  name: 'cutout',
  fields: [
    { name: 'fileName', type: 'string' },
    { name: 'stampData', type: 'bytes' },
  ],
} as const;

/** Fields in the order of ZTF's schema. */
export const ztfSchema = {
  type: 'record',
  name: 'alert',
  namespace: 'ztf',
  fields: [
    { name: 'schemavsn', type: 'string' },
    { name: 'objectId', type: 'string' },
    { name: 'candid', type: 'long' },
    {
      name: 'candidate',
      type: {
        type: 'record',
        name: 'candidate',
        fields: [
          { name: 'jd', type: 'double' },
          { name: 'ra', type: 'double' },
          { name: 'dec', type: 'double' },
          { name: 'isdiffpos', type: 'string' },
          { name: 'drb', type: ['null', 'float'] },
        ],
      },
    },
    {
      name: 'prv_candidates',
      type: [
        'null',
        {
          type: 'array',
          items: {
            type: 'record',
            name: 'prv',
            fields: [
              { name: 'jd', type: 'double' },
              { name: 'magpsf', type: ['null', 'float'] },
            ],
          },
        },
      ],
    },
    { name: 'cutoutScience', type: ['null', cutout] },
    { name: 'cutoutTemplate', type: ['null', 'cutout'] },
    { name: 'cutoutDifference', type: ['null', 'cutout'] },
  ],
} as const;

/** 64-bit numbers as bigints. */
const long = avsc.types.LongType.__with({
  fromBuffer: (buffer: Buffer) => buffer.readBigInt64LE(),
  toBuffer: (value: bigint) => {
    const buffer = Buffer.alloc(8);
    buffer.writeBigInt64LE(value);
    return buffer;
  },
  fromJSON: BigInt,
  toJSON: String,
  isValid: (value: unknown) => typeof value === 'bigint',
  compare: (a: bigint, b: bigint) => (a < b ? -1 : a > b ? 1 : 0),
});

type Done = (error: null, packed: Buffer) => void;

const codecs = {
  null: (data: Buffer, done: Done) => done(null, data),
  deflate: deflateRaw,
  snappy: (data: Buffer, done: Done) => done(null, Buffer.concat([literalSnappy(data), Buffer.alloc(4)])),
};

/** Snappy of literals alone, which is snappy all the same: the length, then pieces of at most 65536 bytes as they are. */
function literalSnappy(data: Buffer): Buffer {
  const parts: Buffer[] = [];
  const length: number[] = [];
  for (let rest = data.length; ; rest >>>= 7) {
    length.push((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0));
    if (rest <= 0x7f) break;
  }
  parts.push(Buffer.from(length));
  for (let at = 0; at < data.length; at += 65536) {
    const piece = data.subarray(at, at + 65536);
    parts.push(Buffer.from([61 << 2, (piece.length - 1) & 0xff, (piece.length - 1) >> 8]), piece);
  }
  return Buffer.concat(parts);
}

/** A container file of these records, written by avsc; blocks end where they reach `blockSize` bytes. */
export async function container(
  schema: object,
  records: readonly unknown[],
  { codec = 'null', blockSize }: { codec?: 'null' | 'deflate' | 'snappy'; blockSize?: number } = {},
): Promise<Buffer> {
  const type = avsc.Type.forSchema(schema as avsc.Schema, { registry: { long } });
  const encoder = new avsc.streams.BlockEncoder(type, {
    codec,
    codecs,
    blockSize,
    writeHeader: true,
  } as object);
  const chunks: Buffer[] = [];
  encoder.on('data', (chunk: Buffer) => chunks.push(chunk));
  const done = new Promise((resolve, reject) => encoder.on('end', resolve).on('error', reject));
  for (const record of records) encoder.write(record);
  encoder.end();
  await done;
  return Buffer.concat(chunks);
}

/** A stamp as surveys pack it: FITS of 32-bit floating-point numbers, gzipped. */
export function packedStamp(data: Float32Array, height: number, width: number): Buffer {
  const header = new Header();
  header.set('OBJECT', 'test');
  return gzipSync(encodeHdu({ header, shape: [height, width], data }, true));
}

/** Pixel of a stamp: 1000·n + 100·channel + its place, so that it tells where it is. */
export function testPlane(n: number, channel: number, area: number): Float32Array {
  return Float32Array.from({ length: area }, (_, i) => 1000 * n + 100 * channel + i);
}

/** Alert `n` with stamps of this size. */
export function testAlert(n: number, height: number, width: number): TestAlert {
  const stamp = (channel: number): Cutout => ({
    fileName: `${n}-${channel}.fits.gz`,
    stampData: packedStamp(testPlane(n, channel, height * width), height, width),
  });
  return {
    schemavsn: '4.02',
    objectId: `ZTF25test${n}`,
    candid: 2475433850015015000n + BigInt(n),
    candidate: { jd: 2460000.5 + n, ra: 10 + n, dec: -n, isdiffpos: 't', drb: n % 2 === 0 ? 0.75 : null },
    prv_candidates:
      n % 2 === 0
        ? null
        : [
            { jd: 2459999.5, magpsf: null },
            { jd: 2459998.5, magpsf: 19.25 },
          ],
    cutoutScience: stamp(0),
    cutoutTemplate: stamp(1),
    cutoutDifference: stamp(2),
  };
}

import { gzipSync } from 'node:zlib';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ByteSource, CardValue, FitsFile } from '../src/index.ts';
import { encodeHdu, FitsError, Header, memorySource, openFits } from '../src/index.ts';
import { decodeBigEndian, swapLoops } from '../src/image-data.ts';
import { openFitsFile } from '../src/node/index.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'blemish-fits-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** A file written by hand: header cards as [keyword, value], then raw data, then padding. */
function hdu(cards: [string, CardValue][], data: number[] | Uint8Array = [], pad = true): Uint8Array {
  const header = new Header();
  for (const [keyword, value] of cards) header.set(keyword, value);
  const head = header.toBytes();
  const length = pad ? Math.ceil(data.length / 2880) * 2880 : data.length;
  const bytes = new Uint8Array(head.length + length);
  bytes.set(head);
  bytes.set(data, head.length);
  return bytes;
}
const image = (bitpix: number, axes: number[], more: [string, CardValue][] = []): [string, CardValue][] => [
  ['SIMPLE', true],
  ['BITPIX', bitpix],
  ['NAXIS', axes.length],
  ...axes.map((n, i): [string, CardValue] => [`NAXIS${i + 1}`, n]),
  ...more,
];
const extension = (
  bitpix: number,
  axes: number[],
  more: [string, CardValue][] = [],
): [string, CardValue][] => [
  ['XTENSION', 'IMAGE'],
  ...image(bitpix, axes).slice(1),
  ['PCOUNT', 0],
  ['GCOUNT', 1],
  ...more,
];
const join2 = (...parts: Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts));
const open = (...parts: Uint8Array[]): Promise<FitsFile> =>
  openFits(memorySource(join2(...parts), 'night.fits'));

async function failure(action: Promise<unknown> | (() => unknown)): Promise<FitsError> {
  try {
    await (typeof action === 'function' ? action() : action);
  } catch (error) {
    expect(error).toBeInstanceOf(FitsError);
    return error as FitsError;
  }
  throw new Error('expected a FitsError');
}

describe('physical values', () => {
  it('apply BSCALE and BZERO, and BLANK becomes NaN while stored values stay', async () => {
    const more: [string, CardValue][] = [
      ['BSCALE', 0.5],
      ['BZERO', 10],
      ['BLANK', -1],
    ];
    const file = await open(hdu(image(16, [3], more), [0, 4, 255, 255, 128, 0]));
    const { data, shape } = await file.readImage(file.hdu(0));
    expect(shape).toEqual([3]);
    expect(data).toEqual(Float32Array.of(12, NaN, -16374));
    expect((await file.readStored(file.hdu(0))).data).toEqual(Int16Array.of(4, -1, -32768));
  });

  it('are Float32Array for BITPIX 8, 16 and -32, Float64Array otherwise unless float32 is asked for', async () => {
    for (const bitpix of [8, 16, 32, 64, -32, -64]) {
      const file = await open(hdu(image(bitpix, [2, 2]), new Uint8Array((4 * Math.abs(bitpix)) / 8)));
      const wide = ![8, 16, -32].includes(bitpix);
      expect((await file.readImage(file.hdu(0))).data).toBeInstanceOf(wide ? Float64Array : Float32Array);
      expect((await file.readImage(file.hdu(0), { as: 'float32' })).data).toEqual(new Float32Array(4));
    }
  });

  it('of 64-bit integers are rounded once, and BLANK is found by its exact value', async () => {
    const words = BigInt64Array.of(2n ** 62n + 1n, -5n, -(2n ** 63n), 2n ** 53n + 1n);
    const bytes = encodeHdu({ header: new Header(), shape: [4], data: words, blank: -5 }, true);
    const file = await open(bytes);
    const { data } = await file.readImage(file.hdu(0));
    expect([...data]).toEqual([2 ** 62, NaN, -(2 ** 63), 2 ** 53]);
  });

  it('leave the bytes of a file in memory alone', async () => {
    const bytes = hdu(image(-32, [1]), [63, 128, 0, 0]);
    const before = bytes.slice();
    const file = await openFits(memorySource(bytes));
    expect((await file.readImage(file.hdu(0))).data).toEqual(Float32Array.of(1));
    expect(bytes).toEqual(before);
  });

  it('swap the same with and without the vector code of Node, at any alignment', () => {
    for (const bitpix of [16, 32, 64, -32, -64]) {
      const bytes = Uint8Array.from({ length: 65 }, (_, i) => i * 37);
      const size = Math.abs(bitpix) / 8;
      const mine = new Uint8Array(bytes.subarray(1));
      swapLoops(mine.buffer, 0, 64 / size, size);
      const swapped = decodeBigEndian(bytes.subarray(1), bitpix);
      expect(new Uint8Array(swapped.buffer, swapped.byteOffset, 64)).toEqual(mine);
    }
  });
});

describe('files as they come', () => {
  it('padded EXTNAME, lower case, EXTVER, PRIMARY, numbers as text', async () => {
    const file = await open(
      hdu(image(8, [])),
      hdu(extension(8, [1], [['EXTNAME', '  sci   ']]), [1]),
      hdu(
        extension(
          8,
          [1],
          [
            ['EXTNAME', 'SCI'],
            ['EXTVER', 2],
          ],
        ),
        [2],
      ),
    );
    expect(file.hdus.map((found) => found.name)).toEqual(['', 'sci', 'SCI']);
    expect(file.hdu('SCI').index).toBe(1);
    expect(file.hdu('sci,2').index).toBe(2);
    expect(file.hdu('2').index).toBe(2);
    expect(file.hdu('primary').index).toBe(0);
    const error = await failure(() => file.hdu('N4'));
    expect(error).toMatchObject({ code: 'HDU_NOT_FOUND', path: 'night.fits' });
    expect(error.message).toContain(
      "no HDU 'N4'; there are: 0 (empty); 1 (sci, image 1); 2 (SCI,2, image 1)",
    );
    expect((await failure(() => file.hdu(7))).code).toBe('HDU_NOT_FOUND');
  });

  it('NAXIS = 0, NAXIS1 = 0, one, three and four dimensions', async () => {
    const file = await open(
      hdu(image(8, [])),
      hdu(extension(-32, [])),
      hdu(extension(16, [0, 5])),
      hdu(extension(8, [4]), [1, 2, 3, 4]),
      hdu(extension(8, [2, 3, 2]), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]),
      hdu(extension(8, [2, 1, 1, 1]), [5, 6]),
    );
    expect(file.hdus.map((found) => found.kind)).toEqual([
      'empty',
      'empty',
      'empty',
      'image',
      'image',
      'image',
    ]);
    expect(file.hdus.map((found) => found.shape)).toEqual([[], [], [], [4], [2, 3, 2], [1, 1, 1, 2]]);
    const rows = await file.readStored(file.hdu(4), { rows: [2, 4] });
    expect(rows).toEqual({ shape: [2, 2], data: Uint8Array.of(5, 6, 7, 8) });
    expect((await file.readImage(file.hdu(4), { rows: [3, 3] })).data.length).toBe(0);
    await expect(file.readImage(file.hdu(4), { rows: [2, 7] })).rejects.toThrow(
      /rows must be .* <= 6; got \[2, 7\]/,
    );
    expect(await failure(file.readImage(file.hdu(1)))).toMatchObject({ code: 'WRONG_HDU_KIND', hdu: 1 });
    expect(await failure(file.readTable(file.hdu(3)))).toMatchObject({ code: 'WRONG_HDU_KIND', hdu: 3 });
  });

  it('no padding at the end, junk behind the end, NUL behind END', async () => {
    const bare = await open(hdu(image(8, [3]), [1, 2, 3], false));
    expect(bare.problems).toEqual([]);
    expect((await bare.readStored(bare.hdu(0))).data).toEqual(Uint8Array.of(1, 2, 3));
    const junk = await open(hdu(image(8, [3]), [1, 2, 3]), new Uint8Array(5000).fill(7));
    expect([junk.hdus.length, junk.problems]).toEqual([1, []]);
    const nul = hdu(image(8, [1]), [1]);
    nul.fill(0, nul.indexOf(0x45, 4 * 80) + 3, 2880);
    expect((await open(nul)).hdus.length).toBe(1);
  });

  it('reads headers only, and of an image only the rows asked for', async () => {
    const data = new Float32Array(1000 * 1000);
    const header = new Header().set('EXTNAME', 'N1');
    const bytes = join2(
      encodeHdu({ header, shape: [1000, 1000], data }, true),
      encodeHdu({ header, shape: [1000, 1000], data }, false),
    );
    const reads: [number, number][] = [];
    const source: ByteSource = {
      ...memorySource(bytes),
      read(offset, length) {
        reads.push([offset, length]);
        return Promise.resolve(bytes.subarray(offset, offset + length));
      },
    };
    const file = await openFits(source);
    expect(file.hdus.length).toBe(2);
    expect(reads.reduce((sum, [, length]) => sum + length, 0)).toBeLessThan(100_000);
    reads.length = 0;
    await file.readImage(file.hdu(1), { rows: [10, 12] });
    expect(reads).toEqual([[file.hdu(1).dataOffset + 40_000, 8000]]);
  });

  it('inherits the primary header where the extension says so', async () => {
    const file = await open(
      hdu(
        image(
          8,
          [],
          [
            ['FILTER', 'g'],
            ['EXPTIME', 90],
            ['CRVAL1', 1],
            ['PV1_5', 3],
            ['EXTNAME', 'p'],
          ],
        ),
      ),
      hdu(
        extension(
          8,
          [1],
          [
            ['INHERIT', true],
            ['EXPTIME', 30],
            ['CTYPE1', 'RA---TAN'],
          ],
        ),
        [1],
      ),
      hdu(extension(8, [1]), [1]),
    );
    const merged = file.inheritedHeader(file.hdu(1));
    expect(merged.get('FILTER')).toBe('g');
    expect(merged.get('EXPTIME')).toBe(30);
    expect(merged.get('EXTNAME')).toBeUndefined();
    // A WCS is taken whole or not at all.
    expect(merged.get('PV1_5')).toBeUndefined();
    expect(merged.has('SIMPLE')).toBe(false);
    expect(file.inheritedHeader(file.hdu(2)).get('FILTER')).toBeUndefined();
  });

  it('unpacks .gz in the browser core and in Node alike', async () => {
    const plain = hdu(image(8, [3]), [1, 2, 3]);
    const path = join(folder, 'packed.fits');
    await writeFile(path, gzipSync(plain));
    for (const file of [
      await openFits(memorySource(new Uint8Array(gzipSync(plain)))),
      await openFitsFile(path),
    ]) {
      expect((await file.readStored(file.hdu(0))).data).toEqual(Uint8Array.of(1, 2, 3));
      await file.close();
    }
  });
});

describe('bad files', () => {
  const good = hdu(image(16, [100, 100]), new Uint8Array(20_000));

  it.each<[string, Uint8Array, Partial<FitsError>]>([
    ['empty', new Uint8Array(0), { code: 'EMPTY_FILE' }],
    ['text', new TextEncoder().encode('<html>404 not found</html>'), { code: 'NOT_FITS', byte: 0 }],
    ['cut in the header', good.subarray(0, 100), { code: 'TRUNCATED_HEADER', hdu: 0 }],
    [
      'header without END',
      join2(good.subarray(0, 240), new Uint8Array(2640).fill(32), new Uint8Array(9000)),
      { code: 'TRUNCATED_HEADER' },
    ],
    ['corrupt gzip', gzipSync(good).fill(0xaa, 30, 60), { code: 'BAD_GZIP' }],
    ['cut gzip', gzipSync(good).subarray(0, 60), { code: 'BAD_GZIP' }],
    [
      'nonsense BITPIX',
      hdu([
        ['SIMPLE', true],
        ['BITPIX', 12],
        ['NAXIS', 0],
      ]),
      { code: 'BAD_HEADER', keyword: 'BITPIX' },
    ],
    ['negative NAXIS1', hdu(image(8, [-5, 5])), { code: 'BAD_HEADER', keyword: 'NAXIS1' }],
    [
      'missing NAXIS2',
      hdu([
        ['SIMPLE', true],
        ['BITPIX', 8],
        ['NAXIS', 2],
        ['NAXIS1', 2],
      ]),
      { code: 'BAD_HEADER', keyword: 'NAXIS2' },
    ],
    [
      'NAXIS of a million',
      hdu([
        ['SIMPLE', true],
        ['BITPIX', 8],
        ['NAXIS', 1e6],
      ]),
      { code: 'BAD_HEADER', keyword: 'NAXIS' },
    ],
    ['overflowing NAXIS', hdu(image(8, [2 ** 40, 2 ** 40])), { code: 'TOO_LARGE' }],
  ])('%s', async (name, bytes, expected) => {
    const core = await failure(openFits(memorySource(bytes, 'bad.fits')));
    expect(core).toMatchObject({ ...expected, path: 'bad.fits' });
    expect(core.message).toMatch(/^bad\.fits.*: .*[.] .*\./);
    const path = join(folder, `${name}.fits`);
    await writeFile(path, bytes);
    expect(await failure(openFitsFile(path))).toMatchObject({ ...expected, path });
  });

  it('truncated data: what is there can be read, the rest says where it ends', async () => {
    const file = await open(hdu(image(8, [])), hdu(extension(16, [100, 100]), new Uint8Array(4000), false));
    expect(file.problems.map((problem) => problem.code)).toEqual(['TRUNCATED_DATA']);
    expect((await file.readStored(file.hdu(1), { rows: [0, 20] })).data.length).toBe(2000);
    expect(await failure(file.readImage(file.hdu(1)))).toMatchObject({
      code: 'TRUNCATED_DATA',
      hdu: 1,
      byte: 5760,
    });
  });

  it('a header that claims terabytes allocates nothing', async () => {
    const file = await open(hdu(image(-64, [1e6, 1e6])));
    const before = process.memoryUsage().arrayBuffers;
    expect((await failure(file.readImage(file.hdu(0)))).code).toBe('TOO_LARGE');
    expect((await failure(file.readImage(file.hdu(0), { rows: [0, 1000] }))).code).toBe('TRUNCATED_DATA');
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1e7);
  });

  it('a bad extension keeps those before it', async () => {
    const file = await open(hdu(image(8, [])), hdu(extension(8, [1]), [1]), hdu(extension(8, [-1])));
    expect(file.hdus.length).toBe(2);
    expect(file.problems[0]).toMatchObject({ code: 'BAD_HEADER', hdu: 2, keyword: 'NAXIS1' });
  });

  it('no file, a folder: READ_FAILED with the path', async () => {
    expect(await failure(openFitsFile(join(folder, 'none.fits')))).toMatchObject({
      code: 'READ_FAILED',
      path: join(folder, 'none.fits'),
    });
    expect(await failure(openFitsFile(folder))).toMatchObject({ code: 'READ_FAILED', path: folder });
  });
});

/** Whatever the bytes are: a FitsError or an answer, soon, and no memory that the file could not fill. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CardValue } from '../src/index.ts';
import { encodeHdu, FitsError, Header, memorySource, openFits, Wcs } from '../src/index.ts';
import { gunzipWhole } from '../src/byte-source.ts';

/** A small file of every kind of HDU, compressed by hand-written cards where the codec reads raw bytes. */
function sample(): Uint8Array {
  const header = new Header()
    .set('EXTNAME', 'N4')
    .set('CTYPE1', 'RA---TAN')
    .set('CTYPE2', 'DEC--TAN')
    .set('INHERIT', true);
  const parts = [
    encodeHdu({ header: new Header(), shape: [], data: null }, true),
    encodeHdu({ header, shape: [4, 5], data: new Uint16Array(20).fill(7) }, false),
    encodeHdu(
      {
        header: new Header().set('EXTNAME', 'CAT'),
        columns: [
          { name: 'id', values: Int32Array.of(1, 2, 3) },
          { name: 'label', values: ['a', 'bb', 'ccc'] },
          { name: 'trail', values: [Float32Array.of(1, 2), Float32Array.of(3), Float32Array.of(4)] },
        ],
      },
      false,
    ),
    compressed(),
    ascii(),
  ];
  return new Uint8Array(Buffer.concat(parts));
}

/** Two tiles of Rice-coded shorts: the first value, then blocks of which all differences are zero (code 0). */
function compressed(): Uint8Array {
  const tile = Uint8Array.of(0, 9, 0, 0);
  const bytes = encodeHdu(
    { header: new Header(), columns: [{ name: 'COMPRESSED_DATA', values: [tile, tile] }] },
    false,
  );
  const table = Header.parse(bytes);
  const extra: [string, CardValue][] = [
    ['ZIMAGE', true],
    ['ZCMPTYPE', 'RICE_1'],
    ['ZBITPIX', 16],
    ['ZNAXIS', 2],
    ['ZNAXIS1', 8],
    ['ZNAXIS2', 2],
    ['ZTILE1', 8],
    ['ZTILE2', 1],
    ['ZNAME1', 'BLOCKSIZE'],
    ['ZVAL1', 32],
    ['ZNAME2', 'BYTEPIX'],
    ['ZVAL2', 2],
  ];
  for (const [keyword, value] of extra) table.set(keyword, value);
  return new Uint8Array(
    Buffer.concat([table.toBytes(), bytes.subarray(Header.parse(bytes).toBytes().length)]),
  );
}

function ascii(): Uint8Array {
  const cards: [string, CardValue][] = [
    ['XTENSION', 'TABLE'],
    ['BITPIX', 8],
    ['NAXIS', 2],
    ['NAXIS1', 16],
    ['NAXIS2', 2],
    ['PCOUNT', 0],
    ['GCOUNT', 1],
    ['TFIELDS', 3],
    ['TBCOL1', 1],
    ['TFORM1', 'A4'],
    ['TTYPE1', 'name'],
    ['TBCOL2', 6],
    ['TFORM2', 'I4'],
    ['TNULL2', '-9'],
    ['TBCOL3', 11],
    ['TFORM3', 'E6.2'],
  ];
  const header = new Header();
  for (const [keyword, value] of cards) header.set(keyword, value);
  const data = new Uint8Array(2880).fill(32);
  data.set(new TextEncoder().encode('ab     12  1.5D1cd     -9    250'));
  return new Uint8Array(Buffer.concat([header.toBytes(), data]));
}

const base = sample();

/** Reads everything there is; true when nothing but FitsErrors came. */
async function readAll(bytes: Uint8Array): Promise<void> {
  try {
    const file = await openFits(memorySource(bytes, 'fuzz.fits'));
    for (const hdu of file.hdus) {
      Wcs.fromHeader(hdu.header)?.skyToPixel(...Wcs.fromHeader(hdu.header)!.pixelToSky(3, 4));
      file.inheritedHeader(hdu).toBytes();
      for (const read of [() => file.readImage(hdu), () => file.readStored(hdu), () => file.readTable(hdu)])
        await read().catch((error: unknown) => {
          if (!(error instanceof FitsError)) throw error;
          expect(error.path).toBe('fuzz.fits');
        });
    }
  } catch (error) {
    if (!(error instanceof FitsError)) throw error;
    expect(error.path).toBe('fuzz.fits');
  }
}

describe('a file of every kind of HDU', () => {
  it('reads whole', async () => {
    const file = await openFits(memorySource(base));
    expect(file.problems).toEqual([]);
    expect(file.hdus.map((hdu) => hdu.kind)).toEqual([
      'empty',
      'image',
      'table',
      'compressed-image',
      'ascii-table',
    ]);
    expect((await file.readStored(file.hdu(3))).data).toEqual(new Int16Array(16).fill(9));
    const table = await file.readTable(file.hdu(4));
    expect(table.column('name').values).toEqual(['ab', 'cd']);
    expect(table.column('col2').values).toEqual(Float64Array.of(12, NaN));
    expect(table.column('col2').nulls).toEqual(Uint8Array.of(0, 1));
    expect(table.column('col3').values).toEqual(Float64Array.of(15, 2.5));
    await expect(file.readTable(file.hdu(4), { columns: ['x'] })).rejects.toMatchObject({
      code: 'COLUMN_NOT_FOUND',
      hdu: 4,
    });
  });

  const budget = { numRuns: 1500, interruptAfterTimeLimit: 8000 };

  it('with bytes changed gives FitsErrors or answers', async () => {
    const before = process.memoryUsage().arrayBuffers;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(base.length - 1), fc.nat(255)), { minLength: 1, maxLength: 6 }),
        fc.oneof(fc.constant(base.length), fc.nat(base.length)),
        async (changes, length) => {
          const bytes = base.slice(0, length);
          for (const [at, value] of changes) if (at < length) bytes[at] = value;
          await readAll(bytes);
        },
      ),
      budget,
    );
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 ** 28);
  });

  it('with header values changed to anything gives FitsErrors or answers', async () => {
    const cards: number[] = [];
    for (let at = 0; at < base.length; at += 80)
      if (base[at + 8] === 0x3d && base[at + 9] === 0x20) cards.push(at);
    const odd = fc.oneof(
      fc.integer({ min: -3, max: 40 }).map(String),
      fc.constantFrom(
        '',
        'T',
        'F',
        '1E10',
        '2147483648',
        '9007199254740993',
        '1000000000',
        "'1PE(9)'",
        "'99999999J'",
        "'1QD'",
        "'PLIO_1'",
        "'GZIP_1'",
        "'GZIP_2'",
        "'HCOMPRESS_1'",
        "'X'",
        "'0A'",
        "'(2,3)'",
        '0.5',
        '-32',
        '64',
      ),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.constantFrom(...cards), odd), { minLength: 1, maxLength: 3 }),
        async (changes) => {
          const bytes = base.slice();
          for (const [at, value] of changes) bytes.set(new TextEncoder().encode(value.padEnd(70)), at + 10);
          await readAll(bytes);
        },
      ),
      budget,
    );
  });

  it('made of nothing but noise gives FitsErrors', async () => {
    await fc.assert(fc.asyncProperty(fc.uint8Array({ maxLength: 6000 }), readAll), { numRuns: 200 });
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        try {
          gunzipWhole(Uint8Array.of(0x1f, 0x8b, 8, 0, ...bytes), 'x');
        } catch (error) {
          return error instanceof FitsError && error.code === 'BAD_GZIP';
        }
        return true;
      }),
      { numRuns: 300 },
    );
  });
});

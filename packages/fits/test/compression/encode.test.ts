/** What is written here: read back here, by funpack and by astropy; and the same bytes as fpack's. */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { readLayout } from '../../src/compression/layout.ts';
import { TileTable } from '../../src/compression/tile-table.ts';
import type { Compression, StoredArray, StoredPixels } from '../../src/index.ts';
import { encodeHdu, Header, memorySource, openFits } from '../../src/index.ts';
import { openFitsFile } from '../../src/node/index.ts';
import { python } from '../oracle.ts';
import { cfitsio } from './cfitsio.ts';
import type { SampleImage } from './sample-images.ts';
import { expectSamePixels, sampleImages } from './sample-images.ts';

const tools = cfitsio();
afterAll(() => tools?.clear());

const isFloat = ({ data }: SampleImage): boolean =>
  data instanceof Float32Array || data instanceof Float64Array;

const compressions: readonly Compression[] = [
  { type: 'RICE_1' },
  { type: 'GZIP_1' },
  { type: 'GZIP_2' },
  { type: 'RICE_1', tile: [20, 33] },
  { type: 'GZIP_2', tile: [1000, 1000] },
];
const quantized: readonly Compression[] = [
  { type: 'RICE_1', quantize: { level: 4, dither: 0, seed: 1 } },
  { type: 'RICE_1', quantize: { level: 16, dither: 1, seed: 9999 } },
  { type: 'RICE_1', quantize: { level: 4, dither: 2, seed: 10000 } },
  { type: 'RICE_1', quantize: { level: -0.01, dither: 1, seed: 3 }, tile: [20, 33] },
  { type: 'GZIP_2', quantize: { level: 0, dither: 2, seed: 77 } },
];

async function readBack(bytes: Uint8Array): Promise<StoredArray> {
  const file = await openFits(memorySource(bytes, 'memory'));
  return (await file.readStored(file.hdus[1])).data;
}

const write = ({ shape, data }: SampleImage, compression: Compression): Uint8Array =>
  encodeHdu({ header: new Header(), shape, data, compression }, true);

const kindsFor = (image: SampleImage): readonly Compression[] =>
  isFloat(image) ? [...compressions, ...quantized] : compressions;

/** One file, an HDU for each compression. */
const writeAll = ({ shape, data }: SampleImage, kinds: readonly Compression[]): Uint8Array =>
  Buffer.concat(
    kinds.map((compression, i) => encodeHdu({ header: new Header(), shape, data, compression }, i === 0)),
  );

async function readAll(path: string): Promise<StoredPixels[]> {
  const file = await openFitsFile(path);
  const images: StoredPixels[] = [];
  for (const hdu of file.hdus) if (hdu.shape.length > 0) images.push(await file.readStored(hdu));
  await file.close();
  return images;
}

describe('compressed images written and read', () => {
  it.each(Object.entries(sampleImages))('%s', async (_name, image) => {
    for (const compression of compressions) {
      const data = await readBack(write(image, compression));
      if (!isFloat(image) || compression.type !== 'RICE_1')
        expectSamePixels(data, image.data, compression.type);
    }
    if (!isFloat(image)) return;
    for (const compression of quantized) {
      const data = (await readBack(write(image, compression))) as Float32Array;
      expect(Array.from(data, Number.isNaN)).toEqual(Array.from(image.data as Float32Array, Number.isNaN));
      if (compression.quantize!.dither === 2)
        expect(Array.from(data, (v) => v === 0)).toEqual(
          Array.from(image.data as Float32Array, (v) => v === 0),
        );
    }
  });

  it('keeps quantised values within half a step', async () => {
    const image = sampleImages['float64'];
    for (const dither of [0, 1, 2] as const) {
      const quantize = { level: -0.5, dither, seed: 5 };
      const data = (await readBack(write(image, { type: 'RICE_1', quantize }))) as Float64Array;
      const worst = (image.data as Float64Array).reduce(
        (max, v, i) => Math.max(max, Math.abs(v - data[i])),
        0,
      );
      expect(worst).toBeLessThanOrEqual(0.25 * (1 + 1e-5));
    }
  });

  it('any shape, tiling and values', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 3 }),
        fc.integer({ min: 1, max: 12 }),
        fc.integer({ min: 1, max: 80 }),
        fc.integer({ min: 1, max: 13 }),
        fc.integer({ min: 1, max: 81 }),
        fc.constantFrom('RICE_1', 'GZIP_1', 'GZIP_2'),
        fc.constantFrom(Uint8Array, Int16Array, Uint16Array, Int32Array, Uint32Array),
        fc.infiniteStream(fc.oneof(fc.constant(0), fc.integer({ min: -9, max: 9 }), fc.integer())),
        async (planes, height, width, tileHeight, tileWidth, type, ArrayType, values) => {
          const data = new ArrayType(planes * height * width);
          for (let i = 0; i < data.length; i++) data[i] = values.next().value as number;
          const image = { shape: [planes, height, width], data };
          const tile = [tileHeight, tileWidth] as const;
          expectSamePixels(await readBack(write(image, { type, tile })), data, type);
        },
      ),
      { numRuns: 100 },
    );
  });

  it('keeps the sign of zeros in lossless floats, also beside rows without a sign', async () => {
    const data = Float32Array.from({ length: 30 }, (_, i) => (i < 10 || i >= 20 ? 0 : -0));
    const back = await readBack(write({ shape: [3, 10], data }, { type: 'GZIP_2' }));
    expect(Array.from(back as Float32Array, (v) => Object.is(v, -0))).toEqual(
      Array.from(data, (v) => Object.is(v, -0)),
    );
  });

  it('refuses what cannot be written, naming it', () => {
    const image = sampleImages['int16'];
    expect(() => write(image, { type: 'RICE_1', tile: [0, 5] })).toThrow(/tile must be/);
    expect(() => write(image, { type: 'RICE_1', quantize: { level: 4, dither: 1, seed: 1 } })).toThrow(
      /quantize must be left out/,
    );
    const seedless = { type: 'RICE_1', quantize: { level: 4, dither: 1, seed: 0 } } as const;
    expect(() => write(sampleImages['float32'], seedless)).toThrow(/quantize.seed/);
  });
});

describe.skipIf(tools === null)('compressed images and cfitsio', () => {
  it('funpack reads the same pixels', { timeout: 300_000 }, async () => {
    // A file each: funpack 4.2 carries the kind of one HDU's tiles over to the next (in fpack's own files too).
    const path = join(tools!.folder, 'ours.fits');
    for (const [name, image] of Object.entries(sampleImages))
      for (const kind of kindsFor(image)) {
        // See fpack.test.ts for tiles with NaN.
        const narrow = kind.tile !== undefined && kind.tile[1] < image.shape.at(-1)!;
        if (image.hasNan && narrow) continue;
        // Of narrow tiles kept as gzipped floats, funpack 4.2 gives now the pixels and now another number, from one file.
        if (narrow && name === 'float32 too wide to quantise') continue;
        const label = `${name} ${JSON.stringify(kind)}`;
        writeFileSync(path, write(image, kind));
        const [mine] = await readAll(path);
        const [theirs] = await readAll(tools!.funpack(path)!);
        expect(theirs.shape, label).toEqual(image.shape);
        expectSamePixels(mine.data, theirs.data, label);
      }
  });

  interface Tiles {
    readonly bytes: Uint8Array[];
    readonly scales: number[];
    readonly zeros: number[];
  }

  async function tilesOf(bytes: Uint8Array): Promise<Tiles> {
    const file = await openFits(memorySource(bytes, 'memory'));
    const { storedHeader: header, dataOffset } = file.hdus[1];
    const layout = readLayout(header, {});
    const heap = dataOffset + (header.number('THEAP') ?? layout.rowBytes * header.number('NAXIS2')!);
    const table = new TileTable(layout, bytes.subarray(dataOffset, heap));
    const tiles = Array.from({ length: layout.tiles }, (_, i) => i);
    return {
      bytes: tiles.map((i) => {
        const { offset, length } = table.entry(i);
        return bytes.slice(heap + offset, heap + offset + length);
      }),
      scales: tiles.map((i) => table.scale(i)),
      zeros: tiles.map((i) => table.zero(i)),
    };
  }

  // cfitsio 4.2 takes one of its medians over leftovers of other rows where neighbouring pixels are equal floats.
  const comparable = Object.entries(sampleImages).filter(([name]) => name !== 'float32 with zeros');

  it.each(comparable)('fpack writes the same RICE bytes: %s', async (_name, image) => {
    const path = join(tools!.folder, 'plain.fits');
    writeFileSync(path, encodeHdu({ header: new Header(), shape: image.shape, data: image.data }, true));
    const packed = tools!.fpack(path, ['-r', '-q9999', '2'])!;
    const theirs = await tilesOf(new Uint8Array(readFileSync(packed)));
    const compression: Compression = isFloat(image)
      ? { type: 'RICE_1', quantize: { level: 2, dither: 1, seed: 9999 } }
      : { type: 'RICE_1' };
    const mine = await tilesOf(write(image, compression));
    // A tile of NaN alone may have any scale.
    const isBlank = (i: number): boolean => Number.isNaN(image.data[i * image.shape.at(-1)!]);
    mine.scales.forEach((scale, i) => {
      if (isBlank(i)) return;
      expect(scale).toBe(theirs.scales[i]);
      expect(mine.zeros[i]).toBe(theirs.zeros[i]);
    });
    // The gzipped tiles of what cannot be quantised depend on zlib's version and level.
    mine.bytes.forEach((tile, i) => {
      if (tile[0] !== 0x1f || tile[1] !== 0x8b) expect(tile).toEqual(theirs.bytes[i]);
    });
  });
});

describe.skipIf(python === null || tools === null)('compressed images and astropy', () => {
  it('astropy reads the same pixels, with valid checksums', { timeout: 300_000 }, async () => {
    const paths: string[] = [];
    for (const image of Object.values(sampleImages)) {
      // astropy 5 reads NaN as numbers in quantised images.
      if (image.hasNan) continue;
      const path = join(tools!.folder, `astropy-${paths.length}.fits`);
      writeFileSync(path, writeAll(image, kindsFor(image)));
      paths.push(path);
    }
    execFileSync(python!, [join(import.meta.dirname, 'read_with_astropy.py')], { input: paths.join('\n') });
    for (const path of paths) {
      const images = await readAll(path);
      const mine = images.map(({ data }) => Buffer.from(data.buffer, data.byteOffset, data.byteLength));
      expect(Buffer.concat(mine).equals(readFileSync(`${path}.bin`)), path).toBe(true);
    }
  });
});

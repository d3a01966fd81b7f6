import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Header } from '../src/index.ts';
import type { Compression, StoredArray } from '../src/index.ts';
import { FitsWriter, openFitsFile } from '../src/node/index.ts';

const [height, width] = [40, 37];
const size = height * width;
const wave = Array.from({ length: size }, (_, i) => (i * i) % 251);
const rice: Compression = { type: 'RICE_1' };
const quantised: Compression = { type: 'RICE_1', quantize: { level: 16, dither: 1, seed: 7 } };

const images: readonly { name: string; data: StoredArray; compression?: Compression }[] = [
  { name: 'float', data: new Float32Array(wave) },
  { name: 'int16', data: new Int16Array(wave) },
  { name: 'uint16', data: Uint16Array.from(wave, (v) => v + 40000) },
  { name: 'byte', data: new Uint8Array(wave) },
  { name: 'rice float', data: new Float32Array(wave), compression: quantised },
  { name: 'rice int16', data: Int16Array.from(wave, (v, i) => (i % 3 ? v : -v * 130)), compression: rice },
  { name: 'rice byte', data: new Uint8Array(wave), compression: rice },
  { name: 'rice int32', data: new Int32Array(wave), compression: rice },
];

describe('reading into an array that is there already', () => {
  let folder: string;
  let path: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'blemish-into-'));
    path = join(folder, 'all.fits');
    const writer = await FitsWriter.create(path);
    for (const { name, data, compression } of images) {
      const header = new Header().set('EXTNAME', name);
      await writer.append({ header, shape: [height, width], data, ...(compression && { compression }) });
    }
    await writer.close();
  });
  afterAll(() => rm(folder, { recursive: true }));

  for (const { name, data, compression } of images) {
    it(`gives the same values as a new one (${name})`, async () => {
      const file = await openFitsFile(path);
      try {
        const hdu = file.hdu(name);
        const { bitpix } = hdu;
        const fresh = await file.readStored(hdu);
        if (!compression?.quantize) expect(fresh.data).toEqual(data);
        const Type = { 8: Uint8Array, 16: Int16Array, 32: Int32Array, [-32]: Float32Array }[bitpix]!;
        const into = new Type(size).fill(99);
        const stored = await file.readStored(hdu, { into });
        expect(stored.data.buffer).toBe(into.buffer);
        expect(stored.data).toEqual(fresh.data);

        const physical = await file.readImage(hdu, { as: 'float32' });
        const pixels = new Float32Array(size).fill(NaN);
        const again = await file.readImage(hdu, { as: 'float32', into: pixels });
        expect(again.data.buffer).toBe(pixels.buffer);
        expect(again.data).toEqual(physical.data);

        // Of another length or type: left alone.
        const short = new Float32Array(size - 1).fill(5);
        expect((await file.readImage(hdu, { as: 'float32', into: short })).data).toEqual(physical.data);
        expect(short.every((value) => value === 5)).toBe(true);
        const wide = new Float64Array(size).fill(5);
        expect((await file.readStored(hdu, { into: wide })).data).toEqual(fresh.data);
        expect(wide.every((value) => value === 5)).toBe(true);
      } finally {
        await file.close();
      }
    });
  }

  it('reads rows into an array of as many', async () => {
    const file = await openFitsFile(path);
    try {
      for (const name of ['float', 'rice float']) {
        const whole = await file.readImage(file.hdu(name));
        const into = new Float32Array(5 * width);
        const part = await file.readImage(file.hdu(name), { rows: [7, 12], into });
        expect(part.data.buffer).toBe(into.buffer);
        expect(into).toEqual(whole.data.subarray(7 * width, 12 * width));
      }
    } finally {
      await file.close();
    }
  });
});

import fc from 'fast-check';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { dequantize } from '../../src/compression/dequantize.ts';
import { gunzipTile, gzipTile, shuffleBytes, unshuffleBytes, useGzip } from '../../src/compression/gzip.ts';
import { nodeGzip } from '../../src/compression/node-gzip.ts';
import { plioDecode } from '../../src/compression/plio.ts';
import { quantizeTile } from '../../src/compression/quantize.ts';
import { ditherRandoms, ditherStart } from '../../src/compression/random.ts';
import { riceDecode, riceEncode } from '../../src/compression/rice.ts';
import { TileError } from '../../src/compression/tile-error.ts';

const wrapped = { 1: Uint8Array, 2: Int16Array, 4: Int32Array } as const;

describe('RICE_1', () => {
  it.each([1, 2, 4] as const)('decodes what it encodes, %i bytes a pixel', (bytepix) => {
    const bits = bytepix * 8;
    const value = fc.oneof(
      fc.constant(0),
      fc.integer({ min: -4, max: 4 }),
      fc.integer({ min: -(2 ** (bits - 1)), max: 2 ** (bits - 1) - 1 }),
    );
    fc.assert(
      fc.property(
        fc.array(value, { minLength: 1, maxLength: 300 }),
        fc.integer({ min: 1, max: 70 }),
        (values, blockSize) => {
          const pixels = wrapped[bytepix].from(values);
          const bytes = riceEncode(pixels, { bytepix, blockSize }).slice();
          expect([...riceDecode(bytes, pixels.length, { bytepix, blockSize })]).toEqual([...pixels]);
        },
      ),
      { numRuns: 400 },
    );
  });

  it('decodes runs of zeros longer than a word', () => {
    // fs is 0 for a block of small differences; one of 1000 then is a thousand zeros and a one.
    const pixels = new Int32Array(32);
    pixels[31] = 500;
    const bytes = riceEncode(pixels, { bytepix: 4, blockSize: 32 }).slice();
    expect([...riceDecode(bytes, 32, { bytepix: 4, blockSize: 32 })]).toEqual([...pixels]);
  });

  it('is 32 bits and 5 bits a block for a constant', () => {
    const bytes = riceEncode(new Int32Array(2048).fill(-7), { bytepix: 4, blockSize: 32 });
    expect(bytes.length).toBe(Math.ceil((32 + 64 * 5) / 8));
  });

  it('refuses every shortened stream', () => {
    const pixels = Int32Array.from({ length: 200 }, (_, i) => (i * i * 7919) % 1000);
    const bytes = riceEncode(pixels, { bytepix: 4, blockSize: 32 }).slice();
    for (let length = 0; length < bytes.length; length++)
      expect(() => riceDecode(bytes.subarray(0, length), 200, { bytepix: 4, blockSize: 32 })).toThrow(
        TileError,
      );
  });
});

describe('GZIP', () => {
  afterEach(() => useGzip(null));

  it.each([
    ['portable', null],
    ['zlib', nodeGzip],
  ] as const)('%s: packs, unpacks, refuses damage', (_name, codec) => {
    useGzip(codec);
    const bytes = Uint8Array.from({ length: 3000 }, (_, i) => (i * i) % 251);
    const packed = gzipTile(bytes);
    expect(gunzipTile(packed, 3000)).toEqual(bytes);
    expect(gunzipTile(new Uint8Array(gzipSync(bytes)), 5000)).toEqual(bytes);
    expect(() => gunzipTile(packed, 2999)).toThrow(TileError);
    expect(() => gunzipTile(packed.subarray(0, packed.length - 9), 3000)).toThrow(TileError);
    const wrong = packed.slice();
    wrong[wrong.length - 6] ^= 1;
    expect(() => gunzipTile(wrong, 3000)).toThrow(TileError);
    expect(() => gunzipTile(new Uint8Array(30), 3000)).toThrow(/no gzip stream/);
  });

  it('shuffles bytes by significance and back', () => {
    expect([...shuffleBytes(Uint8Array.of(1, 2, 3, 4, 5, 6), 2)]).toEqual([1, 3, 5, 2, 4, 6]);
    const bytes = Uint8Array.from({ length: 56 }, (_, i) => i);
    for (const width of [2, 4, 8]) expect(unshuffleBytes(shuffleBytes(bytes, width), width)).toEqual(bytes);
  });
});

describe('PLIO_1', () => {
  const list = (...words: number[]): Uint8Array => {
    const header = [0, 7, -100, words.length + 7, 0, 0, 0];
    const bytes = new Uint8Array((header.length + words.length) * 2);
    const view = new DataView(bytes.buffer);
    [...header, ...words].forEach((word, i) => view.setInt16(i * 2, word));
    return bytes;
  };

  it('follows its instructions', () => {
    // Two zeros, three ones; value 5 and a run; zeros ending in a 5; then 7 and 4 by the one-pixel steps.
    const bytes = list(0x0002, 0x4003, 0x2004, 0x4002, 0x5003, 0x6002, 0x7003);
    expect([...plioDecode(bytes, 14)]).toEqual([0, 0, 1, 1, 1, 5, 5, 0, 0, 5, 7, 4, 0, 0]);
    expect([...plioDecode(list(0x1005, 0x0001, 0x4002), 3)]).toEqual([4101, 4101, 0]);
  });

  it('refuses lists that contradict themselves, and stays inside the tile', () => {
    expect(() => plioDecode(list(-1), 3)).toThrow(TileError);
    expect(() => plioDecode(list(0x1005), 3)).toThrow(TileError);
    expect(() => plioDecode(new Uint8Array(5), 3)).toThrow(TileError);
    expect([...plioDecode(list(0x4fff, 0x6001, 0x5fff), 3)]).toEqual([1, 1, 1]);
  });
});

describe('subtractive dither', () => {
  it('has the sequence of the standard', () => {
    // Appendix I: the 10,000th seed is 1043618065.
    expect(ditherRandoms()[9999]).toBe(Math.fround(1043618065 / 2147483647));
    expect(ditherRandoms()[0]).toBe(Math.fround(16807 / 2147483647));
    expect(ditherStart(0, 1)).toBe(0);
    expect(ditherStart(1, 10000)).toBe(0);
  });

  it('undoes itself to half a step, over the end of the sequence too', () => {
    const pixels = Float32Array.from({ length: 25000 }, (_, i) => Math.sin(i * i) * 50);
    for (const dither of [0, 1, 2] as const) {
      const how = { level: -1, dither, seed: 1 };
      const { values, scale, zero } = quantizeTile(pixels, 25000, how, 9998)!;
      const back = dequantize(values, { scale, zero, dither, start: 9998, blank: undefined }, true);
      expect(scale).toBe(1);
      let worst = 0;
      for (let i = 0; i < pixels.length; i++) worst = Math.max(worst, Math.abs(back[i] - pixels[i]));
      // zero is near -2^31 for dither 2.
      expect(worst).toBeLessThanOrEqual(0.5 + 1e-6);
    }
  });

  it('gives NaN for the blank and an exact zero for the zero of method 2, at every place', () => {
    const n = 37;
    for (let at = 0; at < n; at++) {
      const values = new Int32Array(n).fill(8);
      values[at] = -2147483647;
      values[(at + 1) % n] = -2147483646;
      const how = { scale: 2, zero: 1, dither: 2, start: 5, blank: -2147483647 } as const;
      for (const double of [false, true]) {
        const floats = dequantize(values, how, double);
        expect(floats[at]).toBeNaN();
        expect(floats[(at + 1) % n]).toBe(0);
        expect(floats.filter((v) => v > 15 && v < 19).length).toBe(n - 2);
      }
    }
  });
});

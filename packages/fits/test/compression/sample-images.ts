/** Small deterministic images of every stored type, with what compressors find hard in them. */
import { expect } from 'vitest';
import type { StoredArray } from '../../src/index.ts';

export interface SampleImage {
  readonly shape: readonly number[];
  readonly data: StoredArray;
  readonly hasNan?: boolean;
}

const height = 45;
const width = 70;

/** Uniform in [0, 1), the same numbers everywhere (mulberry32). */
export function uniform(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

function sky(seed: number): Float64Array {
  const random = uniform(seed);
  return Float64Array.from({ length: height * width }, (_, i) => {
    const x = i % width;
    const y = Math.floor(i / width);
    const noise = 5 * Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    return 100 + 0.3 * x + noise + 3000 * Math.exp(-((x - 30) ** 2 + (y - 20) ** 2) / 20);
  });
}

/** Every k-th-ish pixel set by `value`, others as they are. */
function sprinkle<T extends StoredArray>(data: T, share: number, value: number, seed: number): T {
  const random = uniform(seed);
  for (let i = 0; i < data.length; i++) if (random() < share) data[i] = value;
  return data;
}

const full = [height, width];
const integers = (low: number, high: number, seed: number, n = height * width): number[] => {
  const random = uniform(seed);
  return Array.from({ length: n }, () => Math.floor(low + random() * (high - low)));
};

const floats = Float32Array.from(sky(1));
const withNan = sprinkle(floats.slice(), 0.03, NaN, 2);
withNan.fill(NaN, 20 * width, 21 * width);

export const sampleImages: Readonly<Record<string, SampleImage>> = {
  int16: { shape: full, data: Int16Array.from(integers(-300, 300, 3)) },
  'int16 of the whole range': { shape: full, data: Int16Array.from(integers(-32768, 32768, 4)) },
  'int16 sky': { shape: full, data: Int16Array.from(sky(5)) },
  int32: { shape: full, data: Int32Array.from(integers(-300000, 300000, 6)) },
  'int32 of the whole range': { shape: full, data: Int32Array.from(integers(-(2 ** 31), 2 ** 31, 7)) },
  'int32 mask': { shape: full, data: sprinkle(new Int32Array(height * width), 0.02, 1030, 8) },
  'int32 zeros': { shape: full, data: new Int32Array(height * width) },
  uint16: { shape: full, data: Uint16Array.from(integers(0, 65536, 9)) },
  'uint16 small': { shape: full, data: Uint16Array.from(integers(0, 3000, 10)) },
  uint8: { shape: full, data: Uint8Array.from(integers(0, 256, 11)) },
  'uint8 sky': { shape: full, data: Uint8Array.from(sky(12), (v) => Math.min(v / 20, 255)) },
  'int16 cube': { shape: [3, 20, 31], data: Int16Array.from(integers(-99, 99, 13, 1860)) },
  'int16 row': { shape: [300], data: Int16Array.from(integers(0, 99, 14, 300)) },
  float32: { shape: full, data: floats },
  'float32 with zeros': { shape: full, data: sprinkle(floats.slice(), 0.2, 0, 15) },
  'float32 with NaN': { shape: full, data: withNan, hasNan: true },
  'float32 of NaN': { shape: full, data: new Float32Array(height * width).fill(NaN), hasNan: true },
  'float32 constant': { shape: full, data: new Float32Array(height * width).fill(3.5) },
  'float32 too wide to quantise': {
    shape: full,
    data: Float32Array.from(sky(16), (v, i) => v * 10 ** ((i * 7) % 30)),
  },
  'float32 cube': { shape: [3, 20, 31], data: floats.slice(0, 1860) },
  float64: { shape: full, data: sky(17) },
};

/** toEqual for pixels (NaN is NaN), without its time: only a difference is looked at closely. */
export function expectSamePixels(mine: StoredArray, wanted: StoredArray, label: string): void {
  let same = mine.constructor === wanted.constructor && mine.length === wanted.length;
  for (let i = 0; same && i < mine.length; i++)
    same = mine[i] === wanted[i] || (mine[i] !== mine[i] && wanted[i] !== wanted[i]);
  if (!same) expect(mine, label).toEqual(wanted);
}

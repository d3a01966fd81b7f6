import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  preprocessStamp,
  stampPreprocessNames,
  stampPreprocessings,
} from '../src/preprocess/stamp-preprocess.ts';
import type { StampPreprocessName } from '../src/preprocess/stamp-preprocess.ts';

/** Two channels of 2 × 2 pixels, one of them without a value. */
const pixels = [3, 4, 0, 0, NaN, 1, 2, 5];

function prepare(name: StampPreprocessName, values: readonly number[], channels = 2, width = 2) {
  const out = new Float32Array(values.length).fill(99);
  const present = preprocessStamp({ version: 1, name }, Float64Array.from(values), { channels, width }, out);
  return { present, values: [...out] };
}

describe('preprocessing of stamps', () => {
  // Of the second channel 1, 2, 5: mean 8/3, deviation √(26/9).
  const deviation = Math.sqrt(26 / 9);
  const root = Math.sqrt(29);
  it.each([
    ['none', [3, 4, 0, 0, 0, 1, 2, 5]],
    ['min-max', [0.75, 1, 0, 0, 0, 0, 0.25, 1]],
    [
      'standard',
      [
        1.25 / Math.sqrt(3.1875),
        2.25 / Math.sqrt(3.1875),
        -1.75 / Math.sqrt(3.1875),
        -1.75 / Math.sqrt(3.1875),
        0,
        (1 - 8 / 3) / deviation,
        (2 - 8 / 3) / deviation,
        (5 - 8 / 3) / deviation,
      ],
    ],
    ['l2', [0.6, 0.8, 0, 0, 0, 1 / Math.sqrt(30), 2 / Math.sqrt(30), 5 / Math.sqrt(30)]],
    ['l2-rows', [0.6, 0.8, 0, 0, 0, 1, 2 / root, 5 / root]],
    ['divide-255', [3 / 255, 4 / 255, 0, 0, 0, 1 / 255, 2 / 255, 5 / 255]],
  ] as const)('%s', (name, expected) => {
    const { present, values } = prepare(name, pixels);
    expect(present).toBe(true);
    expect(values).toEqual(expected.map(Math.fround));
  });

  it('is in double precision: values whose squares overflow a float32', () => {
    expect(prepare('l2-rows', [3e38, 4e38], 1).values).toEqual([0.6, 0.8].map(Math.fround));
  });

  it.each(stampPreprocessNames)('%s gives numbers for anything, and says where there was nothing', (name) => {
    expect(stampPreprocessings[name].description).not.toBe('');
    const pixel = fc.oneof(fc.float(), fc.constantFrom(NaN, Infinity, -Infinity, 0));
    fc.assert(
      fc.property(fc.array(pixel, { minLength: 12, maxLength: 12 }), (values) => {
        const { present, values: out } = prepare(name, values, 3);
        expect(out.every(Number.isFinite)).toBe(true);
        expect(present).toBe(values.some(Number.isFinite));
        if (!present) expect(out.every((value) => value === 0)).toBe(true);
      }),
    );
  });

  it('leaves a constant channel at 0 where its range or deviation would divide', () => {
    for (const name of ['min-max', 'standard'] as const)
      expect(prepare(name, [7, 7, 7, 7], 1).values).toEqual([0, 0, 0, 0]);
  });
});

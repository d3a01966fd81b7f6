import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { binStatistics, createPlane, meanBin } from '../src/index.ts';

/** The definition, one pixel at a time. */
function reference(
  data: Float32Array,
  mask: Uint8Array | null,
  width: number,
  height: number,
  factor: number,
) {
  const usable = (x: number, y: number) => {
    if (x < 0 || y < 0 || x >= width || y >= height) return null;
    const value = data[y * width + x];
    return Number.isFinite(value) && !(mask && mask[y * width + x] !== 0) ? value : null;
  };
  const bins = [];
  for (let j = 0; j < Math.ceil(height / factor); j++)
    for (let i = 0; i < Math.ceil(width / factor); i++) {
      const values: number[] = [];
      let total = 0;
      for (let y = j * factor; y < Math.min(height, (j + 1) * factor); y++)
        for (let x = i * factor; x < Math.min(width, (i + 1) * factor); x++) {
          total++;
          const value = usable(x, y);
          if (value === null) continue;
          values.push(value);
        }
      const n = values.length;
      const mean = values.reduce((a, b) => a + b, 0) / n;
      const rms = Math.sqrt(values.reduce((a, b) => a + (b - mean) ** 2, 0) / n);
      bins.push({
        mean: n ? mean : NaN,
        max: n ? Math.max(...values) : NaN,
        min: n ? Math.min(...values) : NaN,
        rms: n ? rms : NaN,
        maskedFraction: (total - n) / total,
      });
    }
  return bins;
}

const pixels = fc.oneof(
  { weight: 12, arbitrary: fc.float({ min: -1000, max: 1000, noNaN: true }) },
  { weight: 1, arbitrary: fc.constantFrom(NaN, Infinity, -Infinity) },
);
const image = fc
  .record({ width: fc.integer({ min: 1, max: 40 }), height: fc.integer({ min: 1, max: 40 }) })
  .chain(({ width, height }) =>
    fc.record({
      width: fc.constant(width),
      height: fc.constant(height),
      data: fc
        .array(pixels, { minLength: width * height, maxLength: width * height })
        .map((a) => Float32Array.from(a)),
      mask: fc.option(
        fc
          .array(fc.constantFrom(0, 0, 0, 1, 255), { minLength: width * height, maxLength: width * height })
          .map((a) => Uint8Array.from(a)),
      ),
      factor: fc.constantFrom(1, 2, 3, 4, 5, 8, 16),
    }),
  );

describe('binStatistics and meanBin', () => {
  it('match the definition on any image, mask and factor', () => {
    fc.assert(
      fc.property(image, ({ width, height, data, mask, factor }) => {
        const plane = createPlane(width, height, data);
        const got = binStatistics(plane, mask, { factor });
        const mean = meanBin(plane, mask, factor);
        const expected = reference(data, mask, width, height, factor);
        expect(got.width * got.height).toBe(expected.length);
        expected.forEach((bin, i) => {
          for (const key of ['mean', 'max', 'min', 'rms', 'maskedFraction'] as const) {
            if (Number.isNaN(bin[key])) expect(got[key][i], key).toBeNaN();
            else expect(Math.abs(got[key][i] - bin[key]), key).toBeLessThan(1e-3);
          }
          if (Number.isNaN(bin.mean)) expect(mean.data[i]).toBeNaN();
          else expect(Math.abs(mean.data[i] - bin.mean)).toBeLessThan(1e-3);
          expect(mean.maskedFraction[i]).toBeCloseTo(bin.maskedFraction, 6);
        });
      }),
      { numRuns: 150 },
    );
  });

  it('keeps its precision on a high sky', () => {
    const data = Float32Array.from({ length: 64 }, (_, i) => 60000 + (i % 2));
    const { mean, rms } = binStatistics(createPlane(8, 8, data), null);
    expect(mean[0]).toBe(60000.5);
    expect(rms[0]).toBeCloseTo(0.5, 5);
  });

  it('gives the same after an image of another size and mask went through the same memory', () => {
    const make = (w: number, h: number) =>
      createPlane(
        w,
        h,
        Float32Array.from({ length: w * h }, (_, i) => (i * 7919) % 1013),
      );
    const small = make(37, 23);
    const before = binStatistics(small, null);
    binStatistics(make(301, 199), new Uint8Array(301 * 199).fill(1), { factor: 4 });
    const mask = new Uint8Array(37 * 23);
    expect(binStatistics(small, mask)).toEqual(before);
  });

  it('names what the caller got wrong', () => {
    expect(() => binStatistics(createPlane(4, 4), null, { factor: 0 })).toThrow(/factor = 0/);
    expect(() => meanBin(createPlane(4, 4), new Uint8Array(15))).toThrow(/mask has 15/);
  });
});

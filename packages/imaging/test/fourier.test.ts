import { describe, expect, it } from 'vitest';
import { transform } from '../src/fourier.ts';

describe('transform', () => {
  it('has the phases of its definition, along both axes, and an inverse', () => {
    const [w, h] = [8, 4];
    const re = Float64Array.from({ length: w * h }, (_, i) => Math.sin(7 * i * i + 1));
    const im = Float64Array.from({ length: w * h }, (_, i) => Math.cos(5 * i * i + 2));
    const [gotRe, gotIm] = [re.slice(), im.slice()];
    transform(gotRe, gotIm, w, h);
    for (let v = 0; v < h; v++)
      for (let u = 0; u < w; u++) {
        let [a, b] = [0, 0];
        for (let y = 0; y < h; y++)
          for (let x = 0; x < w; x++) {
            const t = -2 * Math.PI * ((u * x) / w + (v * y) / h);
            a += re[y * w + x] * Math.cos(t) - im[y * w + x] * Math.sin(t);
            b += re[y * w + x] * Math.sin(t) + im[y * w + x] * Math.cos(t);
          }
        expect(gotRe[v * w + u]).toBeCloseTo(a, 10);
        expect(gotIm[v * w + u]).toBeCloseTo(b, 10);
      }
    transform(gotRe, gotIm, w, h, true);
    expect(Array.from(gotRe, (value, i) => Math.abs(value - re[i])).every((d) => d < 1e-12)).toBe(true);
    expect(Array.from(gotIm, (value, i) => Math.abs(value - im[i])).every((d) => d < 1e-12)).toBe(true);
    expect(() => transform(new Float64Array(12), new Float64Array(12), 3, 4)).toThrow(/power of two/);
    expect(() => transform(re, new Float64Array(4), w, h)).toThrow(/values for a plane/);
  });
});

import { describe, expect, it } from 'vitest';
import { Rng } from '@blemish/sky';
import { ccdViews, viewSettings } from '../src/index.ts';
import type { CcdPixels, ViewSettings } from '../src/index.ts';

const size = 16;
const settings = viewSettings.parse({ size, crops: 2 });

/** Noise of 10 ADU about 500, and Gaussian stars of 2 px. */
function ccd(
  width: number,
  height: number,
  stars: readonly { x: number; y: number; peak: number; sigma?: number }[] = [],
): CcdPixels {
  const rng = new Rng(20_261);
  const data = Float32Array.from({ length: width * height }, (_, i) => {
    const [x, y] = [i % width, Math.floor(i / width)];
    return stars.reduce(
      (sum, { x: u, y: v, peak, sigma = 2 }) =>
        sum + peak * Math.exp(-((x - u) ** 2 + (y - v) ** 2) / (2 * sigma * sigma)),
      rng.normal(500, 10),
    );
  });
  return { width, height, data };
}

function channel(views: Uint8Array, k: number, { crops }: ViewSettings = settings): Uint8Array {
  return views.filter((_, i) => i % (1 + crops) === k);
}

function brightest(view: Uint8Array): [x: number, y: number] {
  const at = view.indexOf(Math.max(...view));
  return [at % size, Math.floor(at / size)];
}

describe('ccdViews', () => {
  it('averages the whole CCD, whatever its sides are to the view', () => {
    // A ramp along y of 1 ADU a row: each cell's mean is known, and so is the level of a difference from the median.
    const [width, height] = [40, 100];
    const data = Float32Array.from({ length: width * height }, (_, i) => Math.floor(i / width));
    const whole = channel(ccdViews({ width, height, data }, null, settings), 0);
    const median = 49.5;
    const rms = 1.4826 * 25;
    for (let v = 0; v < size; v++) {
      // Mean of v·h/16 ≤ y < (v + 1)·h/16 for a ramp in steps of one row, weighed by the part of the row inside.
      const [from, to] = [(v * height) / size, ((v + 1) * height) / size];
      let sum = 0;
      for (let y = Math.floor(from); y < to; y++) sum += y * (Math.min(to, y + 1) - Math.max(from, y));
      const mean = sum / (to - from);
      const level = 96 + 16 * Math.asinh((mean - median) / (rms / 8));
      for (let u = 0; u < size; u++) expect(Math.abs(whole[v * size + u] - level)).toBeLessThanOrEqual(1.5);
    }
  });

  it('leaves out what is masked or has no value, and fills what has nothing else from its neighbours', () => {
    const plain = ccd(64, 64);
    const flat = channel(ccdViews(plain, null, settings), 0);
    const spoilt = { ...plain, data: plain.data.slice() };
    const mask = new Uint8Array(64 * 64);
    for (let y = 8; y < 24; y++)
      for (let x = 8; x < 24; x++) {
        spoilt.data[y * 64 + x] = x < 16 ? NaN : 60_000;
        if (x >= 16) mask[y * 64 + x] = 1;
      }
    const views = channel(ccdViews(spoilt, mask, settings), 0);
    // The noise of a cell's mean, a quarter of a pixel's, is up to 35 levels either way; the bright pixels would make 255, NaN 0.
    const near = (a: number, b: number): boolean => Math.abs(a - b) <= 70;
    expect(views.every((level, i) => near(level, flat[i]))).toBe(true);
  });

  it('crops around the brightest isolated stars, not around saturated ones, cosmic rays or edges', () => {
    const stars = [
      { x: 60, y: 70, peak: 3000 },
      { x: 120, y: 40, peak: 2000 },
      { x: 3, y: 100, peak: 9000 },
    ];
    const pixels = ccd(160, 128, stars);
    // A plateau, as a full well leaves it, and a cosmic ray.
    for (let y = 95; y < 101; y++) for (let x = 140; x < 146; x++) pixels.data[y * 160 + x] = 40_000;
    for (let k = 0; k < 12; k++) pixels.data[(20 + k) * 160 + 30] = 30_000;
    const views = ccdViews(pixels, null, settings);
    for (const [k, star] of [stars[0], stars[1]].entries()) {
      const [x, y] = brightest(channel(views, 1 + k));
      expect([Math.abs(x - size / 2) <= 1, Math.abs(y - size / 2) <= 1], JSON.stringify(star)).toEqual([
        true,
        true,
      ]);
    }
    const levels = [1, 2].map((k) => Math.max(...channel(views, k)));
    expect(levels).toEqual([3000, 2000].map((peak) => expect.closeTo(64 + 16 * Math.asinh(peak / 10), -0.9)));
  });

  it('sees neither level nor gain of a sky in rms, both in raw', () => {
    const pixels = ccd(128, 128, [{ x: 64, y: 64, peak: 1000 }]);
    const other = { ...pixels, data: pixels.data.map((value) => 3 * value + 4000) };
    const raw = viewSettings.parse({ size, crops: 2, scaling: 'raw' });
    const difference = (how: ViewSettings): number => {
      const [a, b] = [ccdViews(pixels, null, how), ccdViews(other, null, how)];
      return Math.max(...a.map((level, i) => Math.abs(level - b[i])));
    };
    expect(difference(settings)).toBeLessThanOrEqual(1);
    expect(difference(raw)).toBeGreaterThan(40);
    // 500 ADU in a range of −100 to 65,535, linear below a hundredth of it.
    const level = (255 * Math.asinh(600 / 65_635 / 0.01)) / Math.asinh(100);
    expect(channel(ccdViews(ccd(64, 64), null, raw), 0)[0]).toBeCloseTo(level, -0.6);
  });

  it('shows a CCD that is masked all over as it is, and one without values as 0', () => {
    const pixels = ccd(64, 64);
    expect(ccdViews(pixels, new Uint8Array(64 * 64).fill(1), settings)).toEqual(
      ccdViews(pixels, null, settings),
    );
    const empty = { width: 64, height: 64, data: new Float32Array(64 * 64).fill(NaN) };
    expect(Math.max(...ccdViews(empty, null, settings))).toBe(0);
    const dead = { width: 64, height: 64, data: new Float32Array(64 * 64).fill(7) };
    expect(new Set(channel(ccdViews(dead, null, settings), 0))).toEqual(new Set([96]));
  });

  it('takes a CCD smaller than a view', () => {
    const views = ccdViews(ccd(9, 12), null, settings);
    expect(views.length).toBe(size * size * 3);
    expect(() => ccdViews(ccd(9, 12), new Uint8Array(5), settings)).toThrow(RangeError);
  });
});

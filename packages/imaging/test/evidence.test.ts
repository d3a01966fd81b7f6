import { describe, expect, it } from 'vitest';
import {
  amplifierStep,
  columnStreaks,
  columnSums,
  createPlane,
  lineEvidence,
  ridgeMap,
  blockRows,
} from '../src/index.ts';
import type { Plane } from '../src/index.ts';
import { addMoffat, lcg } from './fixtures/synthetic.ts';

/** Unit Gaussian noise (Box–Muller). */
function noise(width: number, height: number, seed: number): Plane {
  const random = lcg(seed);
  const plane = createPlane(width, height);
  for (let i = 0; i < plane.data.length; i++) {
    plane.data[i] = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  }
  return plane;
}

const highest = (values: Float32Array) => values.reduce((a, b) => Math.max(a, b), -Infinity);
const strongest = (values: Float32Array) =>
  values.reduce((best, value, i) => (Math.abs(value) > Math.abs(values[best]) ? i : best), 0);

describe('ridges', () => {
  it('are in no star of 3.2 px or more, wherever in its pixel it lies', () => {
    const plane = noise(640, 640, 1);
    const random = lcg(2);
    for (let k = 0; k < 100; k++) {
      const [x, y] = [32 + 60 * (k % 10) + random(), 32 + 60 * Math.floor(k / 10) + random()];
      addMoffat(plane.data, 640, 640, x, y, 300 * 10 ** (2 * random()), 3.2 + 3 * random());
    }
    // The limit is six tenths of what a star keeps: only noise brings both neighbours of a faint peak near it.
    expect(highest(ridgeMap(plane, null, 1))).toBeLessThan(1.5);
  });

  it('are found in hot pixels and thin tracks, not where they are masked', () => {
    const plane = noise(256, 256, 3);
    for (let k = 0; k < 40; k++) plane.data[(60 + k) * 256 + 80 + (k >> 1)] += 30;
    plane.data[200 * 256 + 200] += 30;
    const map = ridgeMap(plane, null, 1);
    for (const [x, y] of [
      [80, 62],
      [98, 98],
      [200, 200],
    ] as const) {
      expect(map[(y >> 3) * 32 + (x >> 3)]).toBeGreaterThan(5);
    }
    const mask = new Uint8Array(256 * 256);
    mask[200 * 256 + 200] = 1;
    expect(ridgeMap(plane, mask, 1)[25 * 32 + 25]).toBe(0);
  });
});

describe('column streaks', () => {
  const [width, height] = [512, 1024];

  it('stay within the noise where there is none', () => {
    const { narrow, narrowLong, wide, wideLong } = columnStreaks(
      columnSums(noise(width, height, 4), null, 1),
    );
    // Of 8192 trials the largest of a unit normal lies near 3.8; the smaller of two comparisons is below that.
    for (const map of [narrow, narrowLong, wide, wideLong]) {
      expect(Math.abs(map[strongest(map)])).toBeLessThan(5);
    }
  });

  it('are found at their column with their sign, the long ones below the noise of a block', () => {
    const plane = noise(width, height, 5);
    for (let y = 256; y < height; y++) {
      plane.data[y * width + 100] -= 1.5;
      for (let x = 300; x < 306; x++) plane.data[y * width + x] += 0.3;
    }
    const { narrow, wideLong } = columnStreaks(columnSums(plane, null, 1));
    const dark = strongest(narrow);
    expect([dark % width, narrow[dark] < -5, Math.floor(dark / width) * blockRows >= 256]).toEqual([
      100,
      true,
      true,
    ]);
    const faint = strongest(wideLong);
    expect(Math.abs((faint % width) - 302)).toBeLessThan(2);
    expect(wideLong[faint]).toBeGreaterThan(6);
  });

  it('are not where the mask is', () => {
    const plane = noise(width, height, 6);
    const mask = new Uint8Array(width * height);
    for (let y = 0; y < height; y++) {
      plane.data[y * width + 100] += 20;
      mask[y * width + 100] = 1;
    }
    const { narrow } = columnStreaks(columnSums(plane, mask, 1));
    expect(Math.abs(narrow[strongest(narrow)])).toBeLessThan(5);
  });
});

describe('the amplifier step', () => {
  it('is measured to a few thousandths of the noise, and only at the middle', () => {
    const plane = noise(1024, 2048, 7);
    for (let y = 0; y < 2048; y++) for (let x = 512; x < 1024; x++) plane.data[y * 1024 + x] += 0.1;
    const found = amplifierStep(columnSums(plane, null, 1))!;
    // Clipping at 1.5σ lets 87 % of a small shift through (the share of unit noise within ±1.5); noise 0.882 √(2 / (40 · 2048)) · 1.25 = 0.005.
    expect(found.step).toBeGreaterThan(0.087 - 0.02);
    expect(found.step).toBeLessThan(0.087 + 0.02);
    expect(found.significance).toBeGreaterThan(8);
    expect(Math.abs(amplifierStep(columnSums(noise(1024, 2048, 8), null, 1))!.significance)).toBeLessThan(5);
  });

  it('is not said of images too narrow to know what is usual', () => {
    expect(amplifierStep(columnSums(noise(400, 400, 9), null, 1))).toBeNull();
  });
});

describe('line evidence', () => {
  it.each([10, 35, 80, 100, 130, 170])('finds a line at %i° that no bin shows', (degrees) => {
    const plane = noise(256, 512, 10 + degrees);
    const quiet = lineEvidence(plane);
    expect(highest(quiet)).toBeLessThan(6);
    const angle = (degrees * Math.PI) / 180;
    const [dx, dy] = [Math.cos(angle), Math.sin(angle)];
    for (let t = -600; t < 600; t += 0.5) {
      const x = Math.round(128 + t * dx);
      const y = Math.round(256 + t * dy);
      if (x < 0 || y < 0 || x >= 256 || y >= 512) continue;
      plane.data[y * 256 + x] += 0.7;
    }
    const found = lineEvidence(plane);
    const best = strongest(found);
    const [x, y] = [best % 256, Math.floor(best / 256)];
    expect(found[best]).toBeGreaterThan(7);
    expect(Math.abs(-dy * (x - 128) + dx * (y - 256))).toBeLessThan(3);
  });

  it('takes NaN as empty sky and an image without noise as nothing', () => {
    expect(highest(lineEvidence(createPlane(64, 64)))).toBe(0);
    const plane = noise(64, 64, 20);
    plane.data.fill(NaN, 0, 1000);
    expect(lineEvidence(plane).every(Number.isFinite)).toBe(true);
  });
});

import { describe, expect, it } from 'vitest';
import { addGalaxy, galaxyProfile } from '../src/galaxy.ts';
import { Rng } from '../src/index.ts';
import { KernelPsf } from '../src/kernel-psf.ts';
import { addNoise } from '../src/noise.ts';
import { countBrighter, drawMagnitude, starCounts } from '../src/number-counts.ts';
import { boxOf } from '../src/planes.ts';
import { PsfProfile, addStar } from '../src/psf.ts';
import { saturate } from '../src/saturation.ts';
import { coarseField, fieldRow, randomField } from '../src/smooth-field.ts';
import { measureTruth } from '../src/truth.ts';

const shape = { fwhmPixels: 4, beta: 3, e1: 0.05, e2: -0.03, aureole: 0, aureoleRadius: 10 };
const side = 401;
const largest = (plane: Float32Array) => plane.reduce((a, b) => Math.max(a, b), 0);
const sum = (plane: Float32Array) => plane.reduce((a, b) => a + b, 0);

describe('psf', () => {
  it('holds the flux, at any place within a pixel', () => {
    for (const [x, y] of [
      [200, 200],
      [200.5, 199.75],
    ]) {
      const plane = new Float32Array(side * side);
      addStar(plane, side, side, new PsfProfile(shape), x, y, 1000, 190);
      expect(sum(plane) / 1000).toBeCloseTo(1, 2);
    }
  });

  it('has the full width that was asked for', () => {
    const psf = new PsfProfile({ ...shape, e1: 0, e2: 0 });
    expect(psf.at(4) / psf.at(0)).toBeCloseTo(0.5, 3);
  });

  it('finds the radius where a star sinks under a level', () => {
    const psf = new PsfProfile(shape);
    const radius = psf.radius(1e5, 2);
    expect(1e5 * psf.at(radius * radius)).toBeLessThanOrEqual(2);
    expect(1e5 * psf.at((radius - 1) ** 2)).toBeGreaterThan(2);
  });

  it('through a kernel is the sum over the kernel', () => {
    const psf = new PsfProfile(shape);
    const values = new Float32Array(81);
    values[0] = 0.3;
    values[80] = 0.7;
    const kernel = new KernelPsf(psf, [{ size: 9, values }]);
    const blurred = new Float32Array(side * side);
    kernel.addStar(blurred, side, side, { x: 200.3, y: 198.6, flux: 1e6 }, 1, 10);
    const plain = new Float32Array(side * side);
    addStar(plain, side, side, psf, 196.3, 194.6, 0.3e6, 190);
    addStar(plain, side, side, psf, 204.3, 202.6, 0.7e6, 190);
    const peak = largest(plain);
    let worst = 0;
    for (let i = 0; i < plain.length; i++) worst = Math.max(worst, Math.abs(plain[i] - blurred[i]));
    // Bilinear interpolation on a third of a pixel.
    expect(worst / peak).toBeLessThan(0.015);
    expect(sum(blurred) / sum(plain)).toBeCloseTo(1, 2);
  });
});

describe('galaxy', () => {
  it('holds its flux and its half-light radius', () => {
    for (const sersicIndex of [1, 4]) {
      const plane = new Float32Array(side * side);
      const galaxy = { x: 200.2, y: 199.9, flux: 1e6, radius: 15, sersicIndex, axisRatio: 0.6, angle: 0.7 };
      addGalaxy(plane, side, side, galaxyProfile(galaxy, 3, 0.01));
      expect(sum(plane) / 1e6).toBeGreaterThan(0.97);
      expect(sum(plane) / 1e6).toBeLessThan(1.02);
      let inside = 0;
      for (let y = 0; y < side; y++)
        for (let x = 0; x < side; x++) {
          const u = (x - galaxy.x) * Math.cos(0.7) + (y - galaxy.y) * Math.sin(0.7);
          const v = (y - galaxy.y) * Math.cos(0.7) - (x - galaxy.x) * Math.sin(0.7);
          if (Math.hypot(u, v / 0.6) < 15) inside += plane[y * side + x];
        }
      // A steep profile loses its outermost light to the cut at nine radii, so half comes a little early.
      expect(inside / sum(plane)).toBeGreaterThan(0.45);
      expect(inside / sum(plane)).toBeLessThan(0.56);
    }
  });
});

describe('noise', () => {
  it('is Gaussian with the variance of its electrons and amplifier', () => {
    const width = 1000;
    const height = 1000;
    const plane = new Float32Array(width * height).fill(900);
    addNoise(plane, width, height, [10, 20], new Rng(5));
    for (const [from, variance] of [
      [0, 1000],
      [500, 1300],
    ]) {
      const moments = [0, 0, 0, 0];
      let beyond = 0;
      for (let y = 0; y < height; y++)
        for (let x = from; x < from + 500; x++) {
          const z = (plane[y * width + x] - 900) / Math.sqrt(variance);
          for (let k = 0; k < 4; k++) moments[k] += z ** (k + 1) / (500 * height);
          if (Math.abs(z) > 3) beyond++;
        }
      // Five standard errors each over half a million pixels.
      expect(Math.abs(moments[0])).toBeLessThan(0.0071);
      expect(Math.abs(moments[1] - 1)).toBeLessThan(0.01);
      expect(Math.abs(moments[2])).toBeLessThan(0.028);
      expect(Math.abs(moments[3] - 3)).toBeLessThan(0.07);
      expect(Math.abs(beyond / 500_000 - 0.0027)).toBeLessThan(0.00037);
    }
  });

  it('does not correlate neighbours and treats odd sizes', () => {
    const width = 101;
    const height = 1003;
    const plane = new Float32Array(width * height);
    addNoise(plane, width, height, [1, 1], new Rng(6));
    for (const lag of [1, 2, 3, 4, 8, width]) {
      let product = 0;
      for (let i = lag; i < plane.length; i++) product += plane[i] * plane[i - lag];
      expect(Math.abs(product / plane.length)).toBeLessThan(5 / Math.sqrt(plane.length));
    }
    expect(plane.every((value) => value !== 0)).toBe(true);
  });
});

describe('saturate', () => {
  it('keeps the charge, along the column', () => {
    const psf = new PsfProfile({ ...shape, e1: 0, e2: 0 });
    const plane = new Float32Array(side * side);
    const star = { x: 200, y: 200, flux: 4e7 };
    addStar(plane, side, side, psf, star.x, star.y, star.flux, 190);
    const before = sum(plane);
    const column = (x: number) => {
      let total = 0;
      for (let y = 0; y < side; y++) total += plane[y * side + x];
      return total;
    };
    const centre = column(200);
    const mask = new Uint16Array(side * side);
    saturate(plane, mask, side, side, [star], psf, 1e5, 0);
    expect(sum(plane) / before).toBeCloseTo(1, 4);
    expect(column(200) / centre).toBeCloseTo(1, 4);
    expect(largest(plane)).toBeLessThanOrEqual(1e5);
    // Everything full is masked.
    expect(plane.every((value, i) => value < 0.95e5 || mask[i] !== 0)).toBe(true);
  });
});

describe('smooth fields', () => {
  it('are linear between nodes', () => {
    const field = coarseField(100, 50, (x, y) => 2 * x - 3 * y);
    const row = new Float32Array(100);
    fieldRow(field, 37, row);
    row.forEach((value, x) => expect(value).toBeCloseTo(2 * x - 111, 3));
  });

  it('have unit variance on average', () => {
    let squares = 0;
    let n = 0;
    for (let seed = 0; seed < 60; seed++)
      for (const value of randomField(new Rng(seed), 2048, 2048, 300).values) {
        squares += value * value;
        n++;
      }
    expect(squares / n).toBeGreaterThan(0.85);
    expect(squares / n).toBeLessThan(1.15);
  });
});

describe('number counts', () => {
  it('are met by the magnitudes drawn', () => {
    const rng = new Rng(1);
    let brighter = 0;
    for (let i = 0; i < 20_000; i++) if (drawMagnitude(rng, starCounts, 9, 22) < 18) brighter++;
    const expected =
      (countBrighter(starCounts, 18) - countBrighter(starCounts, 9)) /
      (countBrighter(starCounts, 22) - countBrighter(starCounts, 9));
    expect(brighter / 20_000).toBeCloseTo(expected, 1);
  });
});

describe('measureTruth', () => {
  const width = 512;
  const height = 512;
  const mask = new Uint16Array(width * height);
  const noise = { skyRms: 10, floor: 5 };

  it('gives a compact event the white-noise filter', () => {
    const delta = new Float32Array(width * height);
    delta[100 * width + 50] = 300;
    delta[101 * width + 50] = -400;
    const box = { x0: 50, x1: 51, y0: 100, y1: 102 };
    const result = measureTruth(delta, null, mask, width, height, box, noise, false);
    expect(result.snr).toBeCloseTo(50, 1);
    expect(result).toMatchObject({ peak: 40, area: 2, x: 50 });
    expect(result.y).toBeCloseTo(100.571, 2);
  });

  it('limits a level by the floor, however many pixels it has', () => {
    const delta = new Float32Array(width * height).fill(5);
    const box = { x0: 0, x1: width, y0: 0, y1: height };
    const { snr, area } = measureTruth(delta, null, mask, width, height, box, noise, true);
    // Four cells of level = floor each.
    expect(snr).toBeCloseTo(2, 2);
    expect(area).toBe(0);
  });

  it('does not count masked pixels', () => {
    const delta = new Float32Array(width * height);
    delta[0] = 300;
    delta[1] = 300;
    const masked = mask.slice();
    masked[0] = 1;
    const box = { x0: 0, x1: 2, y0: 0, y1: 1 };
    expect(measureTruth(delta, null, masked, width, height, box, noise, false).snr).toBeCloseTo(30, 1);
  });
});

describe('boxOf', () => {
  it('finds the rectangle around single pixels in planes of even and odd width', () => {
    for (const width of [16, 17]) {
      for (const [x, y] of [
        [0, 0],
        [1, 3],
        [width - 1, 7],
        [6, 8],
      ]) {
        const plane = new Float32Array(width * 9);
        plane[y * width + x] = -1e-40; // denormal: not zero
        expect(boxOf(plane, width, 9)).toEqual({ x0: x, x1: x + 1, y0: y, y1: y + 1 });
      }
      expect(boxOf(new Float32Array(width * 9).fill(-0), width, 9)).toBeNull();
    }
  });
});

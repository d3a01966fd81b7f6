import { maskOverlap, intersectionOverUnion } from '@blemish/evaluate';
import { Rng } from '@blemish/sky';
import { describe, expect, it } from 'vitest';
import { growMask } from '../src/masks/grow.ts';
import type { CellMap, GrowFrame } from '../src/masks/frame.ts';
import { artifactClass } from '../src/taxonomy.ts';

const width = 512;
const height = 768;
const size = 16;

/** Noise of unit rms with `add` on top, and the truth that follows from it: where it exceeds 0.5σ. */
function scene(seed: number, add: (x: number, y: number) => number) {
  const rng = new Rng(seed);
  const data = new Float32Array(width * height);
  const truth = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const signal = add(x, y);
      data[y * width + x] = signal + rng.normal();
      truth[y * width + x] = Math.abs(signal) > 0.5 ? 1 : 0;
    }
  }
  const frame: GrowFrame = { plane: { width, height, data }, mask: null, rms: 1 };
  return { frame, truth };
}

/** The coarse map a network would give: 0.9 on cells with at least `needed` truth pixels, `dropped` of them missed. */
function cellsOf(truth: Uint8Array, needed: number, dropped = 0): CellMap {
  const columns = width / size;
  const rows = height / size;
  const counts = new Float32Array(columns * rows);
  for (let at = 0; at < truth.length; at++) {
    counts[Math.floor(Math.floor(at / width) / size) * columns + Math.floor((at % width) / size)] +=
      truth[at];
  }
  const rng = new Rng(9);
  return {
    columns,
    rows,
    size,
    values: counts.map((n) => (n >= needed && !rng.chance(dropped) ? 0.9 : 0.02)),
  };
}

function overlap(truth: Uint8Array, found: Uint8Array, tolerance = 0): number {
  const [pair] = maskOverlap(truth, found, { width, height, bits: [0], tolerance: [tolerance] });
  return intersectionOverUnion(pair).value!;
}

describe('masks grown at full resolution', () => {
  it('follows a straight trail across gaps of the coarse map, as wide as it is', () => {
    const angle = 0.4;
    const across = (x: number, y: number) => -Math.sin(angle) * (x - 200) + Math.cos(angle) * (y - 300);
    const { frame, truth } = scene(1, (x, y) => 4 * Math.exp(-0.5 * (across(x, y) / 3) ** 2));
    const found = growMask(artifactClass('Satellite'), frame, cellsOf(truth, 2, 0.4), 0.5);
    expect(overlap(truth, found)).toBeGreaterThan(0.8);
  });

  it('masks what of a hot column its own mask leaves, and what a mask took too much', () => {
    const { frame, truth } = scene(11, (x, y) => (x === 100 && y >= 128 ? 3 : 0));
    const mask = new Uint8Array(width * height);
    for (let y = 128; y < 384; y++) mask[y * width + 100] = 1;
    truth.forEach((_, at) => (truth[at] &= 1 - mask[at]));
    const left = growMask(artifactClass('Column mask'), { ...frame, mask }, cellsOf(truth, 2), 0.5);
    // blocks of 64 rows on either end, and 2 px to either side
    expect(overlap(truth, left, 2)).toBeGreaterThan(0.8);

    const box = new Uint8Array(width * height).map((_, at) => {
      const [x, y] = [at % width, Math.floor(at / width)];
      return x >= 70 && x < 300 && y >= 200 && y < 650 ? 1 : 0;
    });
    const found = growMask(artifactClass('Excessive mask'), { ...frame, mask: box }, cellsOf(box, 64), 0.5);
    expect(overlap(box, found)).toBeGreaterThan(0.95);
  });

  it('finds two crossing trails', () => {
    const { frame, truth } = scene(2, (x, y) =>
      Math.max(
        3 * Math.exp(-0.5 * ((x - y / 2 - 50) / 3) ** 2),
        3 * Math.exp(-0.5 * ((y - 350 + x / 3) / 3) ** 2),
      ),
    );
    const found = growMask(artifactClass('Satellite'), frame, cellsOf(truth, 2), 0.5);
    expect(overlap(truth, found)).toBeGreaterThan(0.7);
  });

  it('marks a bad column from its first to its last row, and no other', () => {
    const { frame, truth } = scene(3, (x, y) => (x === 301 && y >= 200 ? 3 : 0));
    const found = growMask(artifactClass('Bad column'), frame, cellsOf(truth, 2), 0.5);
    expect(overlap(truth, found, 2)).toBeGreaterThan(0.85);
    expect(found.reduce((sum, one) => sum + one, 0)).toBeLessThan(2 * (height - 200));
  });

  it('takes in a cosmic ray but not the star beside it', () => {
    const star = (x: number, y: number) =>
      500 * Math.exp(-((x - 120) ** 2 + (y - 130) ** 2) / (2 * 1.7 ** 2));
    const ray = (x: number, y: number) => (y === 2 * x - 130 && x >= 110 && x < 150 ? 200 : 0);
    const { frame } = scene(4, (x, y) => star(x, y) + ray(x, y));
    const truth = new Uint8Array(width * height);
    for (let x = 110; x < 150; x++) truth[(2 * x - 130) * width + x] = 1;
    const found = growMask(artifactClass('Cosmic ray'), frame, cellsOf(truth, 2), 0.5);
    expect(overlap(truth, found, 2)).toBeGreaterThan(0.7);
  });

  it('outlines a region to a fraction of a cell', () => {
    const { frame, truth } = scene(5, (x, y) => (Math.hypot(x - 250, y - 400) < 170 ? 1.5 : 0));
    const found = growMask(artifactClass('Ghost'), frame, cellsOf(truth, 128), 0.5);
    expect(overlap(truth, found)).toBeGreaterThan(0.93);
  });

  it('outlines a bleed trail thinner than a cell by its own signal', () => {
    const { frame, truth } = scene(6, (x, y) => (Math.abs(x - 250) <= 3 && y > 100 && y < 500 ? 5 : 0));
    const found = growMask(artifactClass('Bleed trail'), frame, cellsOf(truth, 2), 0.5);
    expect(overlap(truth, found)).toBeGreaterThan(0.55);
  });

  it('marks a CCD whole where the class covers it, and nothing where no cell is active', () => {
    const { frame, truth } = scene(7, () => 0);
    expect(growMask(artifactClass('Guiding'), frame, cellsOf(truth, 1), 0.5).every((one) => one === 1)).toBe(
      true,
    );
    for (const name of ['Satellite', 'Bad column', 'Cosmic ray', 'Ghost', 'Bleed trail']) {
      expect(growMask(artifactClass(name), frame, cellsOf(truth, 1), 0.5).some((one) => one === 1)).toBe(
        false,
      );
    }
  });

  it('never marks what the pipeline has masked already as a cosmic ray', () => {
    const { frame, truth } = scene(8, (x, y) => (y === 300 && x > 100 && x < 160 ? 100 : 0));
    const masked = { ...frame, mask: truth };
    const found = growMask(artifactClass('Cosmic ray'), masked, cellsOf(truth, 1), 0.5);
    expect(found.some((one, at) => one === 1 && truth[at] === 1)).toBe(false);
  });
});

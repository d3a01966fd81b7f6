import { intersectionOverUnion, maskOverlap } from '@blemish/evaluate';
import { Rng } from '@blemish/sky';
import { describe, expect, it } from 'vitest';
import { growLabel, labelledCcd } from '../src/labels/grow-label.ts';
import { artifactClass } from '../src/taxonomy.ts';

const width = 512;
const height = 768;

/** Noise of rms 2 ADU on a level of 100 with an artifact in units of that rms, its truth (above 0.5), and stars. */
function scene(seed: number, add: (x: number, y: number) => number, mask: Uint8Array | null = null) {
  const rng = new Rng(seed);
  const data = new Float32Array(width * height);
  const truth = new Uint8Array(width * height);
  const stars = Array.from({ length: 60 }, () => ({
    ...{ x: rng.uniform(0, width), y: rng.uniform(0, height), peak: rng.logUniform(5, 300) },
  }));
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const signal = add(x, y);
      data[y * width + x] = 100 + 2 * (signal + rng.normal());
      truth[y * width + x] = Math.abs(signal) > 0.5 ? 1 : 0;
    }
  }
  for (const { x: cx, y: cy, peak } of stars) {
    for (let y = Math.max(0, Math.floor(cy) - 8); y < Math.min(height, cy + 9); y++) {
      for (let x = Math.max(0, Math.floor(cx) - 8); x < Math.min(width, cx + 9); x++)
        data[y * width + x] += 2 * peak * Math.exp(-((x - cx) ** 2 + (y - cy) ** 2) / (2 * 1.8 ** 2));
    }
  }
  return { ccd: labelledCcd({ width, height, data }, mask)!, truth };
}

function overlap(truth: Uint8Array, found: Uint8Array, tolerance = 0): number {
  const [pair] = maskOverlap(truth, found, { width, height, bits: [0], tolerance: [tolerance] });
  return intersectionOverUnion(pair).value!;
}

describe('an artifact grown from one labelled pixel', () => {
  it.each([
    ['bright', 'Ghost', 1.5],
    ['dark', 'Dark halo', -1.2],
  ])('a %s disc, apart from another of the other side, from a click near its edge', (_, name, level) => {
    const disc = (x: number, y: number) => (Math.hypot(x - 200, y - 300) < 110 ? level : 0);
    const other = (x: number, y: number) => (Math.hypot(x - 400, y - 600) < 80 ? -level : 0);
    const { ccd } = scene(1, (x, y) => disc(x, y) + other(x, y));
    const { truth } = scene(1, disc);
    // Cells of 16 px along a circumference of 690 px around 38,000 px: a quarter of a cell off is 7 %.
    expect(overlap(truth, growLabel(artifactClass(name), ccd, [290, 330]))).toBeGreaterThan(0.85);
    // 20 px off the artifact.
    expect(overlap(truth, growLabel(artifactClass(name), ccd, [328, 300]))).toBeGreaterThan(0.85);
  });

  it('a trail, whichever way it runs and though the click is 12 px off', () => {
    for (const angle of [0.02, 0.7, 1.56, 2.4]) {
      const across = (x: number, y: number) => -Math.sin(angle) * (x - 250) + Math.cos(angle) * (y - 380);
      const { ccd, truth } = scene(2, (x, y) => 3 * Math.exp(-0.5 * (across(x, y) / 3) ** 2));
      const point = [250 - 12 * Math.sin(angle), 380 + 12 * Math.cos(angle)] as const;
      expect(overlap(truth, growLabel(artifactClass('Satellite'), ccd, point))).toBeGreaterThan(0.75);
    }
  });

  it('a cosmic ray longer than a cell, to its ends', () => {
    const { ccd, truth } = scene(3, (x, y) =>
      Math.abs(y - x / 2 - 100) < 0.8 && x > 80 && x < 200 ? 40 : 0,
    );
    const found = growLabel(artifactClass('Cosmic ray'), ccd, [100, 150]);
    expect(overlap(truth, found, 2)).toBeGreaterThan(0.8);
  });

  it.each([
    ['Bad column', 3],
    ['Column mask', 6],
    ['Bleed trail', 5],
  ])('%s along its column', (name, level) => {
    const { ccd, truth } = scene(4, (x, y) => (x >= 301 && x < 303 && y >= 192 && y < 640 ? level : 0));
    expect(overlap(truth, growLabel(artifactClass(name), ccd, [305, 400]), 2)).toBeGreaterThan(0.75);
  });

  it('the mask itself where the mask is what is wrong', () => {
    const mask = new Uint8Array(width * height);
    for (let y = 200; y < 500; y++) mask.fill(1, y * width + 100, y * width + 350);
    for (let y = 600; y < 640; y++) mask.fill(1, y * width + 100, y * width + 150);
    const { ccd } = scene(5, () => 0, mask);
    const truth = mask.slice().fill(0, 600 * width);
    expect(overlap(truth, growLabel(artifactClass('Excessive mask'), ccd, [110, 350]))).toBeGreaterThan(0.9);
  });

  it('nothing much where there is nothing, and everything where the class covers CCDs', () => {
    const { ccd } = scene(6, () => 0);
    const area = (name: string) =>
      growLabel(artifactClass(name), ccd, [260, 380]).reduce((sum, one) => sum + one, 0);
    expect(area('Ghost')).toBeLessThan(0.02 * width * height);
    expect(area('Satellite')).toBe(0);
    expect(area('Haze')).toBe(width * height);
    expect(
      labelledCcd({ width: 64, height: 64, data: new Float32Array(64 * 64).fill(NaN) }, null),
    ).toBeNull();
  });
});

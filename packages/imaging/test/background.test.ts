import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  createPlane,
  estimateBackground,
  recycleArray,
  renderBackground,
  renderRms,
  subtractBackground,
} from '../src/index.ts';
import type { Case } from './fixtures/synthetic.ts';
import { syntheticImage, syntheticMask } from './fixtures/synthetic.ts';

interface Oracle {
  case: Case;
  back: number[];
  rms: number[];
  globalBack: number;
  globalRms: number;
  sextractorBack?: number[];
  sextractorRms?: number[];
}
const oracles = JSON.parse(readFileSync(new URL('./fixtures/oracles.json', import.meta.url), 'utf8')) as {
  stride: number;
  backgrounds: Oracle[];
};

/** Largest difference at the sampled pixels. */
function worst(map: Float32Array, sampled: readonly number[]): number {
  return Math.max(...sampled.map((value, i) => Math.abs(map[i * oracles.stride] - value)));
}

describe('background against sep and source-extractor', () => {
  // Equal algorithms: what is left is where a pixel falls in the histogram (float32 there, float64 here), about 1e-3 of a level's noise.
  const tolerance = 0.003;
  for (const oracle of oracles.backgrounds)
    it(oracle.case.name, () => {
      const plane = syntheticImage(oracle.case);
      const { mesh, filter } = oracle.case;
      const background = estimateBackground(plane, { mesh, filter, mask: syntheticMask(oracle.case) });
      const back = renderBackground(background);
      const rms = renderRms(background);
      const allowed = tolerance * oracle.globalRms;
      expect(worst(back, oracle.back)).toBeLessThan(allowed);
      expect(worst(rms, oracle.rms)).toBeLessThan(allowed);
      expect(Math.abs(background.globalLevel - oracle.globalBack)).toBeLessThan(allowed);
      expect(Math.abs(background.globalRms - oracle.globalRms)).toBeLessThan(allowed);
      if (oracle.sextractorBack && oracle.sextractorRms) {
        expect(worst(back, oracle.sextractorBack)).toBeLessThan(allowed);
        expect(worst(rms, oracle.sextractorRms)).toBeLessThan(allowed);
      }
      const subtracted = subtractBackground(plane, background).data;
      for (let i = 0; i < subtracted.length; i += 7)
        expect(Math.abs(subtracted[i] - (plane.data[i] - back[i]))).toBeLessThan(
          1e-3 * allowed + 1e-6 * back[i],
        );
    });
});

describe('estimateBackground', () => {
  it('takes NaN and infinite pixels for masked ones', () => {
    const { case: c } = oracles.backgrounds[1];
    const plane = syntheticImage(c);
    const mask = syntheticMask(c);
    const masked = estimateBackground(plane, { mesh: c.mesh, mask });
    plane.data.forEach((_, i) => {
      if (mask[i] !== 0) plane.data[i] = i % 3 === 0 ? NaN : i % 3 === 1 ? Infinity : -Infinity;
    });
    const holes = estimateBackground(plane, { mesh: c.mesh });
    expect(holes.level).toEqual(masked.level);
    expect(holes.rms).toEqual(masked.rms);
  });

  it('gives NaN, not an error, where nothing is usable', () => {
    const plane = createPlane(20, 10, new Float32Array(200).fill(NaN));
    const background = estimateBackground(plane);
    expect(background.globalLevel).toBeNaN();
    expect(background.globalRms).toBeNaN();
    expect(renderBackground(background).every(Number.isNaN)).toBe(true);
  });

  it('reads a constant image as its level without noise', () => {
    const background = estimateBackground(createPlane(70, 50, new Float32Array(3500).fill(42)), { mesh: 16 });
    expect(background.globalLevel).toBe(42);
    expect(background.globalRms).toBe(0);
  });

  it('adds nothing and loses nothing when the sky is raised', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 90 }),
        fc.integer({ min: 1, max: 90 }),
        fc.integer({ min: 1, max: 64 }),
        fc.integer({ min: -500, max: 500 }),
        (width, height, mesh, offset) => {
          const base = syntheticImage({ ...oracles.backgrounds[0].case, width, height, stars: 0, slope: 0 });
          const raised = createPlane(
            width,
            height,
            base.data.map((value) => value + offset),
          );
          const a = estimateBackground(base, { mesh });
          const b = estimateBackground(raised, { mesh });
          expect(b.nx).toBe(Math.ceil(width / Math.min(mesh, width)));
          expect(b.level.length).toBe(b.nx * b.ny);
          // Adding rounds each pixel, which may move it across a level of the histogram: a small part of the noise (here 11.5).
          expect(Math.abs(b.globalLevel - a.globalLevel - offset)).toBeLessThan(0.6);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('subtracts into an array that was handed back, and only into that', () => {
    const plane = createPlane(64, 64);
    for (let i = 0; i < plane.data.length; i++) plane.data[i] = i % 7;
    const background = estimateBackground(plane, { mesh: 32 });
    const first = subtractBackground(plane, background).data;
    const values = first.slice();
    recycleArray(first);
    const second = subtractBackground(plane, background).data;
    expect(second).toBe(first);
    expect(second).toEqual(values);
    expect(subtractBackground(plane, background).data).not.toBe(first);
  });

  it('names what the caller got wrong', () => {
    const plane = createPlane(4, 4);
    expect(() => estimateBackground(plane, { mesh: 0 })).toThrow(/mesh = 0/);
    expect(() => estimateBackground(plane, { filter: 2 })).toThrow(/filter = 2/);
    expect(() => estimateBackground(plane, { mask: new Uint8Array(3) })).toThrow(/mask has 3/);
    expect(() => estimateBackground({ width: 0, height: 0, data: new Float32Array(0) })).toThrow(/0×0/);
    const other = estimateBackground(createPlane(5, 5));
    expect(() => subtractBackground(plane, other)).toThrow(/5×5.*4×4/);
  });
});

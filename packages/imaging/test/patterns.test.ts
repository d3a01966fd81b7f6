import { describe, expect, it } from 'vitest';
import { haloProfile, haloRings, rowGrain, rowSeries, rowStep, waveEvidence } from '../src/index.ts';
import type { Plane } from '../src/index.ts';

/** Unit noise by the Box–Muller transform of a small linear generator. */
function noisePlane(width: number, height: number, seed: number): Plane {
  let state = seed;
  const uniform = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state + 0.5) / 4294967296;
  };
  const data = Float32Array.from(
    { length: width * height },
    () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform()),
  );
  return { width, height, data };
}

function added(plane: Plane, value: (x: number, y: number) => number): Plane {
  const { width } = plane;
  return { ...plane, data: plane.data.map((v, i) => v + value(i % width, Math.floor(i / width))) };
}

describe('rowGrain', () => {
  const noise = noisePlane(600, 400, 1);

  it('is one without grain, with amplifiers that do not follow each other', () => {
    const grain = rowGrain(rowSeries(noise, null, 1))!;
    // 384 rows of half a normal distribution each: their median is good to a few per cent, as are the means of the neighbours
    expect(grain.excess).toBeGreaterThan(0.85);
    expect(grain.excess).toBeLessThan(1.15);
    expect(Math.abs(grain.correlation)).toBeLessThan(0.2);
  });

  it('sees grain a quarter of the noise high, in both halves or in one', () => {
    const wave = (y: number) => 0.25 * Math.sign(Math.sin(37 * y * y));
    const both = rowGrain(
      rowSeries(
        added(noise, (_, y) => wave(y)),
        null,
        1,
      ),
    )!;
    // a row's mean over 150 samples scatters by 0.07
    expect(both.excess).toBeGreaterThan(2);
    expect(both.correlation).toBeGreaterThan(0.8);
    const one = rowGrain(
      rowSeries(
        added(noise, (x, y) => (x < 300 ? wave(y) : 0)),
        null,
        1,
      ),
    )!;
    expect(one.correlation).toBeLessThan(0.3);
  });

  it('is measured where half of the CCD is masked, and not where all is', () => {
    const half = new Uint8Array(600 * 400).map((_, i) => (i % 600 < 300 ? 1 : 0));
    expect(rowGrain(rowSeries(noise, half, 1))!.excess).toBeCloseTo(1, 0);
    expect(rowGrain(rowSeries(noise, new Uint8Array(600 * 400).fill(1), 1))).toBeNull();
  });
});

describe('rowStep', () => {
  it('finds a step of a fifth of the noise near the middle and its sign', () => {
    const noise = noisePlane(300, 1600, 2);
    const found = rowStep(
      rowSeries(
        added(noise, (_, y) => (y < 830 ? -0.1 : 0.1)),
        null,
        1,
      ),
    )!;
    // means over 48 rows of 75 samples in either half: 0.012; the largest of many is a little higher
    expect(found.step).toBeGreaterThan(0.13);
    expect(found.step).toBeLessThan(0.25);
    expect(found.significance).toBeGreaterThan(5);
    expect(rowStep(rowSeries(noise, null, 1))!.significance).toBeLessThan(5);
  });

  it('says nothing of a small image', () => {
    expect(rowStep(rowSeries(noisePlane(200, 500, 3), null, 1))).toBeNull();
  });
});

describe('waveEvidence', () => {
  const noise = noisePlane(64, 128, 4);

  it('finds the amplitude of a wave and that none is usual', () => {
    const wave = (x: number, y: number) => 0.6 * Math.cos((2 * Math.PI * (2 * x * 32 + y * 32)) / 1300);
    const found = waveEvidence(added(noise, wave), 32)!;
    // a wave between the modes of the transform loses a part of its amplitude to its neighbours
    expect(found.amplitude).toBeGreaterThan(0.4);
    expect(found.amplitude).toBeLessThan(0.65);
    expect(found.prominence).toBeGreaterThan(20);
    expect(waveEvidence(noise, 32)!.amplitude).toBeLessThan(0.15);
  });

  it('takes no part of the plane that has no value, and says nothing of a small one', () => {
    const holes = { ...noise, data: noise.data.map((v, i) => (i % 3 === 0 ? NaN : v)) };
    expect(waveEvidence(holes, 32)!.amplitude).toBeLessThan(0.2);
    expect(waveEvidence(noisePlane(20, 20, 5), 32)).toBeNull();
  });
});

describe('haloProfile', () => {
  it('gives the median of each ring around the brightest stars', () => {
    const width = 256;
    const height = 300;
    const noise = noisePlane(width, height, 6);
    const centre = { x: 120, y: 140 };
    const r = (x: number, y: number) => 8 * Math.hypot(x - centre.x, y - centre.y);
    const bins = added(
      { ...noise, data: noise.data.map((v) => 0.1 * v) },
      (x, y) => (r(x, y) < 320 ? -0.5 : 0) + (r(x, y) < 50 ? 500 : 0),
    );
    const highest = bins.data.map((_, i) => (r(i % width, Math.floor(i / width)) < 24 ? 1000 : 1));
    const halo = haloProfile(bins, highest, 8)!;
    expect(halo.core).toBeGreaterThan(20);
    haloRings.slice(1).forEach((outer, ring) => {
      expect(halo.brightest[ring]).toBeCloseTo(outer <= 320 ? -0.5 : 0, 1);
      expect(halo.all[ring]).toBeCloseTo(halo.brightest[ring], 6);
    });
    expect(haloProfile(bins, new Float32Array(highest.length), 8)).toBeNull();
  });
});

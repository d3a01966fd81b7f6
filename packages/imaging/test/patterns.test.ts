import { describe, expect, it } from 'vitest';
import {
  haloProfile,
  haloRings,
  ringEvidence,
  rowGrain,
  rowSeries,
  rowStep,
  spotEvidence,
  waveEvidence,
} from '../src/index.ts';
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
  const noise = noisePlane(256, 512, 2);

  it('finds a step near the middle, its height and sign, past sources and missing bins', () => {
    const spoiled = added(noise, (x, y) => (y >= 254 ? -0.25 : 0) + ((x * 7 + y * 13) % 10 === 0 ? 50 : 0));
    for (let i = 0; i < spoiled.data.length; i += 7) spoiled.data[i] = NaN;
    const found = rowStep(spoiled, 8, 1)!;
    // the median of 256 columns, each with a scatter of some 0.7: 0.05; the highest of seven is a little higher
    expect(found.step).toBeLessThan(-0.15);
    expect(found.step).toBeGreaterThan(-0.4);
    expect(Math.abs(found.significance)).toBeGreaterThan(4);
    expect(found.agreement).toBeLessThan(-3);
    expect(Math.abs(rowStep(noise, 8, 1)!.significance)).toBeLessThan(4);
  });

  it('is not agreed on where one end of the row alone has it', () => {
    const part = rowStep(
      added(noise, (x, y) => (x < 160 && y >= 256 ? 1 : 0)),
      8,
      1,
    )!;
    const whole = rowStep(
      added(noise, (_, y) => (y >= 256 ? 1 : 0)),
      8,
      1,
    )!;
    expect(Math.abs(part.agreement)).toBeLessThan(whole.agreement / 3);
  });

  it('says nothing of a small image or one without values', () => {
    expect(rowStep(noisePlane(40, 512, 3), 8, 1)).toBeNull();
    expect(rowStep(noisePlane(256, 30, 3), 8, 1)).toBeNull();
    expect(rowStep({ ...noise, data: noise.data.map(() => NaN) }, 8, 1)).toBeNull();
    expect(rowStep(noise, 8, 0)).toBeNull();
  });
});

describe('ringEvidence', () => {
  const noise = noisePlane(256, 512, 7);

  it('finds circles about a point off any corner, wherever it is there', () => {
    for (const [cx, cy] of [
      [-20, -60],
      [290, -30],
      [-55, 580],
    ]) {
      const rings = added(noise, (x, y) => 0.6 * Math.sin(1.4 * Math.hypot(x - cx, y - cy)));
      const found = ringEvidence(rings, 8, 1)!;
      expect(found.significance).toBeGreaterThan(15);
      expect(found.lead).toBeGreaterThan(8);
    }
  });

  it('sees none in noise, in sources, or in a wave of one direction as about a corner', () => {
    // a sum of about 4000 exponential powers, the highest of four corners
    expect(ringEvidence(noise, 8, 1)!.significance).toBeLessThan(4.5);
    const stars = added(noise, (x, y) => (x % 37 < 2 && y % 41 < 2 ? 200 : 0));
    expect(ringEvidence(stars, 8, 1)!.significance).toBeLessThan(4.5);
    const wave = ringEvidence(
      added(noise, (x) => 0.6 * Math.sin(1.4 * x)),
      8,
      1,
    )!;
    const rings = ringEvidence(
      added(noise, (x, y) => 0.6 * Math.sin(1.4 * Math.hypot(x + 40, y + 40))),
      8,
      1,
    )!;
    expect(wave.lead).toBeLessThan(rings.lead / 4);
  });

  it('says nothing of a small image, and zero of one without values', () => {
    expect(ringEvidence(noisePlane(31, 512, 3), 8, 1)).toBeNull();
    expect(ringEvidence({ ...noise, data: noise.data.map(() => NaN) }, 8, 1)).toEqual({
      significance: 0,
      lead: 0,
    });
  });
});

describe('spotEvidence', () => {
  const noise = noisePlane(256, 512, 8);
  const at = (shares: readonly number[]) => (x: number, y: number) => {
    const edge = Math.min(x, 255 - x);
    return shares.some((share) => Math.hypot(edge - 13, y - share * 512) < 7) ? 1 : 0;
  };

  it('finds spots of either sign at their places and not at others', () => {
    const right = at([0.17, 0.49, 0.85]);
    const dark = spotEvidence(
      added(noise, (x, y) => -0.8 * right(x, y)),
      8,
      1,
    )!;
    // a disc of 150 bins, 0.8 high, on a surround of as many: 0.8 √(150 / 2)
    expect(dark.spots).toBeGreaterThan(5.5);
    expect(dark.spots - dark.control).toBeGreaterThan(2);
    const elsewhere = spotEvidence(added(noise, at([1 / 3, 2 / 3])), 8, 1)!;
    expect(elsewhere.spots).toBeLessThan(4.5);
  });

  it('says nothing of a small image, and zero of one without values', () => {
    expect(spotEvidence(noisePlane(60, 512, 3), 8, 1)).toBeNull();
    expect(spotEvidence({ ...noise, data: noise.data.map(() => NaN) }, 8, 1)).toEqual({
      spots: 0,
      control: 0,
    });
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

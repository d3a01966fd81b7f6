import { describe, expect, it } from 'vitest';
import { measureSource } from '@blemish/imaging';
import type { Plane } from '@blemish/imaging';
import {
  cutoutClasses,
  cutoutPixelArcsec,
  cutoutSurveyNames,
  cutoutSurveys,
  meanBrightness,
  planCutout,
  renderCutout,
} from '../src/index.ts';
import type { CutoutPlan, CutoutSurveyName } from '../src/index.ts';
import { blockOf } from '../src/cutouts/footprint.ts';
import { lsbgLimits } from '../src/cutouts/lsbg.ts';

const seeds = (first: number, n: number) => Array.from({ length: n }, (_, i) => first + i);

function planesOf(flux: Float32Array, size: number): Plane[] {
  return [0, 1, 2].map((b) => ({
    ...{ width: size, height: size },
    data: Float32Array.from({ length: size * size }, (_, i) => flux[3 * i + b]),
  }));
}

/** A cut-out with these lights alone. */
function withLights(plan: CutoutPlan, lights: CutoutPlan['lights']): CutoutPlan {
  return { ...plan, lights };
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1];
}

function deviation(values: readonly number[]): number {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
}

describe('planCutout and renderCutout', () => {
  it('depend on the seed alone, whatever was made before', () => {
    for (const survey of cutoutSurveyNames)
      for (const classes of cutoutClasses.map((name) => [name])) {
        const first = renderCutout(planCutout({ seed: 900_001, survey, classes }));
        renderCutout(planCutout({ seed: 900_002, survey }));
        const again = renderCutout(planCutout({ seed: 900_001, survey, classes }));
        expect(again).toEqual(first);
        expect(renderCutout(planCutout({ seed: 900_003, survey, classes })).flux).not.toEqual(first.flux);
        expect(first.flux.every(Number.isFinite)).toBe(true);
      }
  });

  it('draw galaxies within the limits of the catalogue, and every class asked for', () => {
    const counts = new Map<string, number>();
    for (const seed of seeds(900_100, 400)) {
      const { label, truth } = planCutout({ seed, survey: 'des', classes: cutoutClasses });
      counts.set(label, (counts.get(label) ?? 0) + 1);
      if (label !== 'lsbg') continue;
      const radius = truth.radiusArcsec!;
      expect(radius).toBeGreaterThanOrEqual(lsbgLimits.radius[0]);
      expect(radius).toBeLessThanOrEqual(lsbgLimits.radius[1]);
      // Knots beside the galaxy add a little to its light.
      expect(meanBrightness(truth.magnitudes![0], radius)).toBeGreaterThan(lsbgLimits.brightness - 0.15);
    }
    // A quarter of 400 each, ± 4σ.
    for (const name of cutoutClasses) expect(Math.abs(counts.get(name)! - 100)).toBeLessThan(36);
    expect(() => planCutout({ seed: 1, survey: 'des', size: 8 })).toThrow(/16 to 512/);
    expect(() => planCutout({ seed: 1, survey: 'des', classes: [] })).toThrow(/no class/);
  });

  it("have the object's light that the catalogue says, and find it again by measuring", () => {
    const errors: number[] = [];
    const losses: number[] = [];
    for (const seed of seeds(900_500, 60)) {
      const plan = planCutout({ seed, survey: 'des', classes: ['lsbg'] });
      const { radiusArcsec, magnitudes } = plan.truth;
      if (radiusArcsec! > 4.5) continue;
      // The noise is the same with and without the object, but for that of its own light.
      const others = plan.lights.filter(({ object }) => !object);
      const [all, without] = [renderCutout(plan), renderCutout(withLights(plan, others))];
      magnitudes!.forEach((magnitude, b) => {
        let sum = 0;
        for (let i = b; i < all.flux.length; i += 3) sum += all.flux[i] - without.flux[i];
        losses.push(22.5 - 2.5 * Math.log10(sum) - magnitude);
      });
      const alone = renderCutout(
        withLights(
          plan,
          plan.lights.filter(({ object }) => object),
        ),
      );
      const measured = measureSource(planesOf(alone.flux, plan.size), {
        pixelScaleArcsec: cutoutPixelArcsec('des'),
      }).values;
      const [value, error] = [measured['mag_auto_r'], measured['magerr_auto_r']];
      if (value !== null && error !== null && error < 0.1) errors.push(value - magnitudes![1]);
    }
    // Some light lies beyond the edge, and the seeing of small knots is approximate.
    expect(losses.length).toBeGreaterThan(60);
    expect(Math.max(...losses.map(Math.abs))).toBeLessThan(0.12);
    expect(Math.abs(median(losses))).toBeLessThan(0.03);
    expect(errors.length).toBeGreaterThan(20);
    // Kron magnitudes lose some 6 % of exponential galaxies (Graham & Driver 2005, figure 9).
    expect(Math.abs(median(errors) - 0.05)).toBeLessThan(0.06);
    expect(median(errors.map(Math.abs))).toBeLessThan(0.15);
  });

  it.each(cutoutSurveyNames)('%s: have the noise of the depth published', (survey) => {
    const noise: number[][] = [[], [], []];
    for (const seed of seeds(900_700, 12)) {
      const plan = planCutout({ seed, survey, size: 32 });
      const { flux } = renderCutout(withLights(plan, []));
      planesOf(flux, 32).forEach(({ data }, b) => {
        // Differences of pixels four apart are free of what is smooth.
        const pairs = seeds(0, 1024).filter((i) => i % 32 < 28);
        noise[b].push(deviation(pairs.map((i) => data[i + 4] - data[i])) / Math.SQRT2 / plan.sky.noise);
      });
    }
    noise.forEach((values, b) => {
      const expected = cutoutSurveys[survey].noise[b] * cutoutPixelArcsec(survey);
      expect(median(values) / expected).toBeGreaterThan(0.95);
      expect(median(values) / expected).toBeLessThan(1.1);
    });
  });

  it('differ in depth, seeing and pixels from survey to survey as said', () => {
    const perArcsec = (survey: CutoutSurveyName) => cutoutSurveys[survey].noise;
    // 0.98 mag deeper at least, in all bands.
    perArcsec('des').forEach((noise, b) => expect(noise / perArcsec('hsc')[b]).toBeGreaterThan(2.46));
    expect(cutoutPixelArcsec('des')).toBeCloseTo(0.526, 3);
    expect(cutoutPixelArcsec('hsc')).toBeCloseTo(0.504, 3);
    const halfLight = (survey: CutoutSurveyName): number => {
      const plan = planCutout({ seed: 900_800, survey });
      const star = { kind: 'star', x: 0, y: 0, flux: [40, 40, 40], object: true } as const;
      const { flux } = renderCutout(withLights(plan, [star]));
      const features = measureSource(planesOf(flux, 64), {
        pixelScaleArcsec: cutoutPixelArcsec(survey),
        fwhmArcsec: 1,
      }).values;
      // Seeing of the block taken out.
      return features['flux_radius']! / plan.sky.seeing;
    };
    // r50 of a Moffat of β = 3 is 0.63 FWHM; pixels widen it.
    expect(halfLight('des') / halfLight('hsc')).toBeGreaterThan(1.2);
    expect(halfLight('des')).toBeGreaterThan(0.63 * 0.96 * 0.95);
    expect(halfLight('des')).toBeLessThan(0.63 * 0.96 * 1.3);
  });

  it('mark the pixels of the object: never none, with most of its light', () => {
    for (const name of cutoutClasses)
      for (const seed of seeds(900_900, 15)) {
        const plan = planCutout({ seed, survey: 'hsc', classes: [name] });
        const { truth } = renderCutout(plan);
        expect(truth.some((value) => value === 1)).toBe(true);
        if (name !== 'lsbg' || plan.truth.radiusArcsec! > 5) continue;
        // The centre of the galaxy is marked, the corners are not.
        expect([truth[32 * 64 + 32], truth[0], truth[64 * 64 - 1]]).toEqual([1, 0, 0]);
      }
  });

  it('lie on the footprint, in blocks that do not depend on the seed', () => {
    const blocks = new Set<string>();
    for (const seed of seeds(901_000, 300)) {
      const { place, sky } = planCutout({ seed, survey: 'des' });
      expect(place.dec).toBeGreaterThanOrEqual(-66);
      expect(place.dec).toBeLessThanOrEqual(5);
      expect(blockOf('des', place.ra, place.dec)).toBe(place.block);
      blocks.add(place.block);
      expect(sky.noise).toBeGreaterThan(0.6);
    }
    expect(blocks.size).toBeGreaterThan(100);
    // A block is 5° high: its neighbours north and east are others.
    expect(
      new Set(
        [
          [20, -32],
          [20, -27],
          [26, -32],
        ].map(([ra, dec]) => blockOf('des', ra, dec)),
      ).size,
    ).toBe(3);
  });
});

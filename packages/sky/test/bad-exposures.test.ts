import { describe, expect, it } from 'vitest';
import {
  estimateBackground,
  findSources,
  measureQuality,
  measureStars,
  subtractBackground,
} from '@blemish/imaging';
import type { Plane, StarMeasurements } from '@blemish/imaging';
import {
  backplaneOf,
  badCategories,
  communityMask,
  exposureCategories,
  pixelScaleArcsec,
  planBadExposure,
  primaryHeader,
  simulateCcd,
} from '../src/index.ts';
import type { BadCategory, BadExposurePlan, ExposureCategory, ExposurePlan } from '../src/index.ts';
import { extinctionOf } from '../src/bad-exposures/conditions.ts';
import { goTogether } from '../src/bad-exposures/causes.ts';
import { exposureAmplitudes } from '../src/bad-exposures/amplitudes.ts';

const small = { ccds: 4, width: 512, height: 512, band: 'r', several: 0 } as const;

function planned(category: ExposureCategory, seed: number): ExposurePlan {
  return planBadExposure({ ...small, seed, mix: { [category]: 1 } }).plan;
}

interface Measured {
  readonly image: Plane;
  readonly mask: Uint8Array;
  readonly sky: number;
  readonly rms: number;
  readonly stars: StarMeasurements;
  readonly sources: number;
}

function measured(plan: ExposurePlan, index: number): Measured {
  const { image, mask: bits } = simulateCcd(plan, index);
  const codes = communityMask(bits);
  const mask = new Uint8Array(codes.length);
  for (let i = 0; i < mask.length; i++) mask[i] = codes[i] === 0 ? 0 : 1;
  const background = estimateBackground(image, { mask });
  const subtracted = subtractBackground(image, background);
  const { globalRms: rms, globalLevel: sky } = background;
  const stars = measureStars(subtracted, rms, mask);
  const sources = rms > 0 ? findSources(subtracted, rms, mask).regions.length : 0;
  return { image, mask, sky, rms, stars, sources };
}

/** What the events of these classes change, ADU: noise and sources are the same with and without them. */
function change(plan: ExposurePlan, index: number, ...classes: string[]): Float32Array {
  const events = plan.events.filter(({ className }) => !classes.includes(className));
  expect(events.length).toBeLessThan(plan.events.length);
  const with_ = simulateCcd(plan, index).image.data;
  const without = simulateCcd({ ...plan, events }, index).image.data;
  return with_.map((value, i) => value - without[i]);
}

function bytes({ data }: Plane): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

function rmsOf(values: Float32Array): number {
  return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);
}

function median(values: ArrayLike<number>): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[sorted.length >> 1];
}

describe('the plan of a bad exposure', () => {
  const drawn = (mix: BadExposurePlan['reasons'][number][], several: number, n: number) =>
    Array.from({ length: n }, (_, seed) =>
      planBadExposure({
        ...{ seed, several, ccds: 1, width: 64, height: 64 },
        mix: Object.fromEntries(mix.map((name) => [name, 1])),
      }),
    );

  it('is a function of its seed, and plain data', () => {
    for (const category of ['Clouds_transparency', 'Bad_CCD', 'Wonky'] as const) {
      const plan = planned(category, 71);
      expect(planned(category, 71)).toEqual(plan);
      const copy = JSON.parse(JSON.stringify(plan)) as ExposurePlan;
      const alone = simulateCcd(copy, 2);
      simulateCcd(plan, 0);
      expect(Buffer.compare(bytes(simulateCcd(plan, 2).image), bytes(alone.image))).toBe(0);
    }
  });

  it('draws the categories asked for, in all bands, and two that can be told at once', () => {
    const names = exposureCategories.filter((name) => name !== 'Ghost_Scatter');
    const plans = drawn(names, 0.5, 900);
    const pairs = plans.filter(({ reasons }) => reasons.length === 2);
    expect(new Set(plans.flatMap(({ reasons }) => reasons))).toEqual(new Set(names));
    expect(pairs.length).toBeGreaterThan(150);
    for (const { reasons } of pairs) {
      expect(goTogether(...(reasons as readonly [BadCategory, BadCategory]))).toBe(true);
      expect(
        [...reasons].sort(
          (a, b) => badCategories.indexOf(a as BadCategory) - badCategories.indexOf(b as BadCategory),
        ),
      ).toEqual(reasons);
    }
    for (const name of names) {
      const bands = plans.flatMap(({ reasons, plan }) => (reasons.includes(name) ? [plan.context.band] : []));
      expect(new Set(bands).size, name).toBe(5);
    }
    expect(() => planBadExposure({ seed: 1, mix: {} })).toThrow(/above 0/);
  });

  it('has good ones that are hard: seeing up to 1.8″, thin veils, crowded fields, fringes', () => {
    const plans = drawn(['Good'], 0, 300).map(({ plan }) => plan);
    const seeing = plans.map(({ psf }) => psf.fwhmPixels * pixelScaleArcsec);
    expect(Math.max(...seeing)).toBeLessThanOrEqual(1.8001);
    expect(seeing.filter((value) => value > 1.5).length).toBeGreaterThan(15);
    expect(plans.filter(({ field }) => field.starDensity > 4).length).toBeGreaterThan(20);
    const fringed = plans.filter(({ events }) => events.some(({ className }) => className === 'Fringing'));
    expect(new Set(fringed.map(({ context }) => context.band))).toEqual(new Set(['z', 'Y']));
    expect(fringed.length).toBeGreaterThan(40);
  });
});

describe('what is wrong is in the pixels and the header', () => {
  const seeds = [11, 12, 13];

  it('clouds dim each star by the extinction at its place, and the zero point with them', () => {
    for (const seed of seeds) {
      const plan = planned('Clouds_transparency', seed);
      const conditions = plan.conditions!;
      const clear = measured({ ...plan, conditions: { ...conditions, clouds: null } }, 0);
      const cloudy = simulateCcd(plan, 0).image;
      const place = plan.context.ccds[0];
      const extinction = extinctionOf(conditions.clouds!);
      const [u, v] = [place.centreX - 255.5, place.centreY - 255.5];
      const { stars, sky } = clear;
      let seen = 0;
      for (let k = 0; k < Math.min(3, stars.count); k++) {
        const at = Math.round(stars.y[k]) * 512 + Math.round(stars.x[k]);
        if (stars.peak[k] < 30 * clear.rms) continue;
        const dimmed = (cloudy.data[at] - sky) / (clear.image.data[at] - sky);
        const wanted = 10 ** (-0.4 * extinction(u + stars.x[k], v + stars.y[k]));
        expect(Math.abs(dimmed - wanted)).toBeLessThan(0.2 * wanted + (5 * clear.rms) / stars.peak[k] + 0.06);
        seen++;
      }
      const { zeroPoint } = conditions;
      if (zeroPoint !== null) {
        const nominal = 26.82 - 2.5 * Math.log10(4) + 2.5 * Math.log10(plan.transparency);
        expect(nominal - zeroPoint).toBeGreaterThan(0.15);
        expect(primaryHeader(plan).number('MAGZPT')).toBeCloseTo(zeroPoint, 3);
      }
      expect(seen + Number(zeroPoint !== null)).toBeGreaterThan(0);
    }
  });

  it('stars are wide or long where the point-spread function is bad, donuts where focus is lost', () => {
    let bad = 0;
    for (const seed of [21, 22, 23, 24, 25, 26]) {
      const found = [0, 1, 2]
        .map((index) => measured(planned('PSF', seed), index).stars)
        .filter(({ count }) => count >= 2);
      const fwhm = median(found.flatMap(({ fwhm }) => [...fwhm])) * pixelScaleArcsec;
      const ellipticity = median(found.flatMap(({ ellipticity }) => [...ellipticity]));
      if (fwhm > 2 || ellipticity > 0.17) bad++;
    }
    expect(bad).toBeGreaterThanOrEqual(5);
    for (const seed of seeds) {
      const plan = planned('Out_of_focus', seed);
      const { diameter } = plan.events.find(({ className }) => className === 'Out of focus')!.parameters as {
        diameter: number;
      };
      const found = [0, 1].map((index) => measured(plan, index).stars).filter(({ count }) => count >= 2);
      for (const { fwhm } of found) expect(median(fwhm)).toBeGreaterThan(0.6 * diameter);
    }
  });

  it('sources are doubled with one offset where the telescope moved', () => {
    const moved = Array.from({ length: 12 }, (_, i) => planned('Telescope_Moving', 30 + i)).filter(
      ({ conditions }) => conditions!.images.length > 0,
    );
    expect(moved.length).toBeGreaterThan(4);
    for (const plan of moved.slice(0, 3)) {
      const [a, b] = plan.conditions!.images;
      expect(a.share + b.share).toBeCloseTo(1, 12);
      const offset = [a.dx - b.dx, a.dy - b.dy].map(Math.round);
      const { image, sky, rms } = measured(plan, 1);
      const excess = image.data.map((value) => Math.min(30, Math.max(0, (value - sky) / rms - 2)));
      const at = ([dx, dy]: readonly number[]): number => {
        let [sum, n] = [0, 0];
        for (let y = 0; y < 512; y += 1)
          for (let x = 0; x < 512; x += 1) {
            if (x + dx < 0 || x + dx >= 512 || y + dy < 0 || y + dy >= 512) continue;
            sum += excess[y * 512 + x] * excess[(y + dy) * 512 + x + dx];
            n++;
          }
        return sum / n;
      };
      // The same length in the direction across it is the field's own correlation.
      if (Math.hypot(...offset) > 20) expect(at(offset)).toBeGreaterThan(1.5 * at([-offset[1], offset[0]]));
    }
  });

  it('an exposure that is not optimal is shallow by the header and the stars', () => {
    const factors = seeds.map((seed) => {
      const plan = planned('Nonoptimal_exp', seed);
      const ccd = simulateCcd(plan, 0);
      const primary = primaryHeader(plan);
      const header = {
        number: (keyword: string) => ccd.header.number(keyword) ?? primary.number(keyword),
        string: (keyword: string) => ccd.header.string(keyword) ?? primary.string(keyword),
      };
      const background = estimateBackground(ccd.image);
      const plane = subtractBackground(ccd.image, background);
      // The simulated width, since one CCD may have no star to measure.
      const stars = { ...measureStars(plane, 0), count: 1, fwhm: Float32Array.of(plan.psf.fwhmPixels) };
      return measureQuality(plane, null, background, header, { stars }).depthFactor;
    });
    for (const factor of factors) expect(factor === null || factor < 0.36).toBe(true);
    expect(factors.some((factor) => factor !== null)).toBe(true);
  });

  it('a sky subtraction that failed leaves its errors, and far more or far fewer detections', () => {
    const far = [41, 42, 43, 44].filter((seed) => {
      const plan = planned('NObjects', seed);
      const left = rmsOf(change(plan, 0, 'failed sky subtraction'));
      expect(left).toBeGreaterThan(0.2 * (plan.context.skyRms / 4));
      const events = plan.events.filter(({ className }) => className !== 'failed sky subtraction');
      const ratio = measured(plan, 0).sources / measured({ ...plan, events }, 0).sources;
      return ratio < 0.8 || ratio > 1.25;
    });
    expect(far.length).toBeGreaterThanOrEqual(2);
  });

  it('banding is on the CCDs of one backplane, as strong as drawn, and nowhere else', () => {
    for (const seed of seeds) {
      const plan = planned('Noise', seed);
      const bands = plan.events.filter(({ className }) => className === 'Readout');
      const backplanes = new Set(bands.map(({ ccd }) => backplaneOf(ccd!)));
      expect(backplanes.size).toBe(1);
      const { peak } = bands[0].parameters as { peak: number };
      for (const [index, { name }] of plan.context.ccds.entries()) {
        const left = rmsOf(change(plan, index, 'Readout'));
        if (!backplanes.has(backplaneOf(name))) expect(left).toBe(0);
        else expect(left / ((peak * plan.context.skyRms) / 4 / Math.SQRT2)).toBeCloseTo(1, 0);
      }
    }
  });

  it('one to three CCDs are broken, or halves of them, and the others are not touched', () => {
    for (const seed of seeds) {
      const plan = planned('Bad_CCD', seed);
      const broken = plan.context.ccds.filter((_, index) => rmsOf(change(plan, index, 'broken CCD')) > 0);
      expect(broken.length).toBeGreaterThanOrEqual(1);
      expect(broken.length).toBeLessThanOrEqual(3);
      expect(
        plan.events
          .filter(({ className }) => className === 'broken CCD')
          .map(({ ccd }) => ccd)
          .sort(),
      ).toEqual(broken.map(({ name }) => name).sort());
    }
  });

  it('a saturated exposure has a sky of tens of thousands', () => {
    for (const seed of seeds) {
      const { image } = simulateCcd(planned('Saturated', seed), 0);
      expect(median(image.data)).toBeGreaterThan(0.85 * exposureAmplitudes['twilight sky'].low);
    }
  });

  it('scattered light is on three CCDs or more', () => {
    const plan = planned('Ghost_Scatter', 51);
    const classes = ['Ghost', 'Bright spray', 'Brush strokes', 'Bright arc', 'Haze'];
    const lit = plan.context.ccds.filter((_, index) => {
      const light = change(plan, index, ...classes);
      const range =
        light.reduce((most, value) => Math.max(most, value), 0) -
        light.reduce((least, value) => Math.min(least, value), Infinity);
      return range > 0.04 * (plan.context.skyRms / 4);
    });
    expect(lit.length).toBeGreaterThanOrEqual(3);
  });

  it('rings are of 2 to 5 % of the sky, and the same at the same distance from the axis', () => {
    const ringed = Array.from({ length: 8 }, (_, i) => planned('Wonky', 60 + i)).find(({ events }) =>
      events.some(({ parameters }) => (parameters as { form?: string }).form === 'rings'),
    )!;
    const { context } = ringed;
    const values: { radius: number; change: number }[] = [];
    for (const [index, place] of context.ccds.entries()) {
      const light = change(ringed, index, 'illumination of the exposure');
      for (let i = 517; i < light.length; i += 1031) {
        const x = place.centreX - 255.5 + (i % 512);
        const y = place.centreY - 255.5 + Math.floor(i / 512);
        // Electrons an ADU differ by a tenth from chip to chip.
        values.push({ radius: Math.hypot(x, y), change: light[i] / (context.skyLevel / 4) });
      }
    }
    const largest = Math.max(...values.map(({ change }) => Math.abs(change)));
    expect(largest).toBeGreaterThan(0.015);
    expect(largest).toBeLessThan(0.07);
    values.sort((a, b) => a.radius - b.radius);
    const steps = values.slice(1).map(({ change }, k) => Math.abs(change - values[k].change));
    expect(median(steps)).toBeLessThan(0.2 * largest);
  });
});

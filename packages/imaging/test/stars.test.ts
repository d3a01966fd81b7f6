import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  createPlane,
  estimateBackground,
  measureQuality,
  measureStars,
  stackStars,
  subtractBackground,
} from '../src/index.ts';
import type { Plane } from '../src/index.ts';
import type { Case } from './fixtures/synthetic.ts';
import { addMoffat, lcg, syntheticImage } from './fixtures/synthetic.ts';

const oracle = (
  JSON.parse(readFileSync(new URL('./fixtures/oracles.json', import.meta.url), 'utf8')) as {
    stars: { case: Case; x: number[]; y: number[]; medianFwhm: number; medianEllipticity: number };
  }
).stars;

const median = (values: Float32Array) => values.slice().sort()[values.length >> 1];
const header = (values: Record<string, number | string>) => ({
  number: (k: string) => (typeof values[k] === 'number' ? values[k] : undefined),
  string: (k: string) => (typeof values[k] === 'string' ? values[k] : undefined),
});

function field(c: Partial<Case>): { plane: Plane; rms: number } {
  const raw = syntheticImage({ ...oracle.case, ...c });
  const background = estimateBackground(raw, { mesh: 128 });
  return { plane: subtractBackground(raw, background), rms: background.globalRms };
}

/** Stars drawn as many small Moffats along a line (trail) or over a ring (donut), and cosmic rays. */
function smeared(kind: 'trail' | 'donut'): Plane {
  const size = 700;
  const random = lcg(5);
  const data = new Float32Array(size * size);
  const stamp = new Float32Array(91 * 91);
  const steps = 60;
  for (let s = 0; s < steps; s++) {
    const angle = (2 * Math.PI * s * 0.618) % (2 * Math.PI);
    const radius = Math.sqrt(16 + (84 * s) / steps);
    const [dx, dy] =
      kind === 'trail'
        ? [(s - 29.5) * 0.8, (s - 29.5) * 0.6]
        : [radius * Math.cos(angle), radius * Math.sin(angle)];
    addMoffat(stamp, 91, 91, 45 + dx, 45 + dy, 1 / steps, 4);
  }
  for (let i = 0; i < 25; i++) {
    const x = 10 + 130 * (i % 5) + Math.floor(30 * random());
    const y = 10 + 130 * Math.floor(i / 5) + Math.floor(30 * random());
    const flux = 3e5 * (1 + 3 * random());
    for (let v = 0; v < 91; v++)
      for (let u = 0; u < 91; u++)
        if (y + v < size && x + u < size) data[(y + v) * size + x + u] += flux * stamp[v * 91 + u];
  }
  for (let i = 0; i < data.length; i++) data[i] += 17 * (random() + random() + random() + random() - 2);
  for (let i = 0; i < 30; i++) data[Math.floor(random() * data.length)] += 20000;
  return createPlane(size, size, data);
}

describe('measureStars', () => {
  it.each([
    [3, 0],
    [4.5, 0.15],
    [7, 0],
    [9, 0.3],
  ])('finds FWHM %f px and ellipticity %f of injected Moffat stars', (fwhm, ellipticity) => {
    const { plane, rms } = field({ fwhm, ellipticity, stars: 50 });
    const stars = measureStars(plane, rms, null);
    expect(stars.count).toBeGreaterThan(12);
    expect(Math.abs(median(stars.fwhm) / fwhm - 1)).toBeLessThan(0.03);
    expect(Math.abs(median(stars.ellipticity) - ellipticity)).toBeLessThan(0.02);
    if (ellipticity > 0.1) expect(Math.abs(median(stars.angle))).toBeLessThan(0.05);
  });

  it('agrees with source-extractor on the same image', () => {
    const { plane, rms } = field({});
    const stars = measureStars(plane, rms, null);
    // Truth is 4.5 px; source-extractor's FWHM_IMAGE of a Moffat profile is a Gaussian core fit, 5–8 % above it.
    expect(Math.abs(median(stars.fwhm) / oracle.medianFwhm - 1)).toBeLessThan(0.1);
    expect(Math.abs(median(stars.ellipticity) - oracle.medianEllipticity)).toBeLessThan(0.03);
    for (let i = 0; i < stars.count; i++) {
      const distances = oracle.x.map((x, k) => Math.hypot(x - stars.x[i], oracle.y[k] - stars.y[i]));
      // Half a pixel leaves room for blends that it lists and we measure as one.
      if (Math.min(...distances) < 3) expect(Math.min(...distances)).toBeLessThan(0.5);
    }
  });

  it('measures trails and donuts, not the cosmic rays among them', () => {
    const trail = measureStars(smeared('trail'), 10, null);
    expect(trail.count).toBeGreaterThan(8);
    expect(median(trail.ellipticity)).toBeGreaterThan(0.8);
    expect(median(trail.angle)).toBeCloseTo(Math.atan2(0.6, 0.8), 1);
    const donut = measureStars(smeared('donut'), 10, null);
    expect(donut.count).toBeGreaterThan(12);
    expect(median(donut.fwhm)).toBeGreaterThan(12);
    expect(median(donut.fwhm)).toBeLessThan(22);
    expect(median(donut.ellipticity)).toBeLessThan(0.15);
  });

  it('leaves out masked and saturated stars; no stars is a result', () => {
    const { plane, rms } = field({});
    const all = measureStars(plane, rms, null);
    const mask = new Uint8Array(plane.data.length);
    mask[Math.round(all.y[0]) * plane.width + Math.round(all.x[0])] = 1;
    const without = measureStars(plane, rms, mask);
    for (let i = 0; i < without.count; i++)
      expect(Math.hypot(without.x[i] - all.x[0], without.y[i] - all.y[0])).toBeGreaterThan(3);
    const limit = 0.5 * all.peak[0];
    expect(measureStars(plane, rms, null, { saturation: limit }).peak.every((p) => p < limit)).toBe(true);
    expect(measureStars(createPlane(10, 10), 1, null).count).toBe(0);
    expect(measureStars(plane, NaN, null).count).toBe(0);
  });
});

describe('stackStars', () => {
  it('is the PSF: centred, its half-maximum at the FWHM', () => {
    const { plane, rms } = field({ fwhm: 6, ellipticity: 0 });
    const stars = measureStars(plane, rms, null);
    const stack = stackStars(plane, null, stars, { size: 32 });
    let sum = 0;
    let sx = 0;
    let sy = 0;
    let above = 0;
    const peak = Math.max(...stack);
    for (let y = 8; y < 24; y++)
      for (let x = 8; x < 24; x++) {
        const value = stack[y * 32 + x];
        sum += value;
        sx += value * x;
        sy += value * y;
        if (value > peak / 2) above++;
      }
    expect(peak).toBeGreaterThan(0.9);
    expect(sx / sum).toBeCloseTo(15.5, 1);
    expect(sy / sum).toBeCloseTo(15.5, 1);
    expect(Math.sqrt((4 * above) / Math.PI)).toBeGreaterThan(5.4);
    expect(Math.sqrt((4 * above) / Math.PI)).toBeLessThan(6.8);
    const wide = stackStars(plane, null, stars, { size: 32, bin: 2, normalise: 'flux' });
    expect(wide.reduce((a, b) => a + b, 0)).toBeGreaterThan(0.7);
  });

  it('is zero without stars', () => {
    const none = measureStars(createPlane(50, 50), 1, null);
    expect(stackStars(createPlane(50, 50), null, none, { size: 8 })).toEqual(new Float32Array(64));
  });
});

describe('measureQuality', () => {
  const raw = syntheticImage(oracle.case);
  const background = estimateBackground(raw, { mesh: 128 });
  const plane = subtractBackground(raw, background);
  const decam = {
    INSTRUME: 'DECam',
    FILTER: 'r DECam SDSS c0002 6415.0 1480.0',
    EXPTIME: 90,
    GAIN: 4,
  };

  it('gives depth 1 and transparency 1 in nominal conditions', () => {
    // Sky noise of 90 s of dark r-band sky (20.91 mag/arcsec²) in 0.262″ pixels, in ADU at 4 e−/ADU, at the nominal zero point.
    const zeroPoint = 26.818 - 2.5 * Math.log10(4) + 2.5 * Math.log10(90);
    const electrons = 10 ** (0.4 * (26.818 - 20.91)) * 90 * 0.262 ** 2;
    const nominal = { ...background, globalRms: Math.sqrt(electrons) / 4 };
    const stars = { ...measureStars(plane, background.globalRms, null) };
    stars.fwhm = stars.fwhm.map(() => 0.9 / 0.262);
    const figures = measureQuality(plane, null, nominal, header({ ...decam, MAGZERO: zeroPoint }), { stars });
    expect(figures.transparency).toBeCloseTo(1, 3);
    expect(figures.depthFactor).toBeCloseTo(1, 3);
    expect(figures.zeroPoint).toBeCloseTo(zeroPoint, 6);
    const cloudy = measureQuality(plane, null, nominal, header({ ...decam, MAGZPT: zeroPoint - 4.886 - 1 }), {
      stars,
    });
    expect(cloudy.transparency).toBeCloseTo(10 ** -0.4, 2);
    expect(cloudy.depthFactor).toBeCloseTo(10 ** -0.8, 2);
  });

  it('is null, never NaN, where it cannot be measured', () => {
    const figures = measureQuality(plane, null, background, null);
    expect(figures.fwhm).toBeGreaterThan(4);
    expect(figures.sky).toBeGreaterThan(900);
    expect(figures).toMatchObject({ zeroPoint: null, transparency: null, depthFactor: null });
    const blank = createPlane(10, 10, new Float32Array(100).fill(NaN));
    const nothing = measureQuality(
      blank,
      null,
      estimateBackground(blank),
      header({ MAGZEROP: 0, MAGZERO: 0 }),
    );
    expect(Object.values(nothing).every((value) => value === null)).toBe(true);
  });
});

import { describe, expect, it } from 'vitest';
import type { AirplaneParameters } from '../src/artifacts/airplane.ts';
import type { BrightArcParameters } from '../src/artifacts/bright-arc.ts';
import type { FringingParameters } from '../src/artifacts/fringing.ts';
import type { GhostParameters } from '../src/artifacts/ghost.ts';
import type { HazeParameters } from '../src/artifacts/haze.ts';
import type { SatelliteParameters } from '../src/artifacts/satellite.ts';
import { trailProfile } from '../src/artifacts/trail-profile.ts';
import { Rng } from '../src/rng.ts';
import {
  context,
  drawEvent,
  height,
  largest,
  modelOf,
  places,
  renderOn,
  sceneAt,
  width,
} from './artifacts-scene.ts';

const origin = (k: number) =>
  [places[k].centreX - (width - 1) / 2, places[k].centreY - (height - 1) / 2] as const;

describe('Satellite', () => {
  const model = modelOf<SatelliteParameters>('Satellite');

  it('lies on its line of the focal plane on every CCD it crosses', () => {
    const line = {
      ...drawEvent(model, 1),
      x: 0,
      y: 0,
      angle: 1.1,
      variation: 'steady',
      start: -1e6,
      end: 1e6,
    } as const;
    let rows = 0;
    for (const k of [0, 3]) {
      const delta = renderOn(model, line, sceneAt(places[k]));
      const [ox, oy] = origin(k);
      for (let y = 0; y < height; y += 7) {
        let sum = 0;
        let moment = 0;
        let first = width;
        let last = -1;
        for (let x = 0; x < width; x++) {
          const value = delta[y * width + x];
          sum += value;
          moment += value * x;
          if (value > 0) {
            first = Math.min(first, x);
            last = x;
          }
        }
        if (last < 0 || first === 0 || last === width - 1) continue;
        rows++;
        expect(ox + moment / sum).toBeCloseTo((oy + y) / Math.tan(1.1), 1);
      }
    }
    expect(rows).toBeGreaterThan(100);
  });

  it('is as wide as the PSF and the pupil at its distance together', () => {
    const widthAtHalf = (blur: number) => {
      const { values, samplesPerPixel } = trailProfile(4, blur, 1e-4);
      return (2 * values.findIndex((value) => value < 0.5)) / samplesPerPixel;
    };
    // a Moffat of β = 3 projected along a line: FWHM × √(2^(1/2.5) − 1) / √(2^(1/3) − 1) = 1.11 × FWHM
    expect(widthAtHalf(0)).toBeGreaterThan(4.2);
    expect(widthAtHalf(0)).toBeLessThan(5);
    expect(widthAtHalf(5.7)).toBeGreaterThan(5.5);
    expect(widthAtHalf(5.7)).toBeLessThan(8);
    expect(trailProfile(4, 0, 1e-4).reach).toBeGreaterThan(trailProfile(4, 0, 1e-1).reach);
  });

  it('ends where its light ends', () => {
    const p = {
      ...drawEvent(model, 1),
      x: -300,
      y: -550,
      angle: 0,
      variation: 'steady',
      start: -50,
      end: 80,
    } as const;
    const delta = renderOn(model, p, sceneAt(places[0]));
    const row = Math.round((height - 1) / 2) * width;
    const centre = (width - 1) / 2;
    const on = delta[row + Math.round(centre + 10)];
    expect(delta[row + Math.round(centre - 50)]).toBeGreaterThan(0.3 * on);
    expect(delta[row + Math.round(centre - 50)]).toBeLessThan(0.7 * on);
    expect(delta[row + Math.round(centre + 110)]).toBe(0);
  });
});

describe('Airplane', () => {
  it('draws a band as wide as the donut, brightest at the edges of its hole', () => {
    const model = modelOf<AirplaneParameters>('Airplane');
    const p: AirplaneParameters = {
      ...drawEvent(model, 3),
      x: places[0].centreX,
      y: places[0].centreY,
      angle: Math.PI / 2,
      diameter: 320,
      start: -1e6,
      end: 1e6,
      lights: [{ offset: 0, weight: 1 }],
      strobePixels: 0,
      strobeWeight: 0,
    };
    const row = renderOn(model, p, sceneAt(places[0])).subarray(500 * width, 501 * width);
    const lit = row.reduce((n, value) => n + (value > 0 ? 1 : 0), 0);
    expect(lit).toBeGreaterThan(312);
    expect(lit).toBeLessThan(330);
    const centre = row[256];
    const besideHole = row[Math.round(255.5 + 0.38 * 160)];
    expect(centre).toBeLessThan(0.75 * besideHole);
    expect(besideHole / (p.peak * context.skyRms)).toBeGreaterThan(0.95);
  });
});

describe('Ghost', () => {
  const model = modelOf<GhostParameters>('Ghost');
  const image = {
    x: places[0].centreX,
    y: places[0].centreY,
    radius: 200,
    axisRatio: 1,
    hole: 0.4,
    holeShift: 0,
    vane: 0.03,
    vaneAngle: Math.PI / 4,
    inside: 0.8,
    weight: 1,
  };

  it('is an annulus of its radius with a dark hole and four vanes', () => {
    const p = { peak: 2, images: [image], star: { x: 0, y: 0, flux: 1, invented: false } };
    const delta = renderOn(model, p, sceneAt(places[0]));
    const at = (r: number, degrees: number) => {
      const x = Math.round(255.5 + r * Math.cos((degrees * Math.PI) / 180));
      const y = Math.round(511.5 + r * Math.sin((degrees * Math.PI) / 180));
      return delta[y * width + x] / context.skyRms;
    };
    for (const angle of [0, 20, 90, 110, 180, 250]) {
      expect(at(210, angle)).toBe(0);
      expect(at(185, angle)).toBeGreaterThan(1.7);
      expect(at(120, angle)).toBeGreaterThan(1.5);
      expect(at(70, angle)).toBe(0);
    }
    for (const angle of [45, 135, 225, 315]) expect(at(140, angle)).toBeLessThan(0.1);
  });

  it('lies on the line through its star and the axis, the larger the nearer to it', () => {
    const star = { x: 600, y: 800, flux: 1e9 };
    let followed = 0;
    for (let seed = 1; seed <= 60; seed++) {
      const p = model.draw(new Rng(seed), { ...context, brightStars: [star] });
      expect(p.star).toEqual({ ...star, invented: false });
      expect(model.stars!(p)).toEqual([]);
      const [{ x, y, radius }] = p.images;
      const across = Math.abs(x * star.y - y * star.x) / 1000;
      if (across > 1e-6) continue;
      followed++;
      const k = (x * star.x + y * star.y) / 1e6;
      expect(k).toBeGreaterThan(-0.6);
      expect(k).toBeLessThan(1.3);
      if (radius < 1000) expect(k).toBeGreaterThan(0.5);
      if (radius > 8000) expect(k).toBeLessThan(0.2);
    }
    expect(followed).toBeGreaterThan(45);
  });

  it('brings its star along where the exposure has none bright enough', () => {
    const p = drawEvent(model, 5);
    expect(p.star.invented).toBe(true);
    expect(model.stars!(p)).toEqual([p.star]);
  });
});

describe('Bright arc', () => {
  it('follows a circle and is as wide as drawn', () => {
    const model = modelOf<BrightArcParameters>('Bright arc');
    const p: BrightArcParameters = {
      x: places[0].centreX - 6000,
      y: places[0].centreY,
      radius: 6000,
      angle: 0,
      length: 4000,
      widthPixels: 40,
      peak: 1,
    };
    const delta = renderOn(model, p, sceneAt(places[0]));
    for (const y of [112, 512, 900]) {
      const row = delta.subarray(y * width, (y + 1) * width);
      const best = row.indexOf(Math.max(...row));
      const expected = 255.5 + Math.sqrt(6000 ** 2 - (y - 511.5) ** 2) - 6000;
      expect(Math.abs(best - expected)).toBeLessThanOrEqual(1);
      const wide = row.filter((value) => value > 0.5 * row[best]).length;
      expect(Math.abs(wide - 40)).toBeLessThan(5);
    }
  });
});

describe('Haze', () => {
  const model = modelOf<HazeParameters>('Haze');

  it('surrounds bright stars in proportion to their flux and ends at its radius', () => {
    const stars = [
      { x: places[0].centreX, y: places[0].centreY - 200, flux: 4e8 },
      { x: places[3].centreX, y: places[3].centreY, flux: 1e8 },
    ];
    const ccds = [places[0], places[3]];
    const drawn = model.draw(new Rng(2), { ...context, ccds, brightStars: stars });
    expect(drawn.invented).toEqual([]);
    const p = { ...drawn, radius: 250 };
    const bright = renderOn(model, p, sceneAt(places[0]));
    const faint = renderOn(model, p, sceneAt(places[3]));
    const level = p.peak * context.skyRms;
    expect(largest(bright) / level).toBeCloseTo(1, 2);
    expect(largest(faint) / level).toBeCloseTo(0.25, 2);
    expect(bright[(312 + 240) * width + 256]).toBeGreaterThan(0);
    expect(bright[(312 + 262) * width + 256]).toBe(0);
  });

  it('gives the other stars of a CCD halos too, and none twice', () => {
    const star = { x: places[0].centreX, y: places[0].centreY, flux: 4e8 };
    const p = {
      ...model.draw(new Rng(2), { ...context, ccds: [places[0]], brightStars: [star] }),
      radius: 100,
    };
    const stars = [
      { x: (width - 1) / 2, y: (height - 1) / 2, flux: 3.9e8 },
      { x: 100, y: 100, flux: 4e7 },
    ];
    const delta = renderOn(model, p, sceneAt(places[0], { stars }));
    const level = p.peak * context.skyRms;
    expect(largest(delta) / level).toBeCloseTo(1, 2);
    expect(delta[100 * width + 100] / level).toBeCloseTo(0.1, 2);
  });

  it('brings stars along where the exposure has too few', () => {
    const p = drawEvent(model, 1);
    expect(p.invented).toHaveLength(places.length);
    expect(model.stars!(p)).toEqual(p.invented);
    expect(Math.max(...p.halos.map((halo) => halo.weight))).toBeLessThanOrEqual(1);
  });
});

describe('Fringing', () => {
  const model = modelOf<FringingParameters>('Fringing');

  it('has contours fixed per CCD and one scale per exposure', () => {
    const one = renderOn(model, { peak: 0.5, sign: 1 }, sceneAt(places[0]));
    const two = renderOn(model, { peak: 1, sign: -1 }, sceneAt(places[0], { rng: new Rng(99) }));
    const other = renderOn(model, { peak: 0.5, sign: 1 }, sceneAt(places[1]));
    let product = 0;
    let worst = 0;
    let square = 0;
    for (let i = 0; i < one.length; i++) {
      worst = Math.max(worst, Math.abs(two[i] + 2 * one[i]));
      product += one[i] * other[i];
      square += one[i] * one[i];
    }
    expect(worst).toBeLessThan(1e-3);
    expect(Math.abs(product / square)).toBeLessThan(0.3);
    expect(model.bands).toEqual(['z', 'Y']);
  });

  it('has periods of 25 to 65 px over most of the silicon', () => {
    // distance between sign changes along x and y gives the local period: 1/p² = 1/px² + 1/py²
    let crossings = 0;
    let length = 0;
    for (const place of places) {
      const delta = renderOn(model, { peak: 1, sign: 1 }, sceneAt(place));
      for (let y = 2; y < height - 1; y += 8) {
        for (let x = 2; x < width - 1; x++) {
          const a = delta[y * width + x] > 0 ? 1 : 0;
          if (a !== (delta[y * width + x + 1] > 0 ? 1 : 0)) crossings++;
          length++;
        }
      }
    }
    // a random direction sees a period π/2 times the true one on average
    const period = (2 * length) / crossings / (Math.PI / 2);
    expect(period).toBeGreaterThan(25);
    expect(period).toBeLessThan(75);
  });
});

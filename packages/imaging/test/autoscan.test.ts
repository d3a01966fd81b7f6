import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  autoscanFeatures,
  autoscanMeasure,
  fillMissing,
  isophotalSources,
  placeGrid,
  spreadModel,
  stackPsf,
} from '../src/index.ts';
import type { AutoscanFeature, AutoscanInput, Plane } from '../src/index.ts';
import { sumOverTaps } from '../src/difference/sum-over-taps.ts';

interface Case {
  readonly seed: number;
  readonly flux: number;
  readonly x: number;
  readonly y: number;
  readonly sigma: number;
  readonly dipole: number;
  readonly host: number;
  readonly hole: readonly [number, number, number, number] | null;
  readonly noise: number;
}

const oracles = JSON.parse(readFileSync(new URL('./fixtures/autoscan.json', import.meta.url), 'utf8')) as {
  case: Case;
  features: Partial<Record<AutoscanFeature, number>>;
}[];

const side = 51;

function lcg(seed: number): () => number {
  let state = seed;
  return () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
}

function gaussian(flux: number, cx: number, cy: number, sigma: number, size = side): Float64Array {
  const peak = flux / (2 * Math.PI * sigma ** 2);
  return Float64Array.from({ length: size * size }, (_, i) => {
    const [x, y] = [i % size, Math.floor(i / size)];
    return peak * Math.exp(-((x - cx) ** 2 + (y - cy) ** 2) / (2 * sigma ** 2));
  });
}

const plane = (data: ArrayLike<number>, size = side): Plane => ({
  width: size,
  height: size,
  data: Float32Array.from(data),
});

/** The stamps of fixtures/autoscan.py. */
function stampsOf(one: Case): AutoscanInput {
  const next = lcg(one.seed);
  const noise = () => Float64Array.from({ length: side * side }, () => next() + next() + next() + next() - 2);
  const source = gaussian(one.flux, one.x, one.y, one.sigma);
  const lost = gaussian(one.dipole, one.x + 3.2, one.y - 2.1, one.sigma);
  const [n1, n2] = [noise(), noise()];
  const host = gaussian(one.host, 28.4, 23.7, 3.4);
  const difference = plane(source.map((v, i) => v + one.noise * n1[i] - lost[i]));
  if (one.hole !== null) {
    const [y0, y1, x0, x1] = one.hole;
    for (let y = y0; y < y1; y++) difference.data.fill(NaN, y * side + x0, y * side + x1);
  }
  const sigma = 1.9;
  return {
    difference,
    noise: plane(new Float32Array(side * side).fill(0.577 * one.noise)),
    reference: plane(host.map((v, i) => v + 0.5 * one.noise * n2[i])),
    psf: plane(gaussian(1, 15, 15, sigma, 31), 31),
    fwhm: 2.3548 * sigma,
    ...{ x: one.x, y: one.y, flux: one.flux, fluxError: 30, limitFlux: 150, zeroPoint: 25 },
    host: { a: 3, b: 2, flux: 4000, fluxError: 40, distanceArcsec: 0.9 },
    ...{ edgeDistance: 400, ccdid: 12, band: 2 },
  };
}

describe('autoScan features', () => {
  it.each(oracles)('are those of numpy, scipy and sep (seed $case.seed)', ({ case: one, features }) => {
    const found = autoscanMeasure(stampsOf(one)).features;
    for (const [name, value] of Object.entries(features) as [AutoscanFeature, number][]) {
      // sep sums in single precision, and the fixture's stamps are rounded to 1e-4
      const tolerance = Number.isInteger(value) ? 0 : 2e-3 * Math.max(Math.abs(value), 0.05);
      expect(Math.abs(found[name]! - value), `${name}: ${found[name]} for ${value}`).toBeLessThanOrEqual(
        tolerance,
      );
    }
  });

  it('has the 38 names of the published tables, and each is a number or has a reason', () => {
    expect(Object.keys(autoscanFeatures)).toHaveLength(38);
    const input = stampsOf(oracles[0].case);
    const { features, reasons } = autoscanMeasure({
      ...input,
      ...{ zeroPoint: null, host: null, ccdid: null, band: null },
    });
    const empty = Object.entries(features).filter(([, value]) => value === null);
    expect(empty.map(([name]) => name).sort()).toEqual(
      ['a_ref', 'b_ref', 'band', 'ccdid', 'mag', 'mag_ref', 'mag_ref_err', 'nn_dist_renorm'].sort(),
    );
    expect(reasons.flatMap((one) => one.features).sort()).toEqual(empty.map(([name]) => name).sort());
    expect(reasons.map(({ reason }) => reason)).toContain('no reference source within 5 arcsec');
    // without a host the limit stands in for it, as in the paper
    expect(features.magdiff).toBeCloseTo(features.mag_from_limit!, 12);
    expect(features.maglim).toBe(1);
  });

  it('says why where a stamp has nothing to count', () => {
    const nothing = {
      ...stampsOf(oracles[0].case),
      difference: plane(new Float32Array(side * side).fill(NaN)),
    };
    const { features, reasons } = autoscanMeasure(nothing);
    expect(features.amp).toBeNull();
    expect(features.n2sig3).toBeNull();
    expect(features.spread_model).toBeNull();
    expect(features.maskfrac).toBe(1);
    expect(features.flags).toBe(16);
    expect(reasons.map(({ reason }) => reason)).toContain('the stamp is constant or has no value');
    expect(() => autoscanMeasure({ ...nothing, noise: plane([1], 1) })).toThrow(/51×51/);
  });

  it('tells points from what is wider and sharper', () => {
    const { noise, psf, fwhm } = stampsOf(oracles[0].case);
    const at = (sigma: number) =>
      spreadModel(plane(gaussian(1e5, 25.4, 24.7, sigma)), noise, psf, fwhm, 25.4, 24.7)!;
    expect(Math.abs(at(1.9).spread)).toBeLessThan(1e-4);
    expect(at(2.4).spread).toBeGreaterThan(20 * at(2.4).spreadError);
    expect(at(1.2).spread).toBeLessThan(-20 * at(1.2).spreadError);
  });
});

describe('parts of a difference', () => {
  it('fill holes with what is about them, and leave their depth', () => {
    const ramp = plane(
      Float32Array.from({ length: 900 }, (_, i) => (i % 30) + 2 * Math.floor(i / 30)),
      30,
    );
    const mask = new Uint8Array(900);
    for (let y = 10; y < 13; y++) mask.fill(1, y * 30 + 8, y * 30 + 11);
    const filled = fillMissing(ramp, mask);
    // a linear field has its own value in the middle of a small hole
    expect(filled.data[11 * 30 + 9]).toBeCloseTo(ramp.data[11 * 30 + 9], 0);
    for (let i = 0; i < 900; i++) if (mask[i] === 0) expect(filled.data[i]).toBe(ramp.data[i]);
    expect(fillMissing(ramp, new Uint8Array(900).fill(1)).data.every(Number.isNaN)).toBe(true);
    const half = new Uint8Array(900).map((_, i) => (i % 30 < 20 ? 1 : 0));
    const shallow = fillMissing(ramp, half, { depth: 3 });
    expect([shallow.data[16], shallow.data[17]].map(Number.isNaN)).toEqual([true, false]);
  });

  it('place pixels between the nodes as the map itself does', () => {
    const map = (x: number, y: number): [number, number] => [
      3 + 1.001 * x - 0.002 * y + 1e-7 * x * x,
      y - 2 + 1e-7 * x * y,
    ];
    const grid = placeGrid(1000, 700, map);
    for (const [x, y] of [
      [0, 0],
      [999, 699],
      [512.3, 17.8],
      [-4, 703],
    ])
      for (const axis of [0, 1]) expect(Math.abs(grid(x, y)[axis] - map(x, y)[axis])).toBeLessThan(2e-4);
    expect(placeGrid(1, 1, map)(0, 0)[0]).toBeCloseTo(3, 12);
  });

  it('sum over neighbours as a loop does', () => {
    const next = lcg(3);
    const values = Float32Array.from({ length: 37 * 41 }, () => next() - 0.5);
    const taps = [
      { dx: -3, dy: 2, weight: 0.3 },
      { dx: 0, dy: 0, weight: 1 },
      { dx: 4, dy: -5, weight: -0.7 },
    ];
    const sums = sumOverTaps(values, 37, 41, taps, 2);
    for (let y = 0; y < 41; y++)
      for (let x = 0; x < 37; x++) {
        let sum = 0;
        for (const { dx, dy, weight } of taps) {
          const inside = x + dx >= 0 && x + dx < 37 && y + dy >= 0 && y + dy < 41;
          sum += weight * (inside ? values[(y + dy) * 37 + x + dx] : 2);
        }
        expect(Math.abs(sums[y * 37 + x] - sum)).toBeLessThan(1e-6);
      }
  });

  it('stack stars to their PSF, wherever in a pixel they lie', () => {
    const size = 420;
    const next = lcg(9);
    const data = Float64Array.from(
      { length: size * size },
      () => 2 * (next() + next() + next() + next() - 2),
    );
    const stars = Array.from({ length: 25 }, (_, k) => ({
      x: 50 + 80 * (k % 5) + 2 * next(),
      y: 50 + 80 * Math.floor(k / 5) + 2 * next(),
    }));
    for (const { x, y } of stars)
      for (let v = Math.floor(y) - 20; v <= y + 20; v++)
        for (let u = Math.floor(x) - 20; u <= x + 20; u++)
          data[v * size + u] += (60_000 / (2 * Math.PI * 4)) * Math.exp(-((u - x) ** 2 + (v - y) ** 2) / 8);
    const psf = stackPsf(plane(data, size), stars)!;
    const truth = gaussian(1, 15, 15, 2, 31);
    expect(psf.data.reduce((sum, v) => sum + v, 0)).toBeCloseTo(1, 5);
    let [cross, power] = [0, 0];
    psf.data.forEach((v, i) => {
      cross += v * truth[i];
      power += v * v;
    });
    // what a matched filter with this PSF makes of a source of flux 1
    expect(Math.abs(cross / power - 1)).toBeLessThan(0.01);
    expect(stackPsf(plane(data, size), [{ x: 3, y: 3 }])).toBeNull();
  });

  it('find no source in nothing', () => {
    const empty = plane(new Float32Array(side * side));
    expect(isophotalSources(empty, plane(new Float32Array(side * side).fill(1)))).toEqual([]);
  });
});

import { describe, expect, it } from 'vitest';
import { planExposure, simulateCcd, stream } from '../src/index.ts';
import type { AntiBleedParameters } from '../src/artifacts/anti-bleed.ts';
import type { DarkHaloParameters } from '../src/artifacts/dark-halo.ts';
import type { DarkRimParameters } from '../src/artifacts/dark-rim.ts';
import type { QuiltedSkyParameters } from '../src/artifacts/quilted-sky.ts';
import type { TapeBumpParameters } from '../src/artifacts/tape-bump.ts';
import type { TreeRingsParameters } from '../src/artifacts/tree-rings.ts';
import type { VerticalJumpParameters } from '../src/artifacts/vertical-jump.ts';
import type { VerticalStripesParameters } from '../src/artifacts/vertical-stripes.ts';
import type { WavySkyParameters } from '../src/artifacts/wavy-sky.ts';
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

const place = places[0];
const sigma = context.skyRms;
const percent = context.skyLevel / 100;
const star = { x: 200, y: 500, flux: 1e8, invented: true };

describe('Dark rim', () => {
  const model = modelOf<DarkRimParameters>('Dark rim');

  it.each([
    [0, (x: number) => x],
    [1, (_: number, y: number) => y],
    [2, (x: number) => width - 1 - x],
    [3, (_: number, y: number) => height - 1 - y],
  ])('is dark along edge %i, deepest at it, and ends where drawn', (first, distance) => {
    const p = { ...drawEvent(model, 3), peak: 1, form: 'edge', first, width: 250 } as const;
    const delta = renderOn(model, p, sceneAt(place));
    let atEdge = 0;
    let beyond = 0;
    delta.forEach((value, i) => {
      const d = distance(i % width, Math.floor(i / width));
      // nodes are 16 px apart
      if (d > 250 + 16) beyond = Math.max(beyond, Math.abs(value));
      if (d < 4) atEdge = Math.min(atEdge, value);
    });
    const deepest = delta.reduce((a, b) => Math.min(a, b), 0);
    expect(delta.some((value) => value > 0)).toBe(false);
    expect(beyond).toBeLessThan(1e-3);
    expect(deepest / sigma).toBeGreaterThan(-1.001);
    expect(atEdge / deepest).toBeGreaterThan(0.97);
  });

  it('brings the same crowd on every call: one star in 800 to 8000 pixels, on the CCD, few of them bright', () => {
    for (let seed = 0; seed < 20; seed++) {
      const p = drawEvent(model, seed);
      const stars = model.stars!(p);
      expect(model.stars!(p)).toEqual(stars);
      expect((width * height) / stars.length).toBeGreaterThan(799);
      expect((width * height) / stars.length).toBeLessThan(8100);
      for (const { x, y } of stars) expect(x >= 0 && y >= 0 && x <= width - 1 && y <= height - 1).toBe(true);
      const { faintest, brightest } = p.crowd;
      const fluxes = stars.map(({ flux }) => flux).sort((a, b) => a - b);
      expect(fluxes[0]).toBeGreaterThanOrEqual(faintest);
      expect(fluxes.at(-1)).toBeLessThanOrEqual(brightest * 1.000001);
      // the median of N(> f) ∝ f^−0.8 lies at 2^(1 / 0.8); 65 stars and more give it to a third
      expect(fluxes[fluxes.length >> 1] / faintest / 2 ** 1.25).toBeGreaterThan(0.65);
      expect(fluxes[fluxes.length >> 1] / faintest / 2 ** 1.25).toBeLessThan(1.6);
    }
  });
});

describe('Dark halo', () => {
  const model = modelOf<DarkHaloParameters>('Dark halo');

  it('is a negative ring around its star, darkest at the radius drawn', () => {
    const p: DarkHaloParameters = { star, peak: 0.6, radius: 160, axisRatio: 1, angle: 0 };
    const delta = renderOn(model, p, sceneAt(place));
    const at = (dx: number, dy: number) => delta[(star.y + dy) * width + star.x + dx] / sigma;
    for (const [dx, dy] of [
      [160, 0],
      [-160, 0],
      [0, 160],
      [96, -128],
    ])
      expect(at(dx, dy)).toBeCloseTo(-0.6, 2);
    expect(at(0, 0)).toBeCloseTo(0, 2);
    expect(at(0, 80)).toBeGreaterThan(-0.4);
    expect(at(0, 320)).toBeGreaterThan(-0.15);
    expect(at(0, 420)).toBe(0);
  });

  it("stands around the CCD's brightest star where there is one, and brings one else", () => {
    const mine = { x: place.centreX + 100, y: place.centreY - 50, flux: 1e9 };
    const elsewhere = { x: place.centreX + 5000, y: 0, flux: 1e10 };
    for (let seed = 0; seed < 20; seed++) {
      const invented = drawEvent(model, seed);
      expect(model.stars!(invented)).toHaveLength(1);
      const p = model.draw(stream(seed), { ...context, ccds: [place], brightStars: [elsewhere, mine] });
      expect(model.stars!(p)).toEqual([]);
      expect(p.star.x).toBeCloseTo((width - 1) / 2 + 100, 6);
      expect(p.star.y).toBeCloseTo((height - 1) / 2 - 50, 6);
    }
  });
});

describe('Quilted sky', () => {
  const model = modelOf<QuiltedSkyParameters>('Quilted sky');
  const large = { width: 1300, height: 1600 };

  it('jumps at multiples of 512 px alone, by other amounts on every CCD', () => {
    const p: QuiltedSkyParameters = { peak: 0.4, form: 'tiles', seed: 8 };
    const delta = renderOn(model, p, sceneAt(place, large));
    const uneven = delta.filter((value, i) => {
      const x = i % 1300;
      const y = Math.floor(i / 1300);
      return value !== delta[(y - (y % 512)) * 1300 + x - (x % 512)];
    });
    expect(uneven).toHaveLength(0);
    const levels = (values: Float32Array) =>
      [0, 512, 1024, 1536].flatMap((y) => [0, 512, 1024].map((x) => values[y * 1300 + x]));
    expect(new Set(levels(delta)).size).toBe(12);
    expect(levels(delta).reduce((sum, value) => sum + value, 0)).toBeCloseTo(0, 3);
    expect(levels(renderOn(model, p, sceneAt(places[1], large)))).not.toEqual(levels(delta));
  });

  it('has a single seam along x, 512 px from a short edge', () => {
    const edges = new Set<number>();
    for (let seed = 0; seed < 12; seed++) {
      const p: QuiltedSkyParameters = { peak: 0.4, form: 'seam', seed };
      const delta = renderOn(model, p, sceneAt(place, { width: 600, height: 2048 }));
      const seams: number[] = [];
      for (let y = 1; y < 2048; y++) if (delta[y * 600] !== delta[(y - 1) * 600]) seams.push(y);
      expect(seams).toHaveLength(1);
      edges.add(seams[0]);
      expect(delta[5]).toBe(delta[599]);
    }
    expect([...edges].sort((a, b) => a - b)).toEqual([512, 1536]);
  });
});

describe('Wavy sky', () => {
  const model = modelOf<WavySkyParameters>('Wavy sky');

  it('undulates about nothing with 400 to 1000 px from crest to crest', () => {
    for (let seed = 0; seed < 6; seed++) {
      const p = { ...drawEvent(model, seed), bend: 0 };
      const wavelength = (2 * Math.PI) / Math.hypot(p.wave.kx, p.wave.ky);
      expect(wavelength).toBeGreaterThan(400);
      expect(wavelength).toBeLessThan(1000);
      const angle = Math.abs(Math.atan2(p.wave.ky, p.wave.kx));
      expect(angle).toBeGreaterThan(Math.PI / 8);
      expect(angle).toBeLessThan((3 * Math.PI) / 8);
      // zeros along a row are half a wave apart
      const long = 4096;
      const delta = renderOn(model, p, sceneAt(place, { width: long, height: 32 }));
      const zeros: number[] = [];
      for (let x = 1; x < long; x++) if (delta[x] > 0 !== delta[x - 1] > 0) zeros.push(x);
      const mean = (zeros.at(-1)! - zeros[0]) / (zeros.length - 1);
      expect(mean / ((wavelength / Math.cos(angle)) * 0.5)).toBeCloseTo(1, 1);
    }
  });
});

describe('Anti-bleed', () => {
  const model = modelOf<AntiBleedParameters>('Anti-bleed');

  it.each([
    [true, false],
    [false, true],
    [true, true],
  ])('is a dark band along x from its star (right: %s, left: %s)', (right, left) => {
    const p: AntiBleedParameters = { star, peak: 0.8, rows: 100, soft: 0.4, right, left, fade: 1000 };
    const delta = renderOn(model, p, sceneAt(place));
    const at = (dx: number, dy: number) => delta[(star.y + dy) * width + star.x + dx] / sigma;
    for (const [there, side] of [
      [right, 1],
      [left, -1],
    ] as const) {
      expect(at(side, 0)).toBeCloseTo(there ? -0.8 : 0, 2);
      expect(at(side * 190, 20)).toBeCloseTo(there ? -0.8 / 1.19 : 0, 3);
      // half of it 50 rows off, nothing from 70
      expect(at(side * 190, 50)).toBeCloseTo(there ? -0.4 / 1.19 : 0, 3);
      for (const dy of [-71, 71]) expect(at(side * 100, dy)).toBeCloseTo(0, 12);
    }
  });
});

describe('Tape bump', () => {
  const model = modelOf<TapeBumpParameters>('Tape bump');
  const size = { width: 1024, height: 2048 };
  const still: TapeBumpParameters = { peak: 2, sign: 1, shift: 0, angle: 0 };

  it('makes six spots 100 to 150 px across, three along each long edge, fixed per CCD', () => {
    const delta = renderOn(model, still, sceneAt(place, size));
    const half = renderOn(model, { ...still, peak: 1 }, sceneAt(place, size));
    expect(half.every((value, i) => value * 2 === delta[i])).toBe(true);
    const other = renderOn(model, still, sceneAt(places[1], size));
    expect(other.every((value, i) => value === delta[i])).toBe(false);
    for (const edge of [0, 1])
      for (const third of [0, 1, 2]) {
        let [x0, x1, y0, y1] = [Infinity, -Infinity, Infinity, -Infinity];
        for (let y = Math.round((third * 2048) / 3); y < ((third + 1) * 2048) / 3; y++)
          for (let x = edge * 512; x < (edge + 1) * 512; x++) {
            if (delta[y * 1024 + x] < 0.15 * percent) continue;
            [x0, x1, y0, y1] = [Math.min(x0, x), Math.max(x1, x), Math.min(y0, y), Math.max(y1, y)];
          }
        for (const extent of [x1 - x0, y1 - y0]) {
          expect(extent).toBeGreaterThan(90);
          expect(extent).toBeLessThan(165);
        }
        expect(edge === 0 ? x0 : 1023 - x1).toBeLessThan(100);
      }
    expect(largest(delta) / percent).toBeCloseTo(2, 3);
    expect(delta.some((value) => value < 0)).toBe(false);
  });

  it('is bipolar when shifted, with nothing gained or lost', () => {
    const delta = renderOn(model, { ...still, shift: 10, angle: 1 }, sceneAt(place, size));
    expect(largest(delta.map((value) => Math.max(0, value))) / percent).toBeGreaterThan(1.6);
    expect(largest(delta.map((value) => Math.min(0, value))) / percent).toBeGreaterThan(1.6);
    const sum = delta.reduce((total, value) => total + value, 0);
    const all = delta.reduce((total, value) => total + Math.abs(value), 0);
    expect(Math.abs(sum) / all).toBeLessThan(0.01);
  });
});

describe('Tree rings', () => {
  it('are arcs 20 to 60 px apart about a centre off a corner, fixed per CCD', () => {
    const model = modelOf<TreeRingsParameters>('Tree rings');
    const p: TreeRingsParameters = { peak: 0.5, sign: 1 };
    const size = { width: 1024, height: 1024 };
    for (const on of places) {
      const delta = renderOn(model, p, sceneAt(on, size));
      const opposite = renderOn(model, { ...p, sign: -1 }, sceneAt(on, size));
      expect(opposite.every((value, i) => value === -delta[i])).toBe(true);
      expect(largest(delta) / percent).toBeCloseTo(0.5, 2);
      // along the diagonal on which the centre about lies: rings of a full wave between every other zero
      const along = (falling: boolean) =>
        Float32Array.from({ length: 1024 }, (_, k) => delta[k * 1024 + (falling ? 1023 - k : k)]);
      const zeros = (values: Float32Array) =>
        values.filter((v, k) => k > 0 && v > 0 !== values[k - 1] > 0).length;
      const crossed = Math.max(zeros(along(true)), zeros(along(false)));
      const spacing = (1024 * Math.SQRT2) / (crossed / 2);
      expect(spacing).toBeGreaterThan(20);
      expect(spacing).toBeLessThan(60);
    }
  });
});

describe('Vertical jump', () => {
  const model = modelOf<VerticalJumpParameters>('Vertical jump');
  const p: VerticalJumpParameters = { peak: 0.4, sign: -1, offset: 7, seed: 5 };

  it('is one step across rows, at the same row of every CCD', () => {
    for (const on of places) {
      const delta = renderOn(model, p, sceneAt(on));
      const seam = height / 2 + 7;
      const step = delta[seam * width];
      expect(delta.every((value, i) => value === (i < seam * width ? 0 : step))).toBe(true);
      expect(step / percent).toBeLessThanOrEqual(-0.6 * 0.4);
      expect(step / percent).toBeGreaterThanOrEqual(-0.4);
    }
  });

  it("stands out on either side of the seam once the survey's sky is off", () => {
    const made = (event: boolean) => {
      const plan = planExposure({
        seed: 77,
        width: 512,
        height: 1024,
        ccds: 1,
        band: 'z',
        artifacts: ['Vertical jump'],
      });
      // high enough that the noise of eight meshes does not matter
      const one = { ...plan.events[0], parameters: { peak: 2, sign: 1, offset: 0, seed: 1 } };
      return simulateCcd({ ...plan, events: event ? [one] : [] }, 0);
    };
    const [jump, plain] = [made(true), made(false)];
    const mean = (from: number, to: number) => {
      let sum = 0;
      for (let i = from * 512; i < to * 512; i++) sum += jump.image.data[i] - plain.image.data[i];
      return sum / ((to - from) * 512) / jump.skyRms;
    };
    const below = mean(492, 512);
    const above = mean(512, 532);
    expect(above - below).toBeGreaterThan(1);
    // antisymmetric, and fading away from the seam
    expect(Math.abs(above + below)).toBeLessThan(0.25 * (above - below));
    expect(Math.abs(mean(0, 100))).toBeLessThan(0.25 * above);
  });
});

describe('Vertical stripes', () => {
  const model = modelOf<VerticalStripesParameters>('Vertical stripes');

  it('offsets runs of 1 to 10 rows, with a gradient along x that is the same for all', () => {
    for (let seed = 0; seed < 8; seed++) {
      const p = drawEvent(model, seed);
      const delta = renderOn(model, p, sceneAt(place));
      const rise = (delta[width - 1] - delta[0]) / sigma;
      expect(rise).toBeCloseTo(2 * p.rising * p.gradient * p.peak, 4);
      const runs: number[] = [1];
      let squares = 0;
      let steepest = 0;
      for (let y = 0; y < height; y++) {
        const first = y * width;
        steepest = Math.max(steepest, Math.abs((delta[first + width - 1] - delta[first]) / sigma - rise));
        squares += ((delta[first] + delta[first + width - 1]) / 2 / sigma) ** 2;
        if (y === 0) continue;
        if (delta[first] === delta[first - width]) runs[runs.length - 1]++;
        else runs.push(1);
      }
      expect(steepest).toBeLessThan(1e-4);
      expect(Math.max(...runs)).toBeLessThanOrEqual(p.thickest);
      expect(Math.max(...runs)).toBeGreaterThan(1);
      // offsets with the same weight everywhere between two ends
      const rms = Math.sqrt(squares / height);
      expect(rms / (((1 - p.gradient) * p.peak) / Math.sqrt(3))).toBeCloseTo(1, 0.8);
    }
  });
});

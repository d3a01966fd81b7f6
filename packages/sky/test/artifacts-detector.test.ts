import { describe, expect, it } from 'vitest';
import type { AmplifierJumpParameters } from '../src/artifacts/amplifier-jump.ts';
import type { BadColumnParameters } from '../src/artifacts/bad-column.ts';
import type { BleedTrailParameters } from '../src/artifacts/bleed-trail.ts';
import type { ColumnMaskParameters } from '../src/artifacts/column-mask.ts';
import type { CosmicRayParameters } from '../src/artifacts/cosmic-ray.ts';
import type { CrossTalkParameters } from '../src/artifacts/cross-talk.ts';
import type { EdgeBleedParameters } from '../src/artifacts/edge-bleed.ts';
import type { ExcessiveMaskParameters } from '../src/artifacts/excessive-mask.ts';
import type { GuidingParameters } from '../src/artifacts/guiding.ts';
import type { OutOfFocusParameters } from '../src/artifacts/out-of-focus.ts';
import type { ReadoutParameters } from '../src/artifacts/readout-noise.ts';
import type { ShutterParameters } from '../src/artifacts/shutter.ts';
import { context, drawEvent, height, modelOf, places, renderOn, sceneAt, width } from './artifacts-scene.ts';

const bottom = places[0];
const top = places[3];

describe('Cosmic ray', () => {
  const model = modelOf<CosmicRayParameters>('Cosmic ray');
  const track = {
    kind: 'muon',
    x: 0.5,
    y: 0.5,
    angle: 0.4,
    lengthPixels: 100,
    peak: 50,
    sigmaStart: 0.4,
    sigmaEnd: 0.8,
    seed: 5,
  } as const;

  it('draws a muon straight, as long as drawn and 1–3 px wide', () => {
    const delta = renderOn(model, { tracks: [track] }, sceneAt(bottom));
    let furthest = 0;
    let pixels = 0;
    const x0 = Math.round(0.5 * (width - 1));
    const y0 = Math.round(0.5 * (height - 1));
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        if (delta[y * width + x] < 5 * context.skyRms) continue;
        pixels++;
        const along = (x - x0) * Math.cos(0.4) + (y - y0) * Math.sin(0.4);
        const across = (y - y0) * Math.cos(0.4) - (x - x0) * Math.sin(0.4);
        furthest = Math.max(furthest, along);
        expect(Math.abs(across)).toBeLessThan(2.5);
      }
    }
    expect(furthest).toBeGreaterThan(97);
    expect(furthest).toBeLessThan(104);
    expect(pixels / 100).toBeGreaterThan(1);
    expect(pixels / 100).toBeLessThan(4);
  });

  it('does not wrap around the edge of the CCD', () => {
    const delta = renderOn(model, { tracks: [{ ...track, x: 1, y: 0.5, angle: 0 }] }, sceneAt(bottom));
    const wrapped = delta.filter((value, i) => value !== 0 && i % width < width - 6);
    expect(wrapped).toHaveLength(0);
    expect(delta.some((value) => value > 0)).toBe(true);
  });

  it('puts one to six on a CCD, none brighter than the first', () => {
    for (let seed = 0; seed < 100; seed++) {
      const { tracks } = drawEvent(model, seed);
      expect(tracks.length).toBeGreaterThanOrEqual(1);
      expect(tracks.length).toBeLessThanOrEqual(6);
      for (const one of tracks) expect(one.peak).toBeLessThanOrEqual(tracks[0].peak);
    }
  });
});

describe('Bleed trail', () => {
  const model = modelOf<BleedTrailParameters>('Bleed trail');

  it('runs along y through the star it brings, no wider than drawn', () => {
    const p = { ...drawEvent(model, 2), x: 200, y: 500, columns: 3, up: 300, down: 120, taper: 0.5 };
    expect(model.stars!(p)).toEqual([{ x: 200, y: 500, flux: p.flux }]);
    const delta = renderOn(model, p, sceneAt(bottom));
    const rows = new Set<number>();
    delta.forEach((value, i) => {
      if (value === 0) return;
      expect(Math.abs((i % width) - 200)).toBeLessThanOrEqual(1);
      rows.add(Math.floor(i / width));
    });
    expect(Math.min(...rows)).toBe(381);
    expect(Math.max(...rows)).toBe(799);
    expect(delta[500 * width + 200]).toBeCloseTo(p.peak * context.skyRms, 1);
    expect(delta[780 * width + 200]).toBeLessThan(0.6 * p.peak * context.skyRms);
  });
});

describe('Column mask', () => {
  const model = modelOf<ColumnMaskParameters>('Column mask');
  const at = { ...drawEvent(model, 3), x: 0.5, columns: 1, from: 0.25, covered: 0.5, shift: 3 };
  const column = Math.floor(0.5 * (width - 1));
  const maskedRows = (fault: ColumnMaskParameters['fault'], x: number) => {
    const mask = new Uint16Array(width * height);
    model.mask!(sceneAt(top), { ...at, fault }, mask);
    return Array.from({ length: height }, (_, y) => y).filter((y) => mask[y * width + x] !== 0);
  };

  it('is bright from its pixel to the end far from the register', () => {
    const delta = renderOn(model, { ...at, dots: false }, sceneAt(top));
    const rows = Array.from({ length: height }, (_, y) => y).filter((y) => delta[y * width + column] > 0);
    // the register of this half lies at the top
    expect([rows[0], rows.at(-1), rows.length]).toEqual([0, height - 1 - height / 4, 0.75 * height]);
  });

  it('is masked nowhere, not to its end, or beside', () => {
    expect(maskedRows('missing', column)).toHaveLength(0);
    expect(maskedRows('short', column)).toHaveLength(0.375 * height);
    expect(maskedRows('short', column).at(-1)).toBe(height - 1 - height / 4);
    expect(maskedRows('shifted', column)).toHaveLength(0);
    expect(maskedRows('shifted', column + 3)).toHaveLength(0.75 * height);
  });
});

describe('Excessive mask', () => {
  const model = modelOf<ExcessiveMaskParameters>('Excessive mask');

  it('masks a tenth to four fifths of the CCD in its rectangles', () => {
    for (let seed = 0; seed < 40; seed++) {
      const p = drawEvent(model, seed);
      const mask = new Uint16Array(width * height);
      model.mask!(sceneAt(bottom), p, mask);
      const area = mask.filter((value) => value !== 0).length / mask.length;
      if (p.form === 'circle') expect(area).toBeGreaterThan(0.05);
      else {
        expect(area).toBeGreaterThan(0.095);
        expect(area).toBeLessThan(0.805);
      }
    }
  });
});

describe('Shutter', () => {
  const model = modelOf<ShutterParameters>('Shutter');
  const star = { x: 200, y: 500, flux: 1e7 };
  const p: ShutterParameters = { peak: 2, referenceFlux: 1e7, rows: 0.2 };

  it.each([
    [bottom, 1],
    [top, -1],
  ])('trails a star away from the register, in proportion to its flux', (place, away) => {
    const level = (flux: number) => {
      const delta = renderOn(model, p, sceneAt(place, { stars: [{ ...star, flux }] }));
      expect(delta[(star.y - away * 5) * width + star.x]).toBe(0);
      expect(delta[(star.y + away * 0.25 * height) * width + star.x]).toBe(0);
      return delta[(star.y + away * 100) * width + star.x];
    };
    expect(level(1e7)).toBeCloseTo(2 * context.skyRms, 2);
    expect(level(2.5e6)).toBeCloseTo(0.5 * context.skyRms, 2);
  });
});

describe('Edge-bleed', () => {
  const model = modelOf<EdgeBleedParameters>('Edge-bleed');

  it.each([bottom, top])(
    'floods the rows at the read-out edge of $name, bright on one side and dark on the other',
    (place) => {
      const p: EdgeBleedParameters = {
        ...drawEvent(model, 4, place),
        x: 100,
        fromRegister: 400,
        peak: 20,
        dark: 0.6,
        brightSide: 1,
        depth: 100,
        brightDepth: 40,
        fade: 1000,
        twin: 0.2,
        trailColumns: 5,
        slant: 0,
      };
      const delta = renderOn(model, p, sceneAt(place));
      const at = (row: number, x: number) =>
        delta[(place.readoutEdge === 'bottom' ? row : height - 1 - row) * width + x] / context.skyRms;
      expect(at(10, 150)).toBeGreaterThan(15);
      expect(at(60, 150)).toBe(0);
      expect(at(10, 50)).toBeLessThan(-10);
      expect(at(60, 50)).toBeLessThan(-10);
      expect(at(140, 50)).toBe(0);
      expect(at(10, width - 1 - 150)).toBeCloseTo(0.2 * at(10, 150), 3);
      expect(at(10, width - 1 - 50)).toBeCloseTo(0.2 * at(10, 50), 3);
      expect(at(10, 100)).toBeCloseTo(20, 3);
      expect(at(300, 100)).toBeCloseTo(20, 3);
      expect(at(401, 100)).toBe(0);
      expect(at(700, 250)).toBe(0);
    },
  );

  it('brings its star at the end of the trail', () => {
    for (const place of [bottom, top]) {
      const p = drawEvent(model, 9, place);
      const [star] = model.stars!(p);
      const fromRegister = place.readoutEdge === 'bottom' ? star.y : height - 1 - star.y;
      expect(fromRegister).toBe(p.fromRegister);
      expect(star.x).toBe(p.x);
    }
  });
});

describe('Bad column', () => {
  const model = modelOf<BadColumnParameters>('Bad column');

  it.each([bottom, top])('runs from its pixel to the end far from the register of $name', (place) => {
    const p: BadColumnParameters = {
      x: 0.5,
      columns: 3,
      from: 0.25,
      kind: 'hot',
      peak: 10,
      dots: false,
      seed: 3,
    };
    const delta = renderOn(model, p, sceneAt(place));
    const first = Math.floor(0.5 * (width - 3));
    const columns = new Set<number>();
    const rows = new Set<number>();
    delta.forEach((value, i) => {
      if (value === 0) return;
      columns.add(i % width);
      const y = Math.floor(i / width);
      rows.add(place.readoutEdge === 'bottom' ? y : height - 1 - y);
    });
    expect([...columns].sort((a, b) => a - b)).toEqual([first, first + 1, first + 2]);
    expect(Math.min(...rows)).toBe(256);
    expect(Math.max(...rows)).toBe(height - 1);
  });

  it('takes no more than the sky where it is dead', () => {
    const p: BadColumnParameters = {
      x: 0.2,
      columns: 1,
      from: 0,
      kind: 'dead',
      peak: 20,
      dots: false,
      seed: 3,
    };
    const delta = renderOn(model, p, sceneAt(bottom, { skyLevel: 200 }));
    expect(Math.min(...delta.filter((value) => value !== 0))).toBeCloseTo(-190, 3);
  });
});

describe('A/B jump', () => {
  it('is a step exactly between the amplifiers over the full height', () => {
    const model = modelOf<AmplifierJumpParameters>('A/B jump');
    const p: AmplifierJumpParameters = {
      peak: 1,
      amplifier: 'right',
      sign: -1,
      drift: 0,
      wander: 0,
      seed: 1,
    };
    const delta = renderOn(model, p, sceneAt(bottom));
    for (let y = 0; y < height; y += 31) {
      for (let x = 0; x < width; x++) {
        expect(delta[y * width + x]).toBe(x < width / 2 ? 0 : -context.skyRms);
      }
    }
  });
});

describe('Cross-talk', () => {
  const model = modelOf<CrossTalkParameters>('Cross-talk');
  const p: CrossTalkParameters = { x: 60, y: 300, flux: 1e8, peak: 3, sign: -1 };

  it('mirrors the saturated pixels of the scene into the other amplifier', () => {
    const electrons = new Float32Array(width * height).fill(3000);
    for (let y = 280; y < 330; y++) electrons[y * width + 60] = 150_000;
    electrons[300 * width + 61] = 76_500;
    electrons[300 * width + 400] = 20_000;
    const delta = renderOn(model, p, sceneAt(bottom, { electrons }));
    const mirrored = width - 1 - 60;
    expect(delta[300 * width + mirrored] / context.skyRms).toBeCloseTo(-3, 4);
    expect(delta[300 * width + mirrored - 1] / context.skyRms).toBeCloseTo(-1.5, 4);
    expect(delta.filter((value) => value !== 0)).toHaveLength(51);
  });

  it('stands at the mirrored place even where the scene shows no source', () => {
    const delta = renderOn(model, p, sceneAt(bottom));
    expect(delta[300 * width + width - 1 - 60] / context.skyRms).toBeCloseTo(-3, 4);
    expect(delta[300 * width + 60]).toBe(0);
  });

  it('couples by 1e-4 to 1e-3 of full well for a sky of some thousand electrons', () => {
    for (let seed = 0; seed < 50; seed++) {
      const { peak } = drawEvent(model, seed);
      const coefficient = (peak * context.skyRms) / 147_000;
      expect(coefficient).toBeGreaterThan(1e-4);
      expect(coefficient).toBeLessThan(3e-3);
    }
  });
});

describe('Readout', () => {
  const model = modelOf<ReadoutParameters>('Readout');

  it.each([bottom, top])('hatches only the rows read first on $name, mirrored about the middle', (place) => {
    const p: ReadoutParameters = {
      form: 'hatched edge',
      peak: 40,
      periodX: 30,
      periodY: 40,
      depth: 150,
      coarse: 0.3,
      phase: 1,
      mirrored: true,
    };
    const delta = renderOn(model, p, sceneAt(place));
    const row = (v: number) => (place.readoutEdge === 'bottom' ? v : height - 1 - v) * width;
    for (let x = 0; x < width / 2; x++) {
      for (const v of [3, 77, 140]) expect(delta[row(v) + x]).toBeCloseTo(delta[row(v) + width - 1 - x], 3);
      expect(delta[row(151) + x]).toBe(0);
    }
    expect(model.coversCcd!(p)).toBe(false);
  });

  it('stripes the whole frame with a mean of nothing', () => {
    const p: ReadoutParameters = {
      form: 'stripes',
      peak: 0.5,
      periodX: 40,
      periodY: 25,
      depth: 0,
      coarse: 0,
      phase: 0,
      mirrored: true,
    };
    const delta = renderOn(model, p, sceneAt(bottom));
    const mean = delta.reduce((sum, value) => sum + value, 0) / delta.length;
    const rms = Math.sqrt(delta.reduce((sum, value) => sum + value * value, 0) / delta.length);
    expect(Math.abs(mean)).toBeLessThan(0.5);
    expect(rms).toBeCloseTo((0.5 * context.skyRms) / Math.SQRT2, 0);
    // one period further along x is the same again
    expect(delta[500 * width + 50]).toBeCloseTo(delta[500 * width + 90], 3);
    expect(model.coversCcd!(p)).toBe(true);
  });
});

describe('Out of focus', () => {
  const model = modelOf<OutOfFocusParameters>('Out of focus');
  const p: OutOfFocusParameters = { diameter: 20, tiltX: 0, tiltY: 0, coma: 0, comaAngle: 0 };

  it('is a donut of its diameter with a hole', () => {
    const { size, values } = model.kernel!(p, bottom);
    const half = (size - 1) / 2;
    let second = 0;
    values.forEach((value, i) => {
      second += value * (((i % size) - half) ** 2 + (Math.floor(i / size) - half) ** 2);
    });
    // mean r² of a uniform annulus: (R² + r²) / 2
    expect(second).toBeCloseTo((10 ** 2 + 3.8 ** 2) / 2, 0);
    expect(values[half * size + half]).toBe(0);
    expect(values[half * size + half + 7]).toBeGreaterThan(0);
    expect(values[half * size + size - 1]).toBeGreaterThan(0);
  });

  it('grows to one side of a tilted focal plane', () => {
    const tilted = { ...p, tiltX: 0.0004 };
    const left = model.kernel!(tilted, { ...bottom, centreX: -12_000 });
    const right = model.kernel!(tilted, { ...bottom, centreX: 12_000 });
    expect(left.size).toBe(17);
    expect(right.size).toBe(27);
  });
});

describe('Guiding', () => {
  const model = modelOf<GuidingParameters>('Guiding');

  it.each(['line', 'hook', 'double'] as const)('gives every CCD the same %s, as long as drawn', (form) => {
    const p: GuidingParameters = { length: 30, angle: 0.6, form, rest: 0.2, turn: 2, seed: 4 };
    const kernel = model.kernel!(p, bottom);
    expect(model.kernel!(p, top)).toEqual(kernel);
    const { size, values } = kernel;
    const xs: number[] = [];
    const ys: number[] = [];
    values.forEach((value, i) => {
      if (value < 1e-4) return;
      xs.push(i % size);
      ys.push(Math.floor(i / size));
    });
    const extent = Math.hypot(Math.max(...xs) - Math.min(...xs), Math.max(...ys) - Math.min(...ys));
    expect(extent).toBeGreaterThan(28);
    expect(extent).toBeLessThan(34);
  });

  it('shows two images and little between for a bump', () => {
    const p: GuidingParameters = { length: 40, angle: 0, form: 'double', rest: 0.1, turn: 1, seed: 4 };
    const { size, values } = model.kernel!(p, bottom);
    const middle = (size - 1) / 2;
    const near = (x: number) => {
      let sum = 0;
      for (let y = 0; y < size; y++)
        for (let i = Math.max(0, x - 2); i <= Math.min(size - 1, x + 2); i++) sum += values[y * size + i];
      return sum;
    };
    expect(near(middle - 20)).toBeGreaterThan(0.25);
    expect(near(middle + 20)).toBeGreaterThan(0.25);
    expect(near(middle)).toBeLessThan(0.02);
  });
});

import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  arcsinhTransform,
  createPlane,
  cutout,
  dilateMask,
  drawLine,
  fillHoles,
  labelComponents,
  minMaxLimits,
  percentileLimits,
  stretchToBytes,
  zscaleLimits,
} from '../src/index.ts';
import type { Case } from './fixtures/synthetic.ts';
import { syntheticImage } from './fixtures/synthetic.ts';

const parse = (rows: string[]) => Uint8Array.from(rows.join(''), (c) => (c === '#' ? 1 : 0));

describe('labelComponents', () => {
  it('joins diagonals or not, and measures each component', () => {
    const mask = parse(['##..#', '#...#', '.#..#', '...#.']);
    const eight = labelComponents(mask, 5, 4);
    expect(eight.count).toBe(2);
    expect([...eight.area]).toEqual([4, 4]);
    expect(eight.x[0]).toBeCloseTo(0.5);
    expect(eight.y[0]).toBeCloseTo(0.75);
    expect([eight.xMin[1], eight.xMax[1], eight.yMin[1], eight.yMax[1]]).toEqual([3, 4, 0, 3]);
    expect(labelComponents(mask, 5, 4, { connectivity: 4 }).count).toBe(4);
    expect(labelComponents(new Uint8Array(20), 5, 4).count).toBe(0);
  });

  it('agrees with flood filling on random masks', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 25 }),
        fc.integer({ min: 1, max: 25 }),
        fc.integer(),
        fc.constantFrom<4 | 8>(4, 8),
        (width, height, seed, connectivity) => {
          let state = seed;
          const mask = Uint8Array.from({ length: width * height }, () => {
            state = (Math.imul(state, 1664525) + 1013904223) | 0;
            return state > 0 ? 1 : 0;
          });
          const { labels, count } = labelComponents(mask, width, height, { connectivity });
          expect(labels).toEqual(flood(mask, width, height, connectivity));
          expect(count).toBe(Math.max(0, ...labels));
        },
      ),
    );
  });
});

function flood(mask: Uint8Array, width: number, height: number, connectivity: 4 | 8): Int32Array {
  const labels = new Int32Array(width * height);
  let count = 0;
  for (let start = 0; start < mask.length; start++) {
    if (mask[start] === 0 || labels[start] !== 0) continue;
    const stack = [start];
    labels[start] = ++count;
    while (stack.length > 0) {
      const at = stack.pop()!;
      for (let dy = -1; dy <= 1; dy++)
        for (let dx = -1; dx <= 1; dx++) {
          const x = (at % width) + dx;
          const y = Math.floor(at / width) + dy;
          if (x < 0 || y < 0 || x >= width || y >= height || (connectivity === 4 && dx !== 0 && dy !== 0))
            continue;
          const to = y * width + x;
          if (mask[to] !== 0 && labels[to] === 0) {
            labels[to] = count;
            stack.push(to);
          }
        }
    }
  }
  return labels;
}

describe('masks', () => {
  it('dilates by a disc or a square', () => {
    const dot = new Uint8Array(49);
    dot[24] = 1;
    const sum = (mask: Uint8Array) => mask.reduce((a, b) => a + b, 0);
    expect(sum(dilateMask(dot, 7, 7))).toBe(5);
    expect(sum(dilateMask(dot, 7, 7, { radius: 1.5 }))).toBe(9);
    expect(sum(dilateMask(dot, 7, 7, { radius: 2, shape: 'square' }))).toBe(25);
    expect(dilateMask(dot, 7, 7, { radius: 0 })).toEqual(dot);
    const corner = new Uint8Array(49);
    corner[0] = 7;
    expect(sum(dilateMask(corner, 7, 7, { radius: 2 }))).toBe(6);
    expect(() => dilateMask(dot, 7, 7, { radius: -1 })).toThrow(/radius = -1/);
    expect(() => dilateMask(dot, 7, 6)).toThrow(/49 values, 7×6/);
  });

  it('fills what it encloses', () => {
    const ring = parse(['.....', '.###.', '.#.##', '.####', '..##.']);
    const filled = fillHoles(ring, 5, 5);
    expect(filled[12]).toBe(1);
    expect(filled.reduce((a, b) => a + b, 0)).toBe(ring.reduce((a, b) => a + b, 0) + 1);
    expect(fillHoles(ring, 5, 5, { maxArea: 0 })).toEqual(ring);
  });

  it('draws the pixels within half a width of a segment, clipped to the mask', () => {
    const end = fc.double({ min: -15, max: 35, noNaN: true });
    fc.assert(
      fc.property(
        end,
        end,
        end,
        end,
        fc.double({ min: 0.5, max: 9, noNaN: true }),
        (x0, y0, x1, y1, lineWidth) => {
          const drawn = drawLine(new Uint8Array(600), 30, 20, x0, y0, x1, y1, { lineWidth });
          for (let y = 0; y < 20; y++)
            for (let x = 0; x < 30; x++) {
              const length = (x1 - x0) ** 2 + (y1 - y0) ** 2;
              const along = length > 0 ? ((x - x0) * (x1 - x0) + (y - y0) * (y1 - y0)) / length : 0;
              const t = Math.min(1, Math.max(0, along));
              const distance = Math.hypot(x - x0 - t * (x1 - x0), y - y0 - t * (y1 - y0));
              // On the rim rounding decides.
              if (Math.abs(distance - lineWidth / 2) > 1e-9)
                expect(drawn[y * 30 + x]).toBe(distance < lineWidth / 2 ? 1 : 0);
            }
        },
      ),
    );
    expect(() => drawLine(new Uint8Array(4), 2, 2, 0, 0, NaN, 1)).toThrow(/finite/);
  });
});

describe('display', () => {
  const oracles = (
    JSON.parse(readFileSync(new URL('./fixtures/oracles.json', import.meta.url), 'utf8')) as {
      zscales: { case: Case; low: number; high: number }[];
    }
  ).zscales;
  it.each(oracles)('zscale limits are astropy’s: $case.name', ({ case: c, low, high }) => {
    const limits = zscaleLimits(syntheticImage(c).data);
    // float32 rounding of a star's wings can move the fit by that much.
    expect(limits.low).toBeCloseTo(low, 3);
    expect(limits.high).toBeCloseTo(high, 3);
  });

  it('limits skip what is not finite', () => {
    const data = Float32Array.of(NaN, 3, -1, Infinity, 2);
    expect(minMaxLimits(data)).toEqual({ low: -1, high: 3 });
    expect(percentileLimits(data, { lower: 0.5, upper: 1 })).toEqual({ low: 2, high: 3 });
    expect(minMaxLimits(Float32Array.of(NaN)).low).toBeNaN();
    expect(zscaleLimits(Float32Array.of(NaN)).high).toBeNaN();
  });

  it('stretches to 0…255', () => {
    const data = Float32Array.of(-5, 0, 5, 10, 20, NaN);
    expect([...stretchToBytes(data, { low: 0, high: 10 })]).toEqual([0, 0, 128, 255, 255, 0]);
    const asinh = stretchToBytes(data, { low: 0, high: 10, scale: 'asinh' });
    expect(asinh[2]).toBe(Math.round((255 * Math.asinh(5)) / Math.asinh(10)));
    expect([...stretchToBytes(data, { low: 3, high: 3 })]).toEqual([0, 0, 0, 0, 0, 0]);
  });

  it('arcsinh: as printed, as meant, softened', () => {
    const data = Float32Array.of(0, 1, 10, 100, NaN);
    const printed = arcsinhTransform(data, { variant: 'printed' });
    expect(printed[3]).toBeCloseTo((255 * Math.asinh(100)) / 100, 4);
    const meant = arcsinhTransform(data, { variant: 'sensible' });
    expect(meant[0]).toBe(0);
    expect(meant[3]).toBeCloseTo(255, 4);
    expect(meant[4]).toBeNaN();
    expect(arcsinhTransform(data, { rms: 5, k: 2 })[2]).toBeCloseTo(Math.asinh(1), 6);
    expect([...arcsinhTransform(new Float32Array(3).fill(7), { variant: 'sensible' })]).toEqual([0, 0, 0]);
    expect(() => arcsinhTransform(data, { rms: 0 })).toThrow(/rms = 0/);
  });

  it('cuts out, padding outside and remembering where', () => {
    const plane = createPlane(
      4,
      3,
      Float32Array.from({ length: 12 }, (_, i) => i),
    );
    const cut = cutout(plane, 0, 0, 3);
    expect([cut.offsetX, cut.offsetY]).toEqual([-1, -1]);
    expect([...cut.data]).toEqual([NaN, NaN, NaN, NaN, 0, 1, NaN, 4, 5]);
    expect([...cutout(plane, 2.4, 1, 2, 1).data]).toEqual([5, 6]);
    expect(cutout(plane, 100, 100, 2, 2, { fill: 0 }).data).toEqual(new Float32Array(4));
    expect(() => cutout(plane, NaN, 0, 2)).toThrow(/finite/);
  });
});

import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  findLeakage,
  healpixPixel,
  joinGroups,
  kFold,
  skyRegions,
  splitByTime,
  splitRows,
  stratifiedOrder,
} from '../src/index.ts';
import { createRandom } from '../src/random.ts';

const shares = { train: 0.7, validation: 0.15, test: 0.15 };
const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);
const sorted = (rows: Iterable<number>): number[] => [...rows].sort((a, b) => a - b);

describe('stratified', () => {
  test('every beginning of the stratified order holds each class in its share', () => {
    const labels = Array.from({ length: 1000 }, (_, i) => (i < 100 ? 'rare' : 'common'));
    const order = stratifiedOrder(labels, 3);
    expect(sorted(order)).toEqual(range(1000));
    let rare = 0;
    order.forEach((row, k) => {
      if (labels[row] === 'rare') rare++;
      expect(Math.abs(rare - 0.1 * (k + 1))).toBeLessThanOrEqual(1);
    });
    expect([...stratifiedOrder(labels, 4)]).not.toEqual([...order]);
  });

  const problem = fc.record({
    counts: fc.array(fc.integer({ min: 3, max: 40 }), { minLength: 1, maxLength: 6 }),
    seed: fc.nat(),
  });
  test('every class has its share of every part to within one row, every row is used once', () => {
    fc.assert(
      fc.property(problem, ({ counts, seed }) => {
        const labels = counts.flatMap((count, c) => Array<string>(count).fill(`class ${c}`));
        const parts = splitRows(labels.length, shares, { labels, seed });
        expect(sorted(Object.values(parts).flatMap((rows) => [...rows]))).toEqual(range(labels.length));
        for (const [name, share] of Object.entries(shares)) {
          counts.forEach((count, c) => {
            const held = parts[name].reduce((sum, i) => sum + (labels[i] === `class ${c}` ? 1 : 0), 0);
            expect(Math.abs(held - share * count)).toBeLessThanOrEqual(1);
          });
        }
      }),
    );
  });
  test('folds differ by at most one row, in all and in every class', () => {
    fc.assert(
      fc.property(problem, fc.integer({ min: 2, max: 3 }), ({ counts, seed }, k) => {
        const labels = counts.flatMap((count, c) => Array<number>(count).fill(c));
        const folds = kFold(labels.length, k, { labels, seed });
        const spread = (sizes: number[]): number => Math.max(...sizes) - Math.min(...sizes);
        expect(spread(folds.map(({ test: rows }) => rows.length))).toBeLessThanOrEqual(1);
        counts.forEach((_, c) => {
          expect(
            spread(folds.map(({ test: rows }) => rows.filter((i) => labels[i] === c).length)),
          ).toBeLessThanOrEqual(1);
        });
        expect(sorted(folds.flatMap(({ test: rows }) => [...rows]))).toEqual(range(labels.length));
        for (const { train, test: rows } of folds) {
          expect(sorted([...train, ...rows])).toEqual(range(labels.length));
        }
      }),
    );
  });
  test('the same by the same seed, another by another, another in every repeat', () => {
    const labels = range(60).map((i) => i % 3);
    expect(splitRows(60, shares, { labels, seed: 5 })).toEqual(splitRows(60, shares, { labels, seed: 5 }));
    expect(splitRows(60, shares, { labels, seed: 5 })).not.toEqual(
      splitRows(60, shares, { labels, seed: 6 }),
    );
    const folds = kFold(60, 4, { labels, repeats: 3, seed: 2 });
    expect(folds).toHaveLength(12);
    expect(folds.map(({ repeat, fold }) => [repeat, fold])[5]).toEqual([1, 1]);
    expect(folds[0].test).not.toEqual(folds[4].test);
    expect(folds.slice(0, 4)).toEqual(kFold(60, 4, { labels, seed: 2 }));
  });
});

describe('by group', () => {
  test('no group is divided, whatever the groups, labels and parts', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ group: fc.nat(12), label: fc.nat(1) }), { minLength: 30, maxLength: 120 }),
        fc.boolean(),
        fc.nat(),
        (rows, stratify, seed) => {
          const groups = rows.map(({ group }) => `night ${group}`);
          const labels = rows.map(({ label }) => label);
          fc.pre(new Set(groups).size >= 3);
          fc.pre([0, 1].every((c) => new Set(groups.filter((_, i) => labels[i] === c)).size >= 3));
          const parts = splitRows(rows.length, shares, { groups, seed, ...(stratify ? { labels } : {}) });
          expect(sorted(Object.values(parts).flatMap((part) => [...part]))).toEqual(range(rows.length));
          expect(findLeakage(parts, rows.length, { groups: { night: groups } }).clean).toBe(true);
          for (const part of Object.values(parts)) expect(part.length).toBeGreaterThan(0);
        },
      ),
    );
  });
  test('many groups of all sizes: parts have their shares of rows and classes', () => {
    const random = createRandom(3);
    const groups: number[] = [];
    const labels: number[] = [];
    for (let g = 0; g < 300; g++) {
      const rate = random.uniform() ** 2;
      for (let i = 1 + random.integer(60); i > 0; i--) {
        groups.push(g);
        labels.push(random.uniform() < rate ? 1 : 0);
      }
    }
    const n = groups.length;
    const positives = labels.reduce((a, b) => a + b, 0);
    for (const { test: rows } of kFold(n, 5, { groups, labels })) {
      // The smallest groups, dealt last, are single rows: what is left to even out is below one per cent.
      expect(Math.abs(rows.length / n - 0.2)).toBeLessThan(0.01);
      expect(Math.abs(rows.reduce((a, i) => a + labels[i], 0) / positives - 0.2)).toBeLessThan(0.01);
    }
  });
  test('groups of several columns join where they touch', () => {
    const joined = joinGroups([
      ['a', 'a', 'b', 'c', 'd'],
      [1, 2, 2, 3, 4],
    ]);
    expect([...joined]).toEqual([0, 0, 0, 3, 4]);
  });
});

describe('by time', () => {
  test('what is later is never in an earlier part, equal times stay together', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(60), { minLength: 60, maxLength: 120 }), (times) => {
        fc.pre(new Set(times).size > 25);
        const parts = splitByTime(times, shares);
        const at = (name: string): number[] => [...parts[name]].map((i) => times[i]);
        expect(Math.max(...at('train'))).toBeLessThan(Math.min(...at('validation')));
        expect(Math.max(...at('validation'))).toBeLessThan(Math.min(...at('test')));
      }),
    );
  });
  test('exposures go whole', () => {
    const groups = range(100).map((i) => `exposure ${Math.floor(i / 7)}`);
    const parts = splitByTime(range(100), { train: 0.5, test: 0.5 }, { groups });
    expect(findLeakage(parts, 100, { groups: { exposure: groups } }).clean).toBe(true);
    expect(Math.abs(parts['train'].length - 50)).toBeLessThanOrEqual(3.5);
  });
  test('one night cannot be cut', () => {
    expect(() => splitByTime(Array<number>(10).fill(59000), { train: 0.5, test: 0.5 })).toThrow(
      /part test gets no row: 1 different times/,
    );
    expect(() => splitByTime([1, NaN], { train: 0.5, test: 0.5 })).toThrow(/times\[1\] is NaN/);
  });
});

describe('HEALPix', () => {
  const fixture = JSON.parse(readFileSync(new URL('fixtures/healpix.json', import.meta.url), 'utf8')) as {
    ra: number[];
    dec: number[];
    pixels: Record<string, number[]>;
  };
  test.each(Object.keys(fixture.pixels))('%s: the pixels of astropy_healpix', (key) => {
    const [order, nside] = key.split(' ');
    const found = fixture.ra.map((ra, i) =>
      healpixPixel(ra, fixture.dec[i], Number(nside), order as 'nested' | 'ring'),
    );
    expect(found).toEqual(fixture.pixels[key]);
  });
  test('the poles, and turns of the circle', () => {
    expect(healpixPixel(45, 90, 8, 'ring')).toBe(0);
    expect(healpixPixel(45, -90, 8, 'ring')).toBe(12 * 64 - 4);
    expect(healpixPixel(-350, 20, 16)).toBe(healpixPixel(10, 20, 16));
  });
  test('pixels are of equal area: uniform positions fill them evenly', () => {
    const random = createRandom(4);
    const counts = new Uint32Array(12 * 16);
    for (let i = 0; i < 192 * 200; i++) {
      counts[
        healpixPixel(360 * random.uniform(), (Math.asin(2 * random.uniform() - 1) * 180) / Math.PI, 4)
      ]++;
    }
    const chi2 = counts.reduce((sum, count) => sum + (count - 200) ** 2 / 200, 0);
    // 191 degrees of freedom, spread √382 = 20.
    expect(chi2).toBeLessThan(191 + 4 * 20);
  });
  test('a region of the sky is not divided', () => {
    const random = createRandom(6);
    const ra = range(500).map(() => 40 * random.uniform());
    const dec = range(500).map(() => 40 * random.uniform() - 20);
    const regions = skyRegions(ra, dec);
    const parts = splitRows(500, shares, { groups: regions });
    expect(findLeakage(parts, 500, { groups: { region: regions } }).clean).toBe(true);
  });
  test('bad input', () => {
    expect(() => healpixPixel(0, 91, 8)).toThrow(/dec is 91/);
    expect(() => healpixPixel(0, 0, 12)).toThrow(/nested order needs a power of two/);
    expect(() => skyRegions([0, 1], [0, NaN])).toThrow(/row 1: dec is NaN/);
  });
});

describe('refused, with the remedy', () => {
  const labels = ['clean', 'clean', 'clean', 'clean', 'clean', 'Ghost', 'Ghost', 'Ghost'];
  test.each([
    [
      'rare class',
      () => kFold(8, 5, { labels }),
      'class Ghost has 3 rows, 5 folds need at least 5: give at most 3 folds, merge the class with another, or leave it out',
    ],
    [
      'class in few groups',
      () => kFold(8, 3, { labels, groups: [0, 1, 2, 3, 4, 5, 5, 6] }),
      'class Ghost has 2 groups, 3 folds need at least 3: give at most 2 folds, or a finer grouping',
    ],
    [
      'few groups',
      () => splitRows(8, shares, { groups: labels }),
      'there are only 2 groups, 3 parts need at least 3',
    ],
    ['few rows', () => kFold(3, 5), 'there are only 3 rows, 5 folds'],
    ['no rows', () => kFold(0, 5), '0 rows'],
    ['shares', () => splitRows(8, { train: 0.8, test: 0.3 }), 'shares sum to 1.1'],
    ['one fold', () => kFold(8, 1), '1 folds: give a whole number ≥ 2'],
    ['length', () => kFold(8, 2, { groups: [1] }), 'groups has 1 entries for 8 rows'],
    [
      'NaN group',
      () => kFold(2, 2, { groups: [1, NaN] }),
      'groups[1] is NaN: leave the row out, or give it a group',
    ],
  ])('%s', (_, call, message) => {
    expect(call).toThrow(message);
  });
});

describe('findLeakage', () => {
  const parts = { train: Uint32Array.of(0, 1, 2), test: Uint32Array.of(3, 4) };
  test('names shared groups and rows', () => {
    const found = findLeakage(parts, 6, {
      groups: { night: ['a', 'a', 'b', 'a', 'c', 'c'] },
      rows: { rows: 6, columns: 2, data: [1, 2, 3, NaN, 5, 6, 7, 8, 3, NaN, 1, 2] },
    });
    expect(found.groups).toEqual([{ column: 'night', value: 'a', rows: { train: 2, test: 1 } }]);
    // Row 5 equals row 0 but is in no part.
    expect(found.duplicates).toEqual([{ train: [1], test: [4] }]);
    expect(found.clean).toBe(false);
  });
  test('finds a row that differs by less than the tolerance', () => {
    const rows = { rows: 5, columns: 1, data: [0, 10, 20, 10.05, 30] };
    expect(findLeakage(parts, 5, { rows }).clean).toBe(true);
    expect(findLeakage(parts, 5, { rows, tolerance: 0.1 }).duplicates).toEqual([{ train: [1], test: [3] }]);
    expect(findLeakage(parts, 5, { rows, round: 0.5 }).duplicates).toEqual([{ train: [1], test: [3] }]);
  });
  test('refuses parts that overlap', () => {
    expect(() => findLeakage({ train: Uint32Array.of(0), test: Uint32Array.of(0) }, 1, {})).toThrow(
      /row 0 is in parts train and test/,
    );
  });
});

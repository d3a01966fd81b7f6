import { describe, expect, test } from 'vitest';
import { coverageAccuracy, coverageBand, flaggedByClass, pooledIouInterval } from '../src/index.ts';
import { createRandom } from '../src/random.ts';

describe('binary decisions by true class', () => {
  const flagged = [1, 1, 0, 0, 0, 1];
  test('counts each class by hand; a row of two classes counts in both', () => {
    const found = flaggedByClass({ clean: [3, 4], Ghost: [0, 1, 2], Haze: [2, 5], Streak: [] }, flagged);
    expect(found.map(({ name, n, flagged: hits }) => [name, n, hits])).toEqual([
      ['clean', 2, 0],
      ['Ghost', 3, 2],
      ['Haze', 2, 1],
      ['Streak', 0, 0],
    ]);
    // Clopper–Pearson of 0 in 2: 1 − 0.025^(1/2).
    expect(found[0].share).toMatchObject({
      value: 0,
      low: 0,
      high: expect.closeTo(1 - Math.sqrt(0.025), 10) as number,
    });
    expect(found[3].share).toEqual({ value: null, reason: 'no trials' });
  });
  test('groups never narrow it', () => {
    const rows = Array.from({ length: 200 }, (_, i) => i);
    const hits = rows.map((i) => (i % 40 < 10 ? 1 : 0));
    const [plain] = flaggedByClass({ Ghost: rows }, hits);
    const [grouped] = flaggedByClass({ Ghost: rows }, hits, { groups: rows.map((i) => Math.floor(i / 10)) });
    if (plain.share.value === null || grouped.share.value === null) throw new Error('undefined');
    expect(grouped.share.high - grouped.share.low).toBeGreaterThan(plain.share.high - plain.share.low);
  });
  test('refuses a row that is not there', () => {
    expect(() => flaggedByClass({ Ghost: [6] }, flagged)).toThrow(/class Ghost names row 6, there are 6/);
  });
});

describe('coverage band', () => {
  const random = createRandom(3);
  const confidence = Array.from({ length: 400 }, () => 0.5 + 0.5 * random.uniform());
  const correct = confidence.map((p) => (random.uniform() < p ? 1 : 0));
  test('is the curve where the curve has a point, inside its band', () => {
    const curve = coverageAccuracy(confidence, correct);
    const band = coverageBand(confidence, correct);
    band.coverage.forEach((coverage, s) => {
      const at = curve.coverage.findIndex((value) => Math.abs(value - coverage) < 1e-12);
      expect(at).toBeGreaterThanOrEqual(0);
      expect(Math.abs(curve.accuracy[at] - band.accuracy[s])).toBeLessThan(1e-12);
      expect(band.low[s]).toBeLessThanOrEqual(band.accuracy[s]);
      expect(band.high[s]).toBeGreaterThanOrEqual(band.accuracy[s]);
    });
  });
  test('within equal confidences every part is as right as the run', () => {
    const band = coverageBand([1, 1, 1, 1], [1, 0, 1, 0], 4, { steps: 8, samples: 5 });
    expect([...band.accuracy]).toEqual(Array(8).fill(0.5));
  });
});

test('pooled IoU weighs images by their pixels and draws images, not pixels', () => {
  const overlaps = [
    { intersection: 90, union: 100, truth: 95, predicted: 95 },
    { intersection: 0, union: 20, truth: 20, predicted: 0 },
    { intersection: 0, union: 0, truth: 0, predicted: 0 },
  ];
  const interval = pooledIouInterval(overlaps);
  if (interval.value === null) throw new Error(interval.reason);
  expect(interval.value).toBe(0.75);
  expect(interval.low).toBe(0);
  expect(interval.high).toBe(0.9);
  expect(pooledIouInterval([overlaps[2]])).toMatchObject({ value: null });
});

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { classificationMetrics, comparePaired, delongTest, mcnemar, pairedBootstrap } from '../src/index.ts';
import { erfc } from '../src/normal-tail.ts';
import { createRandom } from '../src/random.ts';

const fixture = JSON.parse(
  readFileSync(new URL('fixtures/scipy-comparison.json', import.meta.url), 'utf8'),
) as {
  erfc: [number, number][];
  mcnemar: [number, number, number, number, number][];
  delong: {
    labels: number[];
    a: number[];
    b: number[];
    difference: number;
    standardError: number;
    p: number;
  };
};

const relative = (x: number, y: number): number => (x === y ? 0 : Math.abs(x - y) / Math.abs(y));

test('erfc as scipy', () => {
  // Below 2 the result is 1 minus a sum: its relative error grows to 1e-16 / erfc(2).
  for (const [x, expected] of fixture.erfc) expect(relative(erfc(x), expected)).toBeLessThan(1e-13);
});

test.each(fixture.mcnemar)('McNemar of %i against %i as scipy', (onlyA, onlyB, exact, statistic, p) => {
  const wins = (mine: number, other: number) => [
    ...Array<number>(mine).fill(1),
    ...Array<number>(other).fill(0),
    1,
    0,
  ];
  const a = wins(onlyA, onlyB);
  const b = a.map((right, i) => (i < onlyA + onlyB ? 1 - right : right));
  const found = mcnemar(a, b);
  expect([found.onlyA, found.onlyB]).toEqual([onlyA, onlyB]);
  expect(relative(found.exact, exact)).toBeLessThan(1e-10);
  expect(relative(found.corrected.statistic, statistic)).toBeLessThan(1e-13);
  expect(relative(found.corrected.p, p)).toBeLessThan(1e-11);
});

test('DeLong as the formulas of the paper, with ties', () => {
  const { labels, a, b, ...expected } = fixture.delong;
  const found = delongTest(labels, a, b);
  if ('value' in found) throw new Error(found.reason);
  expect(relative(found.difference, expected.difference)).toBeLessThan(1e-12);
  expect(relative(found.standardError, expected.standardError)).toBeLessThan(1e-12);
  expect(relative(found.p, expected.p)).toBeLessThan(1e-10);
  expect(delongTest([0, 0, 1], [0, 0, 1], [0, 0, 1])).toMatchObject({ value: null });
});

/** Two models whose scores share most of their noise; `edge` is the first one's advantage. */
function twoModels(n: number, edge: number, seed: number) {
  const random = createRandom(seed);
  const labels = Array.from({ length: n }, () => random.integer(2));
  const squash = (x: number): number => 1 / (1 + Math.exp(-4 * x));
  const shared = labels.map(() => 2 * random.uniform() - 1);
  const model = (gain: number) =>
    labels.map((y, i) => squash(shared[i] + gain * (y - 0.5) + 0.2 * (random.uniform() - 0.5)));
  return { labels, a: model(0.8 + edge), b: model(0.8) };
}

describe('comparePaired', () => {
  const classes = ['real', 'artifact'];
  test('sees a small edge that the two intervals by themselves do not', () => {
    const { labels, a, b } = twoModels(800, 0.12, 3);
    const found = comparePaired(labels, a, b, { classes, samples: 500 });
    const { auc } = found.metrics;
    if (auc.difference.value === null) throw new Error(auc.difference.reason);
    expect(auc.difference.low).toBeGreaterThan(0);
    expect(auc.p!).toBeLessThan(0.02);
    const alone = [a, b].map(
      (p) => classificationMetrics(labels, p, { classes, samples: 500 }).metrics['auc'],
    );
    if (alone[0].value === null || alone[1].value === null) throw new Error('undefined');
    expect(alone[0].low).toBeLessThan(alone[1].high);
    expect(auc.difference.value).toBe(alone[0].value - alone[1].value);
    // The bootstrap and DeLong's normal theory agree on the spread.
    if ('value' in found.delong) throw new Error(found.delong.reason);
    const spread = (auc.difference.high - auc.difference.low) / (2 * 1.96);
    expect(spread / found.delong.standardError).toBeGreaterThan(0.85);
    expect(spread / found.delong.standardError).toBeLessThan(1.15);
  });

  test('a model against itself is no different', () => {
    const { labels, a } = twoModels(100, 0, 4);
    const found = comparePaired(labels, a, a, { classes, samples: 50 });
    expect(found.metrics['accuracy']).toMatchObject({ difference: { value: 0, low: 0, high: 0 }, p: 1 });
    expect(found.mcnemar.exact).toBe(1);
    expect(found.delong).toMatchObject({ difference: 0, p: 1 });
  });

  test('calls equal models different about as often as it should', () => {
    let wrong = 0;
    const trials = 200;
    for (let t = 0; t < trials; t++) {
      const { labels, a, b } = twoModels(150, 0, 100 + t);
      const right = (p: number[]) => p.map((x, i) => (x >= 0.5 ? 1 : 0) === labels[i]);
      const [ra, rb] = [right(a), right(b)];
      const accuracy = (hits: boolean[]) => (w: Float64Array) => [
        { value: w.reduce((sum, x, i) => sum + (hits[i] ? x : 0), 0) / w.length },
      ];
      const [{ p }] = pairedBootstrap(accuracy(ra), accuracy(rb), 150, { samples: 199, seed: t });
      if (p! < 0.05) wrong++;
    }
    // 5 % of 200 is 10, spread 3; ties at 0 count for both sides, which makes the test cautious.
    expect(wrong).toBeLessThanOrEqual(19);
  });

  test('more classes and groups: no DeLong, and it says why', () => {
    const three = [0.8, 0.1, 0.1, 0.1, 0.8, 0.1, 0.2, 0.2, 0.6];
    expect(
      comparePaired([0, 1, 2], three, three, { classes: ['a', 'b', 'c'], samples: 20 }).delong,
    ).toMatchObject({
      value: null,
    });
    const grouped = comparePaired([0, 1, 0, 1], [0, 1, 0, 1], [1, 0, 0, 1], {
      classes,
      groups: ['x', 'x', 'y', 'y'],
      samples: 20,
    });
    expect(grouped.nGroups).toBe(2);
    expect(grouped.delong).toMatchObject({
      value: null,
      reason: expect.stringContaining('groups') as string,
    });
    expect(JSON.parse(JSON.stringify(grouped))).toEqual(grouped);
  });

  test('refuses other rows', () => {
    expect(() => comparePaired([0, 1], [0, 1], [0, 1, 1], { classes })).toThrow(
      /3 probabilities for 2 labels/,
    );
  });
});

import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { evaluatorOf } from '../src/classification/classification-metrics.ts';
import { classificationProblem } from '../src/classification/problem.ts';
import { classificationMetrics } from '../src/index.ts';
import type { Interval } from '../src/index.ts';
import { createRandom } from '../src/random.ts';

interface Case {
  name: string;
  k: number;
  threshold: number | null;
  labels: number[];
  probabilities: number[];
  metrics: Record<string, number>;
  repeats: number[];
  repeated: Record<string, number>;
  perClass: { precision: (number | null)[]; recall: (number | null)[] };
  confusion: number[][];
}

const { cases } = JSON.parse(
  readFileSync(new URL('fixtures/sklearn-classification.json', import.meta.url), 'utf8'),
) as { cases: Case[] };

const rates = { fpr: [0.01, 0.05, 0.2], fnr: [0.01, 0.05, 0.2] };
const namesOf = (k: number): string[] => Array.from({ length: k }, (_, c) => `class ${c}`);

describe.each(cases)('as scikit-learn to 1e-12: $name', (c) => {
  const threshold = c.threshold === null ? {} : { threshold: c.threshold };
  const found = classificationMetrics(c.labels, c.probabilities, {
    classes: namesOf(c.k),
    samples: 30,
    rates,
    ...threshold,
  });

  test('every metric', () => {
    expect(Object.keys(c.metrics).length).toBeGreaterThan(12);
    for (const [name, expected] of Object.entries(c.metrics)) {
      const { value } = found.metrics[name];
      expect(value, name).not.toBeNull();
      expect(Math.abs(value! - expected), name).toBeLessThanOrEqual(1e-12);
    }
  });

  test('the same on repeated rows and on weights', () => {
    const problem = classificationProblem(c.labels, c.probabilities, namesOf(c.k), c.threshold ?? undefined);
    const evaluator = evaluatorOf(problem, { rates });
    const measures = evaluator.measure(Float64Array.from(c.repeats));
    for (const [name, expected] of Object.entries(c.repeated)) {
      const at = evaluator.figures.findIndex((figure) => figure.name === name && figure.ofClass === null);
      // Bins of the calibration error, like everything else, are those of the rows.
      expect(Math.abs(measures[at].value! - expected), name).toBeLessThanOrEqual(1e-12);
    }
  });

  test('each class and the confusion matrix', () => {
    expect(found.confusion).toEqual(c.confusion);
    for (const metric of ['precision', 'recall'] as const) {
      c.perClass[metric].forEach((expected, k) => {
        const { value } = found.perClass[k].metrics[metric];
        if (expected === null) expect(value).toBeNull();
        else expect(Math.abs(value! - expected)).toBeLessThanOrEqual(1e-12);
      });
    }
  });

  test('is plain JSON and its intervals hold their values', () => {
    expect(JSON.parse(JSON.stringify(found))).toEqual(found);
    expect(JSON.stringify(found)).not.toMatch(/NaN|null,"high"/);
    for (const interval of [found.metrics, ...found.perClass.map(({ metrics }) => metrics)].flatMap((m) =>
      Object.values(m),
    )) {
      if (interval.value !== null) expect(interval.low).toBeLessThanOrEqual(interval.high);
    }
  });
});

describe('undefined says why', () => {
  test('one class only', () => {
    const found = classificationMetrics([0, 0, 0], [0.1, 0.2, 0.3], { classes: ['real', 'artifact'] });
    expect(found.metrics['auc']).toEqual({
      value: null,
      reason: 'no positive example: the ROC curve needs both classes',
    });
    expect(found.metrics['precision']).toEqual({ value: null, reason: 'nothing was flagged' });
    expect(found.metrics['recall']).toEqual({ value: null, reason: 'no positive example' });
    expect(found.metrics['accuracy']).toMatchObject({ value: 1, high: 1 });
  });

  test('a class never decided makes the mean precision undefined, by name, and leaves the others', () => {
    const found = classificationMetrics(
      [0, 1, 2, 2],
      [0.8, 0.1, 0.1, 0.2, 0.6, 0.2, 0.5, 0.3, 0.2, 0.6, 0.2, 0.2],
      { classes: ['Clean', 'Ghost', 'Haze'] },
    );
    expect(found.metrics['precision']).toEqual({ value: null, reason: 'Haze: never decided' });
    expect(found.metrics['f1'].value).toBeCloseTo((0.5 + 1 + 0) / 3, 12);
  });
});

test('hand-counted figures of six rows', () => {
  const found = classificationMetrics([1, 1, 1, 0, 0, 0], [0.9, 0.6, 0.2, 0.7, 0.3, 0.1], {
    classes: ['real', 'artifact'],
  });
  expect(found.confusion).toEqual([
    [2, 1],
    [1, 2],
  ]);
  const value = (name: string): number => found.metrics[name].value!;
  // Of nine pairs, 0.9 wins three, 0.6 two, 0.2 one.
  expect(value('auc')).toBeCloseTo(6 / 9, 15);
  expect(value('accuracy')).toBeCloseTo(4 / 6, 15);
  expect(value('mcc')).toBeCloseTo((2 * 2 - 1) / 9, 15);
  expect(value('brier')).toBeCloseTo((0.01 + 0.16 + 0.64 + 0.49 + 0.09 + 0.01) / 6, 15);
  // Without a false positive only 0.9 is found.
  expect(value('fnr@fpr=0.01')).toBeCloseTo(2 / 3, 15);
  // All positives need everything above 0.2: two of three negatives.
  expect(value('fpr@fnr=0.01')).toBeCloseTo(2 / 3, 15);
});

test('the order of the rows does not matter, nor do the names', () => {
  const row = fc.record({
    label: fc.integer({ min: 0, max: 2 }),
    p: fc.tuple(fc.nat(20), fc.nat(20), fc.nat(20)).filter((p) => p[0] + p[1] + p[2] > 0),
    key: fc.nat(),
  });
  fc.assert(
    fc.property(fc.array(row, { minLength: 1, maxLength: 25 }), (rows) => {
      const measure = (some: typeof rows) =>
        classificationMetrics(
          some.map(({ label }) => label),
          some.flatMap(({ p }) => p.map((x) => x / (p[0] + p[1] + p[2]))),
          { classes: ['a', 'b', 'c'], samples: 1 },
        );
      const one = measure(rows).metrics;
      const other = measure([...rows].sort((a, b) => a.key - b.key)).metrics;
      for (const [name, interval] of Object.entries(one)) {
        // A single resample may lack what the interval needs, in one order and not in the other.
        if (interval.value === null || other[name].value === null) continue;
        expect(Math.abs(interval.value - other[name].value)).toBeLessThan(1e-12);
      }
    }),
    { numRuns: 60 },
  );
});

test('groups whose scores shift together widen the intervals of the rates', () => {
  const random = createRandom(5);
  const labels: number[] = [];
  const probabilities: number[] = [];
  const groups: string[] = [];
  for (let night = 0; night < 40; night++) {
    const shift = random.uniform();
    for (let i = 0; i < 25; i++) {
      const label = random.integer(2);
      labels.push(label);
      probabilities.push(Math.min(1, 0.5 * shift + 0.3 * random.uniform() + 0.2 * label));
      groups.push(`night ${night}`);
    }
  }
  const options = { classes: ['real', 'artifact'], samples: 400 };
  const naive = classificationMetrics(labels, probabilities, options).metrics;
  const grouped = classificationMetrics(labels, probabilities, { ...options, groups }).metrics;
  const width = (interval: Interval): number =>
    interval.value === null ? NaN : interval.high - interval.low;
  for (const name of ['fpr', 'fnr', 'recall']) {
    expect(width(grouped[name]), name).toBeGreaterThan(1.3 * width(naive[name]));
  }
});

test('perfect answers get a bound or a note, not certainty', () => {
  const labels = Array.from({ length: 60 }, (_, i) => i % 2);
  const { metrics } = classificationMetrics(labels, labels, { classes: ['real', 'artifact'] });
  // Clopper–Pearson of 60 of 60 and of 30 of 30.
  expect(metrics['accuracy']).toEqual({
    value: 1,
    low: expect.closeTo(0.025 ** (1 / 60), 10) as number,
    high: 1,
  });
  expect(metrics['recall']).toEqual({
    value: 1,
    low: expect.closeTo(0.025 ** (1 / 30), 10) as number,
    high: 1,
  });
  expect(metrics['fpr']).toMatchObject({
    value: 0,
    low: 0,
    high: expect.closeTo(1 - 0.025 ** (1 / 30), 10) as number,
  });
  expect(metrics['auc']).toMatchObject({ value: 1, low: expect.closeTo(0.0125 ** (2 / 30), 10) as number });
  expect(metrics['mcc']).toMatchObject({ value: 1, note: expect.stringContaining('says nothing') as string });
});

describe('refused, with the remedy', () => {
  const classes = ['a', 'b', 'c'];
  test.each([
    ['no rows', () => classificationMetrics([], [], { classes }), /0 rows/],
    ['one class', () => classificationMetrics([0], [1], { classes: ['a'] }), /1 classes: .* at least two/],
    [
      'lengths',
      () => classificationMetrics([0, 1], [1, 0, 0], { classes }),
      /3 probabilities for 2 labels.*give 6/,
    ],
    [
      'label',
      () => classificationMetrics([3], [1, 0, 0], { classes }),
      /labels\[0\] is 3: classes are 0 … 2/,
    ],
    ['NaN', () => classificationMetrics([0], [NaN, 0, 1], { classes }), /probability 0 is NaN/],
    ['logits', () => classificationMetrics([0], [0.9, 0.9, 0.9], { classes }), /row 0 sum to 2.7.*softmax/],
    ['threshold', () => classificationMetrics([0], [1, 0, 0], { classes, threshold: 0.4 }), /with 3 classes/],
    [
      'groups',
      () => classificationMetrics([0], [1, 0, 0], { classes, groups: [1, 2] }),
      /groups has 2 entries for 1/,
    ],
  ])('%s', (_, call, message) => {
    expect(call).toThrow(message);
  });
});

test('29 classes, 2000 rows, 200 resamples in seconds', () => {
  const random = createRandom(8);
  const labels = Array.from({ length: 2000 }, (_, i) => i % 29);
  const probabilities = labels.flatMap((label) => {
    const row = Array.from({ length: 29 }, (_, c) => random.uniform() + (c === label ? 1 : 0));
    const sum = row.reduce((a, b) => a + b, 0);
    return row.map((p) => p / sum);
  });
  const started = performance.now();
  const found = classificationMetrics(labels, probabilities, {
    classes: namesOf(29),
    samples: 200,
    groups: labels.map((_, i) => i >> 2),
  });
  // A quarter of a second on one free core; loaded machines are slower.
  expect(performance.now() - started).toBeLessThan(15_000);
  expect(found.nGroups).toBe(500);
  expect(found.perClass).toHaveLength(29);
});

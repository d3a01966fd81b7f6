import { expect, test } from 'vitest';
import { chooseAbstention, decideOrAbstain, describeAbstention } from '../src/index.ts';
import type { AbstentionValidation } from '../src/index.ts';
import { createRandom } from '../src/random.ts';

const classes = ['real', 'artifact'];

/** Calibrated by construction: the label is 1 with the probability given. Right with chance max(p, 1 − p). */
function calibrated(n: number, seed: number): AbstentionValidation {
  const random = createRandom(seed);
  const probabilities = Array.from({ length: n }, () => random.uniform());
  return {
    split: 'validation',
    classes,
    probabilities,
    labels: probabilities.map((p) => (random.uniform() < p ? 1 : 0)),
  };
}

test('finds the confidence at which a calibrated classifier is as right as wanted', () => {
  // Uniform p: deciding at confidence c, the mean confidence is (1 + c)/2, so 0.9 needs c = 0.8, coverage 0.4.
  const choice = chooseAbstention(calibrated(20_000, 1), 0.9);
  expect(Math.abs(choice.confidence - 0.8)).toBeLessThan(0.03);
  if (choice.coverage.value === null || choice.accuracy.value === null) throw new Error('undefined');
  expect(Math.abs(choice.coverage.value - 0.4)).toBeLessThan(0.06);
  expect(choice.accuracy.low).toBeLessThan(0.9);
  expect(choice.accuracy.high).toBeGreaterThan(0.9);
  expect(choice.nDecided).toBe(Math.round(choice.coverage.value * 20_000));
});

test('keeps its word on new data, on average, at a few hundred rows', () => {
  let right = 0;
  const trials = 60;
  for (let t = 0; t < trials; t++) {
    const { confidence } = chooseAbstention(calibrated(300, 50 + t), 0.9);
    right += (1 + confidence) / 2 / trials;
  }
  // The lowest confidence that reached it is a lucky one: the true accuracy runs about a point below.
  expect(right).toBeGreaterThan(0.88);
  expect(right).toBeLessThan(0.96);
});

test('intervals of coverage and accuracy are those of groups', () => {
  const data = calibrated(600, 3);
  const plain = describeAbstention(data, 0.7);
  const grouped = describeAbstention({ ...data, groups: data.labels }, 0.7);
  if (plain.coverage.value === null || grouped.coverage.value === null) throw new Error('undefined');
  expect(grouped.coverage.value).toBe(plain.coverage.value);
  expect(grouped.coverage.high - grouped.coverage.low).toBeGreaterThanOrEqual(
    plain.coverage.high - plain.coverage.low,
  );
  expect(plain.accuracyOfAll.value).toBeCloseTo(0.75, 1);
});

test('decides or says that it does not know', () => {
  expect([...decideOrAbstain([0.9, 0.05, 0.05, 0.4, 0.35, 0.25, 0, 0.2, 0.8], 3, 0.5)]).toEqual([0, -1, 2]);
  expect([...decideOrAbstain([0.5, 0.5], 2, 0.5)]).toEqual([0]);
});

test('refused, with the remedy', () => {
  const data = calibrated(50, 4);
  expect(() => chooseAbstention({ ...data, split: 'test' } as unknown as AbstentionValidation, 0.9)).toThrow(
    /validation data only/,
  );
  expect(() => chooseAbstention(data, 1)).toThrow(/accuracy is 1/);
  expect(() => chooseAbstention(data, 0.999)).toThrow(/these 50 validation rows reach 0\.\d+; ask for less/);
  expect(describeAbstention(data, 1.1).accuracy).toMatchObject({ value: null });
});

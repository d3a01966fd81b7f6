import { describe, expect, test } from 'vitest';
import { sigmoid, thresholdForCost, thresholdForPrecision } from '../src/index.ts';
import type { ValidationScores } from '../src/index.ts';
import { createRandom } from '../src/random.ts';

/** Logistic logits: good images around −4, bad ones around 3, so rates at a logit are known. */
function validation(nGood: number, nBad: number, seed: number): ValidationScores {
  const random = createRandom(seed);
  const labels = [...Array<number>(nGood).fill(0), ...Array<number>(nBad).fill(1)];
  const scores = labels.map((label) => {
    const u = random.uniform() + 1e-12;
    return sigmoid(Math.log(u / (1 - u)) + (label === 1 ? 3 : -4));
  });
  return { split: 'validation', labels, scores };
}
const logit = (p: number): number => Math.log(p / (1 - p));
const trueFpr = (threshold: number): number => sigmoid(-(logit(threshold) + 4));
const trueFnr = (threshold: number): number => sigmoid(logit(threshold) - 3);
const truePrecision = (threshold: number, prior: number): number => {
  const right = prior * (1 - trueFnr(threshold));
  return right / (right + (1 - prior) * trueFpr(threshold));
};

describe('a wanted precision', () => {
  test.each([0.06, 0.3])('is that of the population at a prior of %d', (prior) => {
    const choice = thresholdForPrecision(validation(40_000, 4000, 7), 0.9, { prior });
    expect(Math.abs(truePrecision(choice.threshold, prior) - 0.9)).toBeLessThan(0.02);
    if (choice.precision.value === null) throw new Error(choice.precision.reason);
    expect(choice.precision.value).toBeGreaterThanOrEqual(0.9 - 1e-9);
    expect(choice.precision.value).toBeLessThan(0.905);
    expect(choice.precision.low).toBeLessThan(0.9);
    expect(choice.criterion).toEqual({ kind: 'min-precision', minPrecision: 0.9 });
    expect(choice.sentence).toContain('90 % of the flagged images');
  });
  test('below the prior everything may be flagged', () => {
    const choice = thresholdForPrecision(validation(2000, 500, 3), 0.02);
    if (choice.fnr.value === null) throw new Error(choice.fnr.reason);
    expect(choice.fnr.value).toBeLessThan(0.01);
  });
  test('that scores cannot give is refused', () => {
    const labels = Array.from({ length: 400 }, (_, i) => (i < 50 ? 1 : 0));
    // The good images score above the bad ones.
    const scores = labels.map((label, i) => (label === 1 ? 0.1 : 0.5 + i / 1000));
    expect(() => thresholdForPrecision({ split: 'validation', scores, labels }, 0.9)).toThrow(
      /no threshold flags images of which 0.9 are bad.*ask for less/,
    );
    expect(() => thresholdForPrecision(validation(50, 0, 1), 0.9)).toThrow(/no bad validation image/);
    expect(() => thresholdForPrecision(validation(50, 5, 1), 1)).toThrow(/minPrecision is 1/);
  });
});

describe('least cost', () => {
  const data = validation(20_000, 4000, 11);
  test.each([
    [1, 1],
    [1, 20],
    [5, 1],
  ])(
    'of a false flag at %d and a missed image at %d is where theory puts it',
    (falsePositive, falseNegative) => {
      const prior = 0.06;
      const choice = thresholdForCost(data, { falsePositive, falseNegative }, { prior });
      const cost = (t: number): number =>
        (1 - prior) * falsePositive * trueFpr(t) + prior * falseNegative * trueFnr(t);
      let least = Infinity;
      for (let z = -10; z < 10; z += 0.01) least = Math.min(least, cost(sigmoid(z)));
      // The bottom is flat: a threshold a little off costs next to nothing more.
      expect(cost(choice.threshold)).toBeLessThan(1.05 * least);
      if (choice.cost.value === null) throw new Error(choice.cost.reason);
      expect(Math.abs(choice.cost.value / cost(choice.threshold) - 1)).toBeLessThan(0.08);
      expect(choice.trivialCost).toBeCloseTo(
        Math.min(prior * falseNegative, (1 - prior) * falsePositive),
        12,
      );
    },
  );
  test('intervals hold the true cost about as often as they say, at a few hundred images', () => {
    const trials = 150;
    let held = 0;
    let ratio = 0;
    for (let t = 0; t < trials; t++) {
      const choice = thresholdForCost(
        validation(300, 100, 900 + t),
        { falsePositive: 1, falseNegative: 20 },
        { samples: 200 },
      );
      if (choice.cost.value === null) throw new Error(choice.cost.reason);
      const truth = 0.94 * trueFpr(choice.threshold) + 0.06 * 20 * trueFnr(choice.threshold);
      if (choice.cost.low <= truth && truth <= choice.cost.high) held++;
      ratio += choice.cost.value / truth / trials;
    }
    // The best cost on the same images is 30 % too low here; cross-fitted it is a few per cent too high.
    expect(ratio).toBeGreaterThan(0.93);
    expect(ratio).toBeLessThan(1.2);
    expect(held / trials).toBeGreaterThan(0.85);
  });
  test('flags nothing where a false flag costs too much, all where a miss does', () => {
    const few = validation(100, 20, 2);
    const scoresOf = (label: number): number[] =>
      Array.from(few.scores).filter((_, i) => few.labels[i] === label);
    const strict = thresholdForCost(few, { falsePositive: 1e6, falseNegative: 1 });
    expect(strict.threshold).toBeGreaterThan(Math.max(...scoresOf(0)));
    const lax = thresholdForCost(few, { falsePositive: 1, falseNegative: 1e6 });
    expect(lax.threshold).toBeLessThan(Math.min(...scoresOf(1)));
  });
  test('right decisions may cost too: only differences count', () => {
    const plain = thresholdForCost(data, { falsePositive: 2, falseNegative: 5 });
    const moved = thresholdForCost(
      data,
      { falsePositive: 3, trueNegative: 1, falseNegative: 7, truePositive: 2 },
      {},
    );
    expect(moved.threshold).toBe(plain.threshold);
  });
  test('bad input', () => {
    expect(() => thresholdForCost(data, { falsePositive: 0, falseNegative: 1 })).toThrow(
      /the mistake must cost more/,
    );
    expect(() => thresholdForCost(validation(10, 0, 1), { falsePositive: 1, falseNegative: 1 })).toThrow(
      /fewer than two images of a class/,
    );
    const test = { ...data, split: 'test' } as unknown as ValidationScores;
    expect(() => thresholdForCost(test, { falsePositive: 1, falseNegative: 1 })).toThrow(
      /validation data only/,
    );
    expect(() => thresholdForPrecision(test, 0.9)).toThrow(/validation data only/);
  });
});

import { describe, expect, expectTypeOf, test } from 'vitest';
import {
  describeFixedThreshold,
  sigmoid,
  thresholdForMaxFnr,
  thresholdForMaxFpr,
  thresholdForReviewBudget,
} from '../src/index.ts';
import type { ValidationScores } from '../src/index.ts';
import { createRandom } from '../src/random.ts';
import { fitTail, tailQuantile } from '../src/threshold/tail-fit.ts';

/** Logistic logits: good images around −4, bad ones around 3; the true FPR at logit t is σ(−(t + 4)). */
function validation(nGood: number, nBad: number, seed: number): ValidationScores {
  const random = createRandom(seed);
  const logistic = () => {
    const u = random.uniform() + 1e-12;
    return Math.log(u / (1 - u));
  };
  const labels = [...Array<number>(nGood).fill(0), ...Array<number>(nBad).fill(1)];
  return {
    split: 'validation',
    labels,
    scores: labels.map((label) => sigmoid(logistic() + (label === 1 ? 3 : -4))),
  };
}
const trueFpr = (threshold: number): number => sigmoid(-(Math.log(threshold / (1 - threshold)) + 4));
const trueFnr = (threshold: number): number => sigmoid(Math.log(threshold / (1 - threshold)) - 3);

describe('only validation data choose a threshold', () => {
  test('the type asks for it', () => {
    expectTypeOf<Parameters<typeof thresholdForReviewBudget>[0]['split']>().toEqualTypeOf<'validation'>();
    expectTypeOf<Parameters<typeof thresholdForMaxFpr>[0]['split']>().toEqualTypeOf<'validation'>();
    expectTypeOf<Parameters<typeof thresholdForMaxFnr>[0]['split']>().toEqualTypeOf<'validation'>();
  });
  test('and it is checked where types are not', () => {
    const test = { ...validation(100, 100, 1), split: 'test' } as unknown as ValidationScores;
    for (const choose of [thresholdForReviewBudget, (d: ValidationScores) => thresholdForMaxFpr(d, 0.1)]) {
      expect(() => choose(test)).toThrow(/validation data only/);
    }
  });
});

describe('enough data', () => {
  const data = validation(20000, 2000, 5);
  test('the review budget is kept on the population', () => {
    const choice = thresholdForReviewBudget(data);
    expect(choice).toMatchObject({ method: 'empirical', resolved: true, prior: 0.06, ccdsPerExposure: 62 });
    const falseCcds = trueFpr(choice.threshold) * 62 * 0.94;
    // 34 validation images lie above the cut: relative error 1/√34.
    expect(falseCcds).toBeGreaterThan(0.05);
    expect(falseCcds).toBeLessThan(0.15);
    if (choice.falsePerExposure.value === null) throw new Error(choice.falsePerExposure.reason);
    expect(choice.falsePerExposure.value).toBeLessThanOrEqual(0.1);
    expect(choice.falsePerExposure.low).toBeLessThan(falseCcds);
    expect(choice.falsePerExposure.high).toBeGreaterThan(falseCcds);
    expect(choice.sentence).toContain('one false CCD per 10 exposures');
  });
  test('max FPR and max FNR find the right place', () => {
    expect(trueFpr(thresholdForMaxFpr(data, 0.01).threshold)).toBeCloseTo(0.01, 2);
    expect(Math.abs(trueFnr(thresholdForMaxFnr(data, 0.05).threshold) - 0.05)).toBeLessThan(0.02);
  });
  test('intervals hold the truth as often as they say, also of the rate that was set', () => {
    let held = 0;
    const trials = 100;
    for (let t = 0; t < trials; t++) {
      const choice = thresholdForMaxFpr(validation(2000, 300, 300 + t), 0.01);
      const inside = (rate: typeof choice.fpr, truth: number) =>
        rate.value !== null && rate.low <= truth && truth <= rate.high;
      if (inside(choice.fpr, trueFpr(choice.threshold))) held++;
      if (inside(choice.fnr, trueFnr(choice.threshold))) held++;
    }
    // 95 % of 200 is 190, spread 3.
    expect(held).toBeGreaterThanOrEqual(181);
  });
  test('the expected rate is kept on average over many validation sets, at every size', () => {
    for (const n of [150, 700, 3000]) {
      let sum = 0;
      const trials = 60;
      for (let t = 0; t < trials; t++) {
        sum += trueFpr(thresholdForMaxFpr(validation(n, 5, 100 + t), 0.0017, { samples: 1 }).threshold);
      }
      expect(sum / trials).toBeLessThan(0.0017 * 1.15);
      // Conservative, but not useless.
      expect(sum / trials).toBeGreaterThan(0.0017 / 8);
    }
  });
});

describe('too few data', () => {
  test('below 1/N it extrapolates and says so', () => {
    const choice = thresholdForReviewBudget(validation(300, 100, 2));
    expect(choice.resolved).toBe(false);
    expect(choice.method).toBe('tail-fit');
    expect(choice.smallestResolvableFpr).toBeCloseTo(1 / 300);
    expect(choice.sentence).toContain('too few');
    // Nothing seen beyond the threshold still leaves up to 1.2 % (Clopper–Pearson, 0 of 300).
    if (choice.fpr.value === null) throw new Error(choice.fpr.reason);
    expect(choice.fpr.high).toBeGreaterThan(0.012);
  });
  test('a handful is refused with the number needed', () => {
    expect(() => thresholdForReviewBudget(validation(10, 10, 3))).toThrow(
      /10 good validation images.*better \d+/,
    );
  });
  test('bad arguments name themselves', () => {
    const data = validation(100, 100, 4);
    expect(() => thresholdForMaxFpr(data, 0)).toThrow(/maxFpr is 0/);
    expect(() => thresholdForMaxFnr(data, 1)).toThrow(/maxFnr is 1/);
    expect(() => thresholdForReviewBudget(data, { falsePerExposure: -1 })).toThrow(/falsePerExposure is -1/);
    expect(() => thresholdForReviewBudget(data, { prior: 0 })).toThrow(/prior is 0/);
    expect(() => describeFixedThreshold(data, 1.5)).toThrow(/threshold is 1.5/);
  });
});

test('ties at the cut are not flagged beyond the rate', () => {
  const labels = [...Array<number>(1000).fill(0), ...Array<number>(50).fill(1)];
  const scores = labels.map((label, i) => (label === 1 ? 0.99 : i < 100 ? 0.5 : 0.01));
  const choice = thresholdForMaxFpr({ split: 'validation', scores, labels }, 0.05);
  expect(choice.threshold).toBeGreaterThan(0.5);
  expect(choice.threshold).toBeLessThan(0.99);
});

test('perfect scores of 0 and 1 keep the bad images flagged', () => {
  const labels = [...Array<number>(2000).fill(0), ...Array<number>(100).fill(1)];
  const choice = thresholdForReviewBudget({ split: 'validation', scores: labels, labels });
  expect(choice.threshold).toBeLessThanOrEqual(1);
  expect(choice.fnr).toMatchObject({ value: 0 });
});

test('groups widen the interval of the rates', () => {
  const data = validation(2000, 400, 6);
  const exposures = Array.from(data.scores, (_, i) => i % 40);
  const choice = describeFixedThreshold({ ...data, groups: exposures }, 0.1);
  expect(choice.nGroups).toBe(40);
  expect(choice.sentence).toContain('from 40 exposures');
});

test('the tail fit is never lighter than exponential and finds its quantiles', () => {
  const random = createRandom(12);
  const exponential = Float64Array.from({ length: 5000 }, () => -Math.log(1 - random.uniform()));
  const fit = fitTail(exponential)!;
  expect(fit.shape).toBeGreaterThanOrEqual(0);
  // True 1e-4 quantile: 9.2; conservative, so at or above it, within reason.
  expect(tailQuantile(fit, 1e-4)).toBeGreaterThan(8.5);
  expect(tailQuantile(fit, 1e-4)).toBeLessThan(16);
  const uniform = fitTail(Float64Array.from({ length: 500 }, () => random.uniform()))!;
  expect(uniform.shape).toBe(0);
  expect(fitTail(new Float64Array(10))).toBeNull();
});

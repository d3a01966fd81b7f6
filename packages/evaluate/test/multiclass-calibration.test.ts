import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  applyOneVsRest,
  applySoftmaxTemperature,
  classificationMetrics,
  correctPrior,
  correctPriors,
  fitOneVsRest,
  fitSoftmaxTemperature,
  fitTemperature,
} from '../src/index.ts';

const fixture = JSON.parse(
  readFileSync(new URL('fixtures/multiclass-calibration.json', import.meta.url), 'utf8'),
) as { labels: number[]; logits: number[]; temperature: number; loss: number; isotonic: number[] };
const { labels, logits } = fixture;
const classes = ['a', 'b', 'c', 'd'];
const furthest = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Math.max(...Array.from(a, (value, i) => Math.abs(value - b[i])));

describe('temperature', () => {
  const fitted = fitSoftmaxTemperature({ logits, labels, classes: 4 });
  if (fitted.kind === 'none') throw new Error(fitted.reason);
  test("is the minimum that scipy's minimiser finds, and no worse", () => {
    // Bounded Brent stops where the loss no longer changes in double precision: √ε of the temperature.
    expect(Math.abs(fitted.temperature / fixture.temperature - 1)).toBeLessThan(1e-6);
    const probabilities = applySoftmaxTemperature(fitted, logits, 4);
    const { metrics } = classificationMetrics(labels, probabilities, { classes, samples: 1 });
    expect(metrics['logLoss'].value!).toBeLessThan(fixture.loss + 1e-14);
  });
  test('undoes a known one: three times overconfident logits of a calibrated model', () => {
    expect(fitted.temperature).toBeGreaterThan(2.3);
    expect(fitted.temperature).toBeLessThan(3.9);
  });
  test('of weighted rows is that of rows as often as their weight', () => {
    const weights = labels.map((_, i) => i % 3);
    const repeated = labels.flatMap((label, i) =>
      Array.from({ length: i % 3 }, () => ({ label, row: logits.slice(4 * i, 4 * i + 4) })),
    );
    const weighted = fitSoftmaxTemperature({ logits, labels, classes: 4, weights });
    const often = fitSoftmaxTemperature({
      logits: repeated.flatMap(({ row }) => row),
      labels: repeated.map(({ label }) => label),
      classes: 4,
    });
    if (weighted.kind === 'none' || often.kind === 'none') throw new Error('not fitted');
    expect(Math.abs(weighted.temperature / often.temperature - 1)).toBeLessThan(1e-9);
  });
  test('with two classes is the binary one of the difference of the logits', () => {
    const yes = labels.map((label) => (label < 2 ? 0 : 1));
    const scores = yes.map((_, i) => logits[4 * i + 2]);
    const two = fitSoftmaxTemperature({ logits: scores.flatMap((s) => [0, s]), labels: yes, classes: 2 });
    const one = fitTemperature({ scores, labels: yes });
    if (one.kind === 'none' || two.kind === 'none') throw new Error('not fitted');
    expect(two.temperature).toBeCloseTo(one.temperature, 10);
  });
  test('keeps the likeliest class', () => {
    const before = classificationMetrics(
      labels,
      applySoftmaxTemperature({ ...fitted, temperature: 1 }, logits, 4),
      {
        classes,
        samples: 1,
      },
    );
    const after = classificationMetrics(labels, applySoftmaxTemperature(fitted, logits, 4), {
      classes,
      samples: 1,
    });
    expect(after.confusion).toEqual(before.confusion);
  });
  test('says why not', () => {
    expect(fitSoftmaxTemperature({ logits: [1, 2], labels: [1], classes: 2 })).toEqual({
      kind: 'none',
      reason: 'only class 1 has examples to calibrate on',
    });
    expect(() => fitSoftmaxTemperature({ logits: [1, -Infinity], labels: [1], classes: 2 })).toThrow(
      /logit 1 of row 0 is -Infinity/,
    );
  });
});

describe('one against the rest', () => {
  test('isotonic as scikit-learn', () => {
    const fitted = fitOneVsRest({ logits, labels, classes: 4 }, 'isotonic');
    if (fitted.kind === 'none') throw new Error(fitted.reason);
    expect(furthest(fixture.isotonic, applyOneVsRest(fitted, logits))).toBeLessThan(1e-11);
  });
  test('Platt: probabilities of rows sum to 1 and their mean is the share of each class', () => {
    const fitted = fitOneVsRest({ logits, labels, classes: 4 }, 'platt');
    if (fitted.kind === 'none') throw new Error(fitted.reason);
    const p = applyOneVsRest(fitted, logits);
    for (let c = 0; c < 4; c++) {
      let mean = 0;
      for (let i = 0; i < labels.length; i++) mean += p[4 * i + c] / labels.length;
      // Each class by itself keeps the mean to its smoothing (1/60); dividing by the sum moves it a little.
      expect(Math.abs(mean - 0.25)).toBeLessThan(0.03);
    }
  });
  test('names the class without example', () => {
    expect(fitOneVsRest({ logits: [1, 2, 3], labels: [0], classes: 3 }, 'platt')).toEqual({
      kind: 'none',
      reason: 'class 0: no negative example to calibrate on',
    });
    expect(fitOneVsRest({ logits: [1, 2, 3, 1, 2, 3], labels: [0, 1], classes: 3 }, 'platt')).toEqual({
      kind: 'none',
      reason: 'class 2 has no example to calibrate on',
    });
  });
});

describe('class shares', () => {
  test('of two classes as the binary correction', () => {
    const corrected = correctPriors([0.3, 0.7], [0.5, 0.5], [0.94, 0.06]);
    expect(corrected[1]).toBeCloseTo(correctPrior(0.7, 0.5, 0.06), 14);
  });
  test('by hand, and there and back', () => {
    // 0.5·2, 0.3·1, 0.2·0.5 over their sum 1.4.
    const there = correctPriors([0.5, 0.3, 0.2], [0.25, 0.25, 0.5], [0.5, 0.25, 0.25]);
    expect(furthest([1 / 1.4, 0.3 / 1.4, 0.1 / 1.4], there)).toBeLessThan(1e-15);
    expect(
      furthest([0.5, 0.3, 0.2], correctPriors(there, [0.5, 0.25, 0.25], [0.25, 0.25, 0.5])),
    ).toBeLessThan(1e-15);
  });
  test('bad input', () => {
    expect(() => correctPriors([1, 0], [1, 0], [0.5, 0.5])).toThrow(/trainingPriors\[1\] is 0/);
    expect(() => correctPriors([1, 0], [0.5, 0.5], [0.5, 0.6])).toThrow(/priors sum to 1.1/);
    expect(() => correctPriors([1, 0, 0], [0.5, 0.5], [0.5, 0.5])).toThrow(/whole rows/);
  });
});

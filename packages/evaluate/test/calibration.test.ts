import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  calibrate,
  calibrateAll,
  correctPrior,
  estimatePrior,
  expectedCalibrationError,
  fitIsotonic,
  fitPlatt,
  fitTemperature,
  sigmoid,
} from '../src/index.ts';
import type { Calibration } from '../src/index.ts';
import { createRandom } from '../src/random.ts';

/** Labels drawn with probability σ(slope · score + intercept): the truth a calibration must find again. */
function injected(n: number, slope: number, intercept: number, seed: number) {
  const random = createRandom(seed);
  const scores = Array.from({ length: n }, () => 10 * random.uniform() - 5);
  return { scores, labels: scores.map((s) => (random.uniform() < sigmoid(slope * s + intercept) ? 1 : 0)) };
}

describe('calibration recovers injected truth', () => {
  test('Platt: slope and intercept', () => {
    const fit = fitPlatt(injected(20000, 0.7, -1.3, 1));
    if (fit.kind === 'none') throw new Error(fit.reason);
    // Standard errors at n = 20000 are about 0.01 and 0.03.
    expect(Math.abs(fit.slope - 0.7)).toBeLessThan(0.04);
    expect(Math.abs(fit.intercept + 1.3)).toBeLessThan(0.09);
  });
  test('temperature', () => {
    const fit = fitTemperature(injected(20000, 1 / 2.5, 0, 2));
    if (fit.kind === 'none') throw new Error(fit.reason);
    expect(Math.abs(fit.temperature - 2.5)).toBeLessThan(0.12);
  });
  test.each(['platt', 'isotonic'] as const)(
    '%s: the calibration error of new data falls to the noise',
    (kind) => {
      const fit = (kind === 'platt' ? fitPlatt : fitIsotonic)(injected(8000, 0.4, 1, 3));
      if (fit.kind === 'none') throw new Error(fit.reason);
      const fresh = injected(8000, 0.4, 1, 4);
      const before = expectedCalibrationError({
        scores: fresh.scores.map(sigmoid),
        labels: fresh.labels,
      }).value!;
      const after = expectedCalibrationError({
        scores: calibrateAll(fit, fresh.scores),
        labels: fresh.labels,
      }).value!;
      expect(before).toBeGreaterThan(0.1);
      expect(after).toBeLessThan(0.025);
    },
  );
});

describe('calibration holds up', () => {
  test('separable data keep a finite slope', () => {
    const fit = fitPlatt({ scores: [-3, -2, -1, 1, 2, 3], labels: [0, 0, 0, 1, 1, 1] });
    if (fit.kind === 'none') throw new Error(fit.reason);
    expect(fit.slope).toBeGreaterThan(0);
    expect(fit.slope).toBeLessThan(10);
    const hot = fitTemperature({ scores: [-3, -2, -1, 1, 2, 3], labels: [0, 0, 0, 1, 1, 1] });
    expect(hot.kind === 'temperature' && hot.temperature >= 0.01).toBe(true);
  });
  test('large scores do not overflow', () => {
    const fit = fitPlatt({ scores: [-900, -800, 5, 700, 1000], labels: [0, 0, 1, 1, 1] });
    if (fit.kind === 'none') throw new Error(fit.reason);
    for (const score of [-1e6, 0, 1e6]) expect(Number.isFinite(calibrate(fit, score))).toBe(true);
  });
  test('one class only says why', () => {
    for (const fit of [fitPlatt, fitTemperature]) {
      expect(fit({ scores: [1, 2], labels: [1, 1] })).toEqual({
        kind: 'none',
        reason: 'no negative example to calibrate on',
      });
    }
  });
  test('NaN goes through, never into a probability', () => {
    const fits: Calibration[] = [
      { kind: 'platt', slope: 1, intercept: 0 },
      { kind: 'temperature', temperature: 2 },
      { kind: 'isotonic', scores: [0, 1], probabilities: [0.1, 0.9] },
    ];
    for (const fit of fits) expect(calibrate(fit, NaN)).toBeNaN();
  });
  test('isotonic probabilities never fall with the score', () => {
    const rows = fc.array(
      fc.record({ s: fc.integer({ min: 0, max: 30 }), l: fc.integer({ min: 0, max: 1 }) }),
      {
        minLength: 1,
        maxLength: 80,
      },
    );
    fc.assert(
      fc.property(rows, (data) => {
        const fit = fitIsotonic({ scores: data.map((r) => r.s), labels: data.map((r) => r.l) });
        if (fit.kind === 'none') throw new Error(fit.reason);
        const p = calibrateAll(
          fit,
          Array.from({ length: 61 }, (_, i) => i / 2),
        );
        for (let i = 1; i < p.length; i++) expect(p[i]).toBeGreaterThanOrEqual(p[i - 1] - 1e-12);
      }),
    );
  });
});

describe('prior correction', () => {
  test('odds scale by the ratio of prior odds, and back', () => {
    expect(correctPrior(0.5, 0.5, 0.06)).toBeCloseTo(0.06, 12);
    expect(correctPrior(correctPrior(0.83, 0.5, 0.06), 0.06, 0.5)).toBeCloseTo(0.83, 12);
    expect(correctPrior(0, 0.5, 0.06)).toBe(0);
    expect(correctPrior(1, 0.5, 0.06)).toBe(1);
  });
  test('the prior of unlabelled data is found again', () => {
    // Trained at 0.5 on two normals ±1 (log-odds 2x); the night has 6 % bad.
    const random = createRandom(8);
    const normal = () =>
      Math.sqrt(-2 * Math.log(1 - random.uniform())) * Math.cos(2 * Math.PI * random.uniform());
    const probabilities = Array.from({ length: 20000 }, () =>
      sigmoid(2 * (normal() + (random.uniform() < 0.06 ? 1 : -1))),
    );
    const found = estimatePrior(probabilities, 0.5);
    expect(found.converged).toBe(true);
    expect(Math.abs(found.prior - 0.06)).toBeLessThan(0.01);
  });
  test('refuses a prior of 0', () => {
    expect(() => correctPrior(0.5, 0, 0.06)).toThrow(/trainingPrior is 0/);
  });
});

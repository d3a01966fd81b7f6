import fc from 'fast-check';
import { expect, it } from 'vitest';
import { logitOfClasses, probabilities } from '../src/analyser/probabilities.ts';

const curve = (slope: number, intercept: number) => ({ kind: 'platt', slope, intercept }) as const;
const sigmoid = (z: number) => 1 / (1 + Math.exp(-z));
const curves = [curve(1, 0), curve(2, -1), curve(0.5, 0.3)];

it('any artifact is at least one class being there, classes taken as independent', () => {
  const logits = fc.array(fc.double({ min: -8, max: 8, noNaN: true }), { minLength: 3, maxLength: 3 });
  fc.assert(
    fc.property(logits, fc.array(fc.boolean(), { minLength: 3, maxLength: 3 }), (values, defined) => {
      fc.pre(defined.some((is) => is));
      let none = 1;
      curves.forEach(({ slope, intercept }, k) => {
        if (defined[k]) none *= 1 - sigmoid(slope * values[k] + intercept);
      });
      // Double precision; 1 − none loses its digits where none is near 1.
      expect(sigmoid(logitOfClasses(values, curves, defined))).toBeCloseTo(1 - none, 9);
    }),
  );
});

it('is finite for logits without bounds, and rises with every defined class', () => {
  for (const z of [-1e4, -50, 0, 50, 1e4]) {
    const lower = logitOfClasses([z, z, z], curves, [true, true, true]);
    expect(Number.isFinite(lower)).toBe(true);
    expect(logitOfClasses([z, z + 1, z], curves, [true, true, true])).toBeGreaterThanOrEqual(lower);
  }
  expect(Number.isFinite(logitOfClasses([1, 1, 1], curves, [false, false, false]))).toBe(true);
});

it('classes that a missing mask leaves undefined have no say in any', () => {
  const description = {
    prior: 0.06,
    classes: ['Satellite', 'Cosmic ray', 'Haze'],
    calibration: { any: curve(1, 0), classes: curves, anyShare: 0.4, classShares: [0.1, 0.1, 0.2] },
  };
  const without = (ray: number) => probabilities([-3, ray, -3, 0], description, [true, false, true]).any;
  const beside = (ray: number) => probabilities([-3, ray, -3, 0], description, [true, true, true]).any;
  expect(without(9)).toBe(without(-9));
  expect(beside(9)).toBeGreaterThan(0.9);
  // Corrected from 40 % of validation CCDs to 6 % of a night's.
  const p = 1 - (1 - sigmoid(-3)) * (1 - sigmoid(-1.2));
  const odds = (p / (1 - p)) * (0.06 / 0.94) * (0.6 / 0.4);
  expect(without(0)).toBeCloseTo(odds / (1 + odds), 12);
});

import { checkScores } from '../check-scores.ts';
import type { Calibration, CalibrationData, NotCalibrated } from './types.ts';

/**
 * Platt scaling: p = 1 / (1 + exp(−(slope · score + intercept))), fitted by maximum likelihood to the smoothed targets
 * (N₊ + 1)/(N₊ + 2) and 1/(N₋ + 2) (Platt 1999), so that separable data do not give an infinite slope; Newton's method
 * with backtracking (Lin, Lin and Weng 2007, Mach. Learn. 68, 267). Platt's A is −slope, his B −intercept.
 * Returns why not where a class is missing.
 */
export function fitPlatt(data: CalibrationData): Extract<Calibration, { kind: 'platt' }> | NotCalibrated {
  checkScores(data);
  const { scores, labels, weights } = data;
  const n = scores.length;
  const weightOf = (i: number): number => (weights === undefined ? 1 : weights[i]);
  let positives = 0;
  let negatives = 0;
  for (let i = 0; i < n; i++) {
    if (labels[i] === 1) positives += weightOf(i);
    else negatives += weightOf(i);
  }
  if (positives <= 0) return { kind: 'none', reason: 'no positive example to calibrate on' };
  if (negatives <= 0) return { kind: 'none', reason: 'no negative example to calibrate on' };
  const high = (positives + 1) / (positives + 2);
  const low = 1 / (negatives + 2);

  const loss = (slope: number, intercept: number): number => {
    let sum = 0;
    for (let i = 0; i < n; i++) {
      const z = slope * scores[i] + intercept;
      const target = labels[i] === 1 ? high : low;
      // −t ln σ(z) − (1 − t) ln(1 − σ(z)) without overflow.
      sum += weightOf(i) * (Math.log1p(Math.exp(-Math.abs(z))) + Math.max(z, 0) - target * z);
    }
    return sum;
  };

  let slope = 0;
  let intercept = Math.log((positives + 1) / (negatives + 1));
  let value = loss(slope, intercept);
  for (let iteration = 0; iteration < 100; iteration++) {
    let g1 = 0;
    let g0 = 0;
    let h11 = 1e-12;
    let h00 = 1e-12;
    let h10 = 0;
    for (let i = 0; i < n; i++) {
      const f = scores[i];
      const p = sigmoid(slope * f + intercept);
      const w = weightOf(i);
      const gradient = w * (p - (labels[i] === 1 ? high : low));
      const curvature = w * p * (1 - p);
      g1 += gradient * f;
      g0 += gradient;
      h11 += curvature * f * f;
      h10 += curvature * f;
      h00 += curvature;
    }
    const determinant = h11 * h00 - h10 * h10;
    if (!(determinant > 0)) break;
    const d1 = -(h00 * g1 - h10 * g0) / determinant;
    const d0 = -(h11 * g0 - h10 * g1) / determinant;
    const descent = g1 * d1 + g0 * d0;
    if (-descent < 1e-16 * (1 + Math.abs(value))) break;
    let step = 1;
    for (; step > 1e-12; step /= 2) {
      const next = loss(slope + step * d1, intercept + step * d0);
      if (next < value + 1e-4 * step * descent) {
        slope += step * d1;
        intercept += step * d0;
        value = next;
        break;
      }
    }
    if (step <= 1e-12) break;
  }
  return { kind: 'platt', slope, intercept };
}

/** Logistic function without overflow. */
export function sigmoid(z: number): number {
  if (z >= 0) return 1 / (1 + Math.exp(-z));
  const e = Math.exp(z);
  return e / (1 + e);
}

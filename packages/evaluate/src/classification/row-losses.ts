import { reliabilityBins } from '../reliability.ts';
import type { Measure } from '../types.ts';
import type { ClassificationProblem } from './problem.ts';

/** Probabilities are kept this far from 0 and 1, as in `logLoss`. */
const epsilon = Number.EPSILON;

/** [n] −ln of the true class's probability (nats), rows renormalised after clipping as scikit-learn does. */
export function logLosses({ n, classes, labels, probabilities }: ClassificationProblem): Float64Array {
  const k = classes.length;
  return Float64Array.from({ length: n }, (_, i) => {
    let sum = 0;
    for (let c = 0; c < k; c++) sum += clip(probabilities[i * k + c]);
    return Math.log(sum) - Math.log(clip(probabilities[i * k + labels[i]]));
  });
}

/**
 * [n] squared errors of the probabilities. Two classes: (p₁ − y)², 0 … 1; more: Brier's own sum over the classes, 0 … 2
 * (Brier 1950, Mon. Weather Rev. 78, 1, eq. 2). The former is half of the latter.
 */
export function brierLosses({ n, classes, labels, probabilities }: ClassificationProblem): Float64Array {
  const k = classes.length;
  return Float64Array.from({ length: n }, (_, i) => {
    if (k === 2) return (probabilities[2 * i + 1] - labels[i]) ** 2;
    let sum = 0;
    for (let c = 0; c < k; c++) sum += (probabilities[i * k + c] - (labels[i] === c ? 1 : 0)) ** 2;
    return sum;
  });
}

/** Mean of a value per row under weights. */
export function weightedMean(values: Float64Array, weights: Float64Array): Measure {
  let sum = 0;
  let total = 0;
  for (let i = 0; i < values.length; i++) {
    sum += weights[i] * values[i];
    total += weights[i];
  }
  return total > 0 ? { value: sum / total } : { value: null, reason: 'no examples' };
}

/**
 * Expected calibration error under new weights, bins fixed once: equal widths of the probability of class 1 (two
 * classes) or of the decided class's probability against being right (more; Guo et al. 2017, eq. 3).
 */
export function calibrationError(
  problem: ClassificationProblem,
  bins: number,
): (weights: Float64Array) => Measure {
  const { n, classes, labels, probabilities, decided } = problem;
  const k = classes.length;
  const promised = Float64Array.from(
    { length: n },
    (_, i) => probabilities[i * k + (k === 2 ? 1 : decided[i])],
  );
  const came = Uint8Array.from({ length: n }, (_, i) =>
    k === 2 ? labels[i] : labels[i] === decided[i] ? 1 : 0,
  );
  const bin = new Uint16Array(n);
  const found = reliabilityBins({ scores: promised, labels: came }, { bins });
  found.forEach(({ members }, b) => {
    for (const i of members) bin[i] = b;
  });
  const gap = new Float64Array(found.length);
  return (weights) => {
    gap.fill(0);
    let total = 0;
    for (let i = 0; i < n; i++) {
      gap[bin[i]] += weights[i] * (came[i] - promised[i]);
      total += weights[i];
    }
    if (!(total > 0)) return { value: null, reason: 'no examples' };
    let sum = 0;
    for (let b = 0; b < gap.length; b++) sum += Math.abs(gap[b]);
    return { value: sum / total };
  };
}

function clip(p: number): number {
  return Math.min(1 - epsilon, Math.max(epsilon, p));
}

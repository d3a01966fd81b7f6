import { sigmoid } from './platt.ts';
import type { Calibration } from './types.ts';

/** Calibrated probability of one score (a logit, as the calibration was fitted on). NaN in, NaN out. */
export function calibrate(calibration: Calibration, score: number): number {
  switch (calibration.kind) {
    case 'platt':
      return sigmoid(calibration.slope * score + calibration.intercept);
    case 'temperature':
      return sigmoid(score / calibration.temperature);
    case 'isotonic':
      return interpolate(calibration.scores, calibration.probabilities, score);
  }
}

/** `calibrate` over an array. */
export function calibrateAll(calibration: Calibration, scores: ArrayLike<number>): Float64Array {
  return Float64Array.from(scores, (score) => calibrate(calibration, score));
}

function interpolate(x: readonly number[], y: readonly number[], at: number): number {
  if (Number.isNaN(at)) return NaN;
  const last = x.length - 1;
  if (at <= x[0]) return y[0];
  if (at >= x[last]) return y[last];
  let low = 0;
  let high = last;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (x[middle] <= at) low = middle;
    else high = middle;
  }
  return y[low] + ((at - x[low]) / (x[high] - x[low])) * (y[high] - y[low]);
}

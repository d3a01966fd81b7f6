import { checkScores } from '../check-scores.ts';
import { sigmoid } from './platt.ts';
import type { Calibration, CalibrationData, NotCalibrated } from './types.ts';

/**
 * Temperature scaling p = σ(logit / T) by maximum likelihood (Guo et al. 2017, §4.2): one number, the order of images
 * and the 0.5 point stay. The loss is convex in 1/T; Newton's method with bisection as a guard. T is kept within
 * 1/100 … 100: on separable data the likelihood asks for 0, on useless scores for infinity.
 */
export function fitTemperature(
  data: CalibrationData,
): Extract<Calibration, { kind: 'temperature' }> | NotCalibrated {
  checkScores(data);
  const { scores, labels, weights } = data;
  let positives = 0;
  for (let i = 0; i < labels.length; i++) positives += labels[i];
  if (positives === 0) return { kind: 'none', reason: 'no positive example to calibrate on' };
  if (positives === labels.length) return { kind: 'none', reason: 'no negative example to calibrate on' };
  let low = 0.01;
  let high = 100;
  let beta = 1;
  for (let iteration = 0; iteration < 200; iteration++) {
    let gradient = 0;
    let curvature = 0;
    for (let i = 0; i < scores.length; i++) {
      const w = weights === undefined ? 1 : weights[i];
      const p = sigmoid(beta * scores[i]);
      gradient += w * (p - labels[i]) * scores[i];
      curvature += w * p * (1 - p) * scores[i] ** 2;
    }
    if (gradient > 0) high = beta;
    else low = beta;
    const newton = beta - gradient / curvature;
    const next = newton > low && newton < high ? newton : Math.sqrt(low * high);
    const done = Math.abs(next - beta) < 1e-13 * beta || high - low < 1e-13 * beta;
    beta = next;
    if (done) break;
  }
  return { kind: 'temperature', temperature: 1 / beta };
}

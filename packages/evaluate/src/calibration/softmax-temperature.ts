import type { NotCalibrated } from './types.ts';

/** Validation outputs of K classes to fit a calibration on, never those of the test set. */
export interface MulticlassCalibrationData {
  /** [n, K] row-major: logits, or logarithms of probabilities. Finite. */
  readonly logits: ArrayLike<number>;
  /** [n] class of each row, 0 … K − 1. */
  readonly labels: ArrayLike<number>;
  readonly classes: number;
  /** [n] how much each row counts; 1 where absent. */
  readonly weights?: ArrayLike<number>;
}

/** One temperature for K classes; plain data. */
export interface SoftmaxTemperature {
  readonly kind: 'softmax-temperature';
  readonly temperature: number;
}

/**
 * Temperature scaling softmax(logits / T) by maximum likelihood (Guo et al. 2017, §4.2): the likeliest class stays the likeliest.
 * Convex in 1/T; Newton's method with bisection as a guard, T within 1/100 … 100 as `fitTemperature`.
 * @throws RangeError on lengths that do not fit, a label that is no class, a logit that is not finite.
 */
export function fitSoftmaxTemperature(data: MulticlassCalibrationData): SoftmaxTemperature | NotCalibrated {
  const { logits, labels, classes: k, weights } = data;
  checkLogits(data);
  const n = labels.length;
  if (n === 0) return { kind: 'none', reason: 'no examples to calibrate on' };
  const seen = new Set(Array.from(labels));
  if (seen.size < 2) return { kind: 'none', reason: `only class ${labels[0]} has examples to calibrate on` };
  let low = 0.01;
  let high = 100;
  let beta = 1;
  const row = new Float64Array(k);
  for (let iteration = 0; iteration < 200; iteration++) {
    let gradient = 0;
    let curvature = 0;
    for (let i = 0; i < n; i++) {
      softmaxInto(row, logits, i * k, k, beta);
      let mean = 0;
      let square = 0;
      for (let c = 0; c < k; c++) {
        mean += row[c] * logits[i * k + c];
        square += row[c] * logits[i * k + c] ** 2;
      }
      const w = weights === undefined ? 1 : weights[i];
      gradient += w * (mean - logits[i * k + labels[i]]);
      curvature += w * (square - mean ** 2);
    }
    if (gradient > 0) high = beta;
    else low = beta;
    const newton = beta - gradient / curvature;
    const next = newton > low && newton < high ? newton : Math.sqrt(low * high);
    const done = Math.abs(next - beta) < 1e-13 * beta || high - low < 1e-13 * beta;
    beta = next;
    if (done) break;
  }
  return { kind: 'softmax-temperature', temperature: 1 / beta };
}

/** [n, K] probabilities softmax(logits / T). A row with NaN becomes NaN. */
export function applySoftmaxTemperature(
  { temperature }: SoftmaxTemperature,
  logits: ArrayLike<number>,
  classes: number,
): Float64Array {
  const out = new Float64Array(logits.length);
  for (let at = 0; at < logits.length; at += classes) {
    softmaxInto(out.subarray(at, at + classes), logits, at, classes, 1 / temperature);
  }
  return out;
}

/** @throws RangeError as `fitSoftmaxTemperature`. */
export function checkLogits({ logits, labels, classes }: MulticlassCalibrationData): void {
  if (logits.length !== labels.length * classes) {
    throw new RangeError(
      `${logits.length} logits for ${labels.length} labels of ${classes} classes: give ${labels.length * classes}, row after row`,
    );
  }
  for (let j = 0; j < logits.length; j++) {
    if (!Number.isFinite(logits[j])) {
      throw new RangeError(
        `logit ${j % classes} of row ${Math.floor(j / classes)} is ${logits[j]}: give finite ones (of a probability of 0, the logarithm of a small number)`,
      );
    }
  }
  for (let i = 0; i < labels.length; i++) {
    if (!Number.isInteger(labels[i]) || labels[i] < 0 || labels[i] >= classes) {
      throw new RangeError(`labels[${i}] is ${labels[i]}: classes are 0 … ${classes - 1}`);
    }
  }
}

function softmaxInto(
  out: Float64Array,
  logits: ArrayLike<number>,
  at: number,
  k: number,
  beta: number,
): void {
  let top = -Infinity;
  for (let c = 0; c < k; c++) top = Math.max(top, logits[at + c]);
  let sum = 0;
  for (let c = 0; c < k; c++) sum += out[c] = Math.exp(beta * (logits[at + c] - top));
  for (let c = 0; c < k; c++) out[c] /= sum;
}

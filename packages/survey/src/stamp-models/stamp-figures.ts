import {
  applySoftmaxTemperature,
  classificationFigures,
  fitSoftmaxTemperature,
  fitTemperature,
  sigmoid,
} from '@blemish/evaluate';

/** One number that logits are divided by. */
export interface StampCalibration {
  readonly kind: 'temperature';
  readonly temperature: number;
}

/**
 * Probabilities [n, K] of logits: [n] log-odds of the second of two classes, or [n, K].
 * NaN gives NaN.
 */
export function stampProbabilities(
  logits: ArrayLike<number>,
  classes: number,
  calibration: StampCalibration | null = null,
): Float64Array {
  const temperature = calibration?.temperature ?? 1;
  if (classes > 2)
    return applySoftmaxTemperature({ kind: 'softmax-temperature', temperature }, logits, classes);
  const out = new Float64Array(2 * logits.length);
  for (let i = 0; i < logits.length; i++) {
    const z = logits[i] / temperature;
    out[2 * i] = sigmoid(-z);
    out[2 * i + 1] = sigmoid(z);
  }
  return out;
}

/** The temperature of least loss on validation stamps; a reason where there is none. */
export function fitStampTemperature(
  logits: Float64Array,
  labels: Int32Array,
  classes: number,
): StampCalibration | { readonly kind: 'none'; readonly reason: string } {
  const fitted =
    classes === 2
      ? fitTemperature({ scores: logits, labels })
      : fitSoftmaxTemperature({ logits, labels, classes });
  return fitted.kind === 'none' ? fitted : { kind: 'temperature', temperature: fitted.temperature };
}

/** Mean cross-entropy of logits in nats. */
export function logitLoss(logits: Float64Array, labels: Int32Array, classes: number): number {
  let sum = 0;
  for (let i = 0; i < labels.length; i++) {
    if (classes === 2) sum += softplus(labels[i] === 1 ? -logits[i] : logits[i]);
    else {
      const row = logits.subarray(i * classes, (i + 1) * classes);
      const most = row.reduce((a, b) => Math.max(a, b), -Infinity);
      const total = row.reduce((all, z) => all + Math.exp(z - most), 0);
      sum += most + Math.log(total) - row[labels[i]];
    }
  }
  return sum / labels.length;
}

function softplus(x: number): number {
  return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
}

/** The figures alone, null where the labels do not define one. */
export function stampFigures(
  labels: ArrayLike<number>,
  probabilities: Float64Array,
  classes: readonly string[],
  threshold: number | null = null,
): Readonly<Record<string, number | null>> {
  return classificationFigures(labels, probabilities, {
    classes,
    ...(threshold === null ? {} : { threshold }),
  });
}

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

/** Smallest probability whose logarithm is taken. */
const least = 1e-15;

/** Probabilities [n, K] as logits that `stampProbabilities` turns back: [n] log-odds of the second of two, for one output, else [n, K]. */
export function asLogits(probabilities: Float64Array, outputs: number): Float64Array {
  const log = (p: number) => Math.log(Math.max(least, p));
  if (outputs > 1) return probabilities.map(log);
  return Float64Array.from(
    { length: probabilities.length / 2 },
    (_, i) => log(probabilities[2 * i + 1]) - log(probabilities[2 * i]),
  );
}

/**
 * The temperature of least loss on validation stamps; a reason where there is none. Labels count as right with (n + 1)/(n + 2), n being the
 * stamps of their class (Platt 1999, section 2.2): else classes that no validation stamp confuses would ask for probabilities of 0 and 1.
 */
export function fitStampTemperature(
  logits: Float64Array,
  labels: Int32Array,
  classes: number,
): StampCalibration | { readonly kind: 'none'; readonly reason: string } {
  const counts = new Float64Array(classes);
  for (const label of labels) counts[label]++;
  const n = labels.length;
  const width = logits.length / n;
  // Each stamp once with every class, weighed by how much it is believed.
  const row = (i: number) => Math.floor(i / classes);
  const share = (i: number) => {
    const own = labels[row(i)];
    const right = (counts[own] + 1) / (counts[own] + 2);
    return i % classes === own ? right : (1 - right) / (classes - 1);
  };
  const numbers = { length: n * classes };
  const repeated = {
    labels: Int32Array.from(numbers, (_, i) => i % classes),
    weights: Float64Array.from(numbers, (_, i) => share(i)),
  };
  const scores = Float64Array.from(
    { length: n * classes * width },
    (_, at) => logits[row(Math.floor(at / width)) * width + (at % width)],
  );
  if (counts.filter((count) => count > 0).length < 2) {
    return { kind: 'none', reason: 'validation stamps of one class only' };
  }
  const fitted =
    classes === 2
      ? fitTemperature({ scores, ...repeated })
      : fitSoftmaxTemperature({ logits: scores, classes, ...repeated });
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

import { checkProbabilities } from '../check-scores.ts';

/** Labels and probabilities of one classifier on one set of rows, checked and laid out for repeated measuring. */
export interface ClassificationProblem {
  readonly n: number;
  /** Names of the K ≥ 2 classes; with two, class 1 is the positive one. */
  readonly classes: readonly string[];
  /** [n] class of each row. */
  readonly labels: Uint16Array;
  /** [n, K], row-major. */
  readonly probabilities: Float64Array;
  /** [n] class decided: with two classes 1 where p₁ ≥ `threshold`, else the likeliest (the first of equals). */
  readonly decided: Uint16Array;
  /** Only with two classes. */
  readonly threshold: number | null;
}

/** Probabilities from float32 networks sum to 1 within their rounding; a row further off was not normalised. */
const sumTolerance = 1e-3;

/**
 * @param labels [n] class of each row, 0 … K − 1
 * @param probabilities [n, K] row-major; with two classes also [n], the probability of class 1
 * @throws RangeError on no rows, fewer than two classes, lengths that do not fit, a label that is no class, a
 * probability outside [0, 1] or NaN, a row that does not sum to 1, a threshold with more than two classes.
 */
export function classificationProblem(
  labels: ArrayLike<number>,
  probabilities: ArrayLike<number>,
  classes: readonly string[],
  threshold?: number,
): ClassificationProblem {
  const n = labels.length;
  const k = classes.length;
  if (k < 2) throw new RangeError(`${k} classes: a classification has at least two`);
  if (n === 0) throw new RangeError('0 rows: metrics need at least one labelled row');
  const short = k === 2 && probabilities.length === n;
  if (!short && probabilities.length !== n * k) {
    throw new RangeError(
      `${probabilities.length} probabilities for ${n} labels of ${k} classes: give ${n * k}, row after row`,
    );
  }
  if (threshold !== undefined && k > 2) {
    throw new RangeError(
      `a threshold of ${threshold} with ${k} classes: the likeliest class is decided, leave it out`,
    );
  }
  if (threshold !== undefined && Number.isNaN(threshold))
    throw new RangeError('threshold is NaN: give a number');
  checkProbabilities(probabilities);
  for (let i = 0; i < n; i++) {
    if (!Number.isInteger(labels[i]) || labels[i] < 0 || labels[i] >= k) {
      throw new RangeError(`labels[${i}] is ${labels[i]}: classes are 0 … ${k - 1}`);
    }
  }
  const rows = new Float64Array(n * k);
  if (short) {
    for (let i = 0; i < n; i++) {
      rows[2 * i] = 1 - probabilities[i];
      rows[2 * i + 1] = probabilities[i];
    }
  } else {
    rows.set(probabilities);
    for (let i = 0; i < n; i++) {
      let sum = 0;
      for (let c = 0; c < k; c++) sum += rows[i * k + c];
      if (Math.abs(sum - 1) > sumTolerance) {
        throw new RangeError(
          `probabilities of row ${i} sum to ${sum}: normalise them over the ${k} classes (softmax)`,
        );
      }
    }
  }
  const cut = k === 2 ? (threshold ?? 0.5) : null;
  return {
    n,
    classes,
    labels: Uint16Array.from(labels),
    probabilities: rows,
    decided: Uint16Array.from({ length: n }, (_, i) =>
      cut === null ? likeliest(rows, i, k) : rows[2 * i + 1] >= cut ? 1 : 0,
    ),
    threshold: cut,
  };
}

/** Confusion matrix [true class, decided class] under weights: `confusionMatrix` without its checks, for resampling. */
export function weightedConfusion(problem: ClassificationProblem): (weights: Float64Array) => Float64Array {
  const { n, labels, decided } = problem;
  const k = problem.classes.length;
  const cell = Uint32Array.from(labels, (label, i) => label * k + decided[i]);
  return (weights) => {
    const counts = new Float64Array(k * k);
    for (let i = 0; i < n; i++) counts[cell[i]] += weights[i];
    return counts;
  };
}

/** Class with the largest probability in row `i` of [n, k]; the first of equals. */
export function likeliest(rows: ArrayLike<number>, i: number, k: number): number {
  let best = 0;
  for (let c = 1; c < k; c++) if (rows[i * k + c] > rows[i * k + best]) best = c;
  return best;
}

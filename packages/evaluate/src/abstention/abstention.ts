import type { BootstrapOptions, Units } from '../bootstrap.ts';
import { classificationProblem, likeliest } from '../classification/problem.ts';
import { groupedProportion } from '../proportion-interval.ts';
import type { Interval } from '../types.ts';

/** A classifier that says "I don't know" below a confidence; plain data. */
export interface Abstention {
  /** It decides where its likeliest class has at least this probability. */
  readonly confidence: number;
  /** Share of rows decided, and of these the share decided rightly. */
  readonly coverage: Interval;
  readonly accuracy: Interval;
  /** Accuracy if it had to decide on all rows. */
  readonly accuracyOfAll: Interval;
  readonly n: number;
  readonly nDecided: number;
}

/** Labelled rows with [n, K] probabilities (two classes: also [n], of class 1) and their groups. */
export interface AbstentionData {
  readonly labels: ArrayLike<number>;
  readonly probabilities: ArrayLike<number>;
  readonly classes: readonly string[];
  readonly groups?: Exclude<Units, number>;
}

/** Validation rows to choose an abstention on: data that do not say so are refused (see `ValidationScores`). */
export interface AbstentionValidation extends AbstentionData {
  readonly split: 'validation';
}

/**
 * The lowest confidence at which the rows decided are expected to be right in at least `accuracy` of the cases. One
 * more mistake than seen is counted, (errors + 1)/(decided + 1): a cut just above the next mistake is a lucky one.
 * Confidence is the probability of the likeliest class (Chow 1970: optimal where probabilities are calibrated).
 * @throws TypeError where the data do not say that they are validation data.
 * @throws RangeError where `accuracy` is not in (0, 1) or no confidence reaches it, and on what `classificationMetrics` refuses.
 */
export function chooseAbstention(
  data: AbstentionValidation,
  accuracy: number,
  options: BootstrapOptions = {},
): Abstention {
  if ((data as { split?: unknown }).split !== 'validation') {
    throw new TypeError("abstention is chosen on validation data only: pass { split: 'validation', … }");
  }
  if (!(accuracy > 0 && accuracy < 1))
    throw new RangeError(`accuracy is ${accuracy}: give a share in (0, 1)`);
  const { confidence, correct, n } = confidences(data);
  const order = Uint32Array.from(confidence.keys()).sort((i, j) => confidence[j] - confidence[i]);
  let errors = 0;
  let best: number | null = null;
  let reached = 0;
  for (let k = 0; k < n; k++) {
    errors += 1 - correct[order[k]];
    if (k < n - 1 && confidence[order[k + 1]] === confidence[order[k]]) continue;
    const expected = 1 - (errors + 1) / (k + 2);
    reached = Math.max(reached, expected);
    if (expected >= accuracy) best = confidence[order[k]];
  }
  if (best === null) {
    throw new RangeError(
      `no confidence gives an expected accuracy of ${accuracy}: these ${n} validation rows reach ${reached.toPrecision(3)}; ask for less, or give more rows`,
    );
  }
  return describeAbstention(data, best, options);
}

/** Coverage and accuracy of a given confidence on any labelled rows, the test set's included. */
export function describeAbstention(
  data: AbstentionData,
  threshold: number,
  options: BootstrapOptions = {},
): Abstention {
  const { confidence, correct, n } = confidences(data);
  const groups = data.groups ?? null;
  const decided = Uint8Array.from(confidence, (value) => (value >= threshold ? 1 : 0));
  const all = new Uint8Array(n).fill(1);
  const nDecided = decided.reduce((sum, value) => sum + value, 0);
  return {
    confidence: threshold,
    coverage: groupedProportion(decided, all, groups, options),
    accuracy:
      nDecided === 0
        ? { value: null, reason: `no row has a confidence of ${threshold}: nothing is decided` }
        : groupedProportion(correct, decided, groups, options),
    accuracyOfAll: groupedProportion(correct, all, groups, options),
    n,
    nDecided,
  };
}

/** [n] class decided for [n, K] probabilities, −1 where the likeliest class has less than `confidence`: "I don't know". */
export function decideOrAbstain(
  probabilities: ArrayLike<number>,
  nClasses: number,
  confidence: number,
): Int32Array {
  if (probabilities.length % nClasses !== 0) {
    throw new RangeError(`${probabilities.length} probabilities are not whole rows of ${nClasses} classes`);
  }
  return Int32Array.from({ length: probabilities.length / nClasses }, (_, i) => {
    const c = likeliest(probabilities, i, nClasses);
    return probabilities[i * nClasses + c] >= confidence ? c : -1;
  });
}

function confidences({ labels, probabilities, classes, groups }: AbstentionData) {
  const problem = classificationProblem(labels, probabilities, classes);
  const { n } = problem;
  const k = classes.length;
  if (groups !== undefined && groups.length !== n) {
    throw new RangeError(`groups has ${groups.length} entries for ${n} rows: give one group a row`);
  }
  // The likeliest class, also of two: at exactly one half the first, as `decideOrAbstain`.
  const decided = Uint16Array.from({ length: n }, (_, i) => likeliest(problem.probabilities, i, k));
  return {
    n,
    confidence: Float64Array.from(decided, (c, i) => problem.probabilities[i * k + c]),
    correct: Uint8Array.from(decided, (c, i) => (c === problem.labels[i] ? 1 : 0)),
  };
}

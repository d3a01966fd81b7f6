import { classificationProblem } from '../classification/problem.ts';

/** A label that is probably wrong. */
export interface SuspectLabel {
  readonly row: number;
  readonly label: number;
  /** Class the model is confident of instead. */
  readonly suggested: number;
  /** p(label) − p(suggested), −1 … 0: the lower, the surer. */
  readonly margin: number;
}

export interface LabelErrors {
  /** Rows whose label is probably wrong, the surest first. */
  readonly suspects: readonly SuspectLabel[];
  /** [K][K] estimated share of all rows with each given (first) and true (second) class; sums to 1. */
  readonly joint: readonly (readonly number[])[];
  /** Share of labels that are wrong: the joint off its diagonal. */
  readonly noise: number;
  /** [K] mean probability of a class over the rows given it; null where none is. */
  readonly confidence: readonly (number | null)[];
}

/**
 * Label errors by confident learning (Northcutt, Jiang and Chuang 2021, JAIR 70, 1373). A row counts for the likeliest of the
 * classes whose probability reaches that class's own mean over the rows given it (eq. 1, 2), so classes the model is less sure
 * of are not accused more. The counts, calibrated to the number of rows given each class (eq. 3), are the joint of given
 * and true class. For every pair of classes as many rows as the joint says are suspects ("prune by noise rate", §3.2),
 * those with the lowest normalised margin p(given) − p(other), and never a row whose label is itself the likeliest.
 * @param labels [n] class given to each row
 * @param probabilities [n, K] (two classes: also [n], of class 1) **out of sample**: by cross-validation, since a model has
 * seen and half believed the labels it was trained on
 * @throws RangeError on what `classificationMetrics` refuses.
 */
export function labelErrors(
  labels: ArrayLike<number>,
  probabilities: ArrayLike<number>,
  classes: readonly string[],
): LabelErrors {
  const problem = classificationProblem(labels, probabilities, classes);
  const { n, labels: given, probabilities: p } = problem;
  const k = classes.length;
  const sums = new Float64Array(k);
  const counts = new Float64Array(k);
  for (let i = 0; i < n; i++) {
    sums[given[i]] += p[i * k + given[i]];
    counts[given[i]]++;
  }
  // A class without a label has no rows that could set its bar: nothing is counted for it.
  const bar = Array.from(sums, (sum, c) => (counts[c] > 0 ? sum / counts[c] : Infinity));
  const confident = new Float64Array(k * k);
  for (let i = 0; i < n; i++) {
    let best = -1;
    for (let c = 0; c < k; c++) {
      // Rounding of the mean must not exclude rows that are all equal to it.
      if (p[i * k + c] >= bar[c] - 1e-12 && (best === -1 || p[i * k + c] > p[i * k + best])) best = c;
    }
    if (best !== -1) confident[given[i] * k + best]++;
  }
  const joint = classes.map((_, row) => {
    const counted = Array.from(confident.subarray(row * k, (row + 1) * k));
    const total = counted.reduce((sum, count) => sum + count, 0);
    return counted.map((count, c) =>
      total > 0 ? (count / total) * (counts[row] / n) : c === row ? counts[row] / n : 0,
    );
  });
  const margin = (i: number, c: number): number => p[i * k + given[i]] - p[i * k + c];
  const suspects = new Map<number, SuspectLabel>();
  joint.forEach((shares, label) => {
    const rows = Array.from(given.keys()).filter((i) => given[i] === label);
    shares.forEach((share, suggested) => {
      if (suggested === label) return;
      const wanted = Math.round(share * n);
      const ranked = rows
        .map((row): SuspectLabel => ({ row, label, suggested, margin: margin(row, suggested) }))
        .filter((suspect) => suspect.margin < 0)
        .sort((a, b) => a.margin - b.margin);
      for (const suspect of ranked.slice(0, wanted)) {
        const before = suspects.get(suspect.row);
        if (before === undefined || suspect.margin < before.margin) suspects.set(suspect.row, suspect);
      }
    });
  });
  return {
    suspects: [...suspects.values()].sort((a, b) => a.margin - b.margin || a.row - b.row),
    joint,
    noise: 1 - joint.reduce((sum, shares, c) => sum + shares[c], 0),
    confidence: bar.map((value) => (value === Infinity ? null : value)),
  };
}

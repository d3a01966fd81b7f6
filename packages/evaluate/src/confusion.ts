import { checkScores } from './check-scores.ts';
import type { BinaryScores, Measure } from './types.ts';

export interface ConfusionCounts {
  readonly tp: number;
  readonly fp: number;
  readonly tn: number;
  readonly fn: number;
}

/** Counts (sums of weights where given) at a threshold: flagged where score ≥ `threshold`. */
export function confusionCounts(data: BinaryScores, threshold: number): ConfusionCounts {
  checkScores(data);
  if (Number.isNaN(threshold)) throw new RangeError('threshold is NaN: give a number');
  let tp = 0;
  let fp = 0;
  let tn = 0;
  let fn = 0;
  for (let i = 0; i < data.scores.length; i++) {
    const weight = data.weights === undefined ? 1 : data.weights[i];
    const flagged = data.scores[i] >= threshold;
    if (data.labels[i] === 1) {
      if (flagged) tp += weight;
      else fn += weight;
    } else if (flagged) fp += weight;
    else tn += weight;
  }
  return { tp, fp, tn, fn };
}

/** The usual ratios of the four counts; each undefined where its denominator is 0. MCC is Matthews' correlation (1975). */
export interface ConfusionMetrics {
  readonly accuracy: Measure;
  readonly balancedAccuracy: Measure;
  readonly precision: Measure;
  readonly recall: Measure;
  readonly fpr: Measure;
  readonly fnr: Measure;
  readonly f1: Measure;
  readonly mcc: Measure;
}

export function confusionMetrics({ tp, fp, tn, fn }: ConfusionCounts): ConfusionMetrics {
  const positives = tp + fn;
  const negatives = tn + fp;
  const both = 'needs positive and negative examples';
  return {
    accuracy: ratio(tp + tn, positives + negatives, 'no examples'),
    balancedAccuracy:
      positives > 0 && negatives > 0
        ? { value: 0.5 * (tp / positives + tn / negatives) }
        : { value: null, reason: both },
    precision: ratio(tp, tp + fp, 'nothing was flagged'),
    recall: ratio(tp, positives, 'no positive example'),
    fpr: ratio(fp, negatives, 'no negative example'),
    fnr: ratio(fn, positives, 'no positive example'),
    f1: ratio(2 * tp, 2 * tp + fp + fn, 'no positive example and nothing flagged'),
    mcc: ratio(
      tp * tn - fp * fn,
      Math.sqrt((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn)),
      'needs both classes among truth and among decisions',
    ),
  };
}

/**
 * Confusion matrix of `nClasses` classes, [true class, decided class], row-major; any size (29 × 29 too).
 * @throws RangeError where a class is not an integer in 0 … nClasses − 1.
 */
export function confusionMatrix(
  truth: ArrayLike<number>,
  decided: ArrayLike<number>,
  nClasses: number,
  weights?: ArrayLike<number>,
): Float64Array {
  if (truth.length !== decided.length) {
    throw new RangeError(
      `truth has ${truth.length} entries, decided ${decided.length}: give one decision an entry`,
    );
  }
  const counts = new Float64Array(nClasses * nClasses);
  for (let i = 0; i < truth.length; i++) {
    const row = truth[i];
    const column = decided[i];
    for (const value of [row, column]) {
      if (!Number.isInteger(value) || value < 0 || value >= nClasses) {
        throw new RangeError(`class ${value} of entry ${i} is not one of 0 … ${nClasses - 1}`);
      }
    }
    counts[row * nClasses + column] += weights === undefined ? 1 : weights[i];
  }
  return counts;
}

function ratio(numerator: number, denominator: number, reason: string): Measure {
  return denominator > 0 ? { value: numerator / denominator } : { value: null, reason };
}

import { bootstrapMany } from '../bootstrap.ts';
import type { BootstrapOptions, Units } from '../bootstrap.ts';
import { confusionMatrix } from '../confusion.ts';
import { separationBound } from '../intervals.ts';
import { proportionInterval } from '../proportion-interval.ts';
import type { Interval } from '../types.ts';
import { binaryEvaluator } from './binary-evaluator.ts';
import type { Evaluator, EvaluatorOptions, Figure } from './evaluator.ts';
import { multiclassEvaluator } from './multiclass-evaluator.ts';
import { classificationProblem } from './problem.ts';
import type { ClassificationProblem } from './problem.ts';

export interface ClassificationOptions extends BootstrapOptions, EvaluatorOptions {
  /** Names of the classes, in the order of their numbers; of two, the second is the positive one. */
  readonly classes: readonly string[];
  /** Group of each row (exposure, night, object): whole groups are drawn again, since rows of one group go together. */
  readonly groups?: ArrayLike<number | string>;
  /** Two classes only: positive where p₁ ≥ threshold (0.5). Choose it on validation data. */
  readonly threshold?: number;
}

/** Everything measured of one classifier on one set of rows. Plain JSON; an undefined figure is `{ value: null, reason }`. */
export interface ClassificationMetrics {
  readonly n: number;
  /** Groups drawn in the bootstrap; null where rows were drawn. */
  readonly nGroups: number | null;
  readonly classes: readonly string[];
  /** Two classes only. */
  readonly threshold: number | null;
  readonly confidence: number;
  /**
   * Two classes: auc, averagePrecision, accuracy, balancedAccuracy, precision, recall, f1, mcc, fpr, fnr, logLoss, brier,
   * ece and, for each wanted rate, `fnr@fpr=0.01` and `fpr@fnr=0.01`. More: auc (mean of one against the rest),
   * aucWeighted, aucMicro, aucOneVsOne, averagePrecision (and Weighted, Micro), accuracy, balancedAccuracy, precision,
   * recall, f1 (each also Weighted), mcc, logLoss, brier, ece.
   */
  readonly metrics: Readonly<Record<string, Interval>>;
  /** Precision, recall, F1 of every class; with more than two classes also auc and averagePrecision against the rest. */
  readonly perClass: readonly {
    readonly name: string;
    readonly n: number;
    readonly metrics: Readonly<Record<string, Interval>>;
  }[];
  /** Counts, [true class][decided class]. */
  readonly confusion: readonly (readonly number[])[];
}

/**
 * All metrics of a classifier, each with a percentile bootstrap interval on the same resamples (`bootstrapMany`). Where a
 * proportion is 0 or 1, or the AUC 1, every resample agrees and the bootstrap would claim certainty: there the open end
 * is the exact binomial bound of as many members (groups where given); any other empty interval carries a note.
 * @param labels [n] class of each row, 0 … K − 1
 * @param probabilities [n, K] row-major; with two classes also [n], the probability of class 1
 * @throws RangeError on what `classificationProblem` refuses, or options out of range.
 */
export function classificationMetrics(
  labels: ArrayLike<number>,
  probabilities: ArrayLike<number>,
  options: ClassificationOptions,
): ClassificationMetrics {
  const problem = classificationProblem(labels, probabilities, options.classes, options.threshold);
  const units = checkGroups(options.groups, problem.n);
  const evaluator = evaluatorOf(problem, options);
  const raw = bootstrapMany((weights) => evaluator.measure(weights), units, options);
  const intervals = raw.map((interval, f) =>
    boundedInterval(interval, evaluator.figures[f], problem, units, options),
  );
  const k = problem.classes.length;
  const matrix = confusionMatrix(problem.labels, problem.decided, k);
  const named = (ofClass: number | null): Record<string, Interval> =>
    Object.fromEntries(
      evaluator.figures.flatMap((figure, f) =>
        figure.ofClass === ofClass ? [[figure.name, intervals[f]] as const] : [],
      ),
    );
  const confusion = problem.classes.map((_, row) => Array.from(matrix.subarray(row * k, (row + 1) * k)));
  return {
    n: problem.n,
    nGroups: typeof units === 'number' ? null : new Set(Array.from(units)).size,
    classes: [...problem.classes],
    threshold: problem.threshold,
    confidence: options.confidence ?? 0.95,
    metrics: named(null),
    perClass: problem.classes.map((name, c) => ({
      name,
      n: confusion[c].reduce((sum, count) => sum + count, 0),
      metrics: named(c),
    })),
    confusion,
  };
}

/**
 * The same figures without intervals, for folds and seeds: null where the rows do not define one.
 * @throws RangeError as `classificationMetrics`
 */
export function classificationFigures(
  labels: ArrayLike<number>,
  probabilities: ArrayLike<number>,
  options: Pick<ClassificationOptions, 'classes' | 'threshold' | 'rates' | 'bins'>,
): Readonly<Record<string, number | null>> {
  const problem = classificationProblem(labels, probabilities, options.classes, options.threshold);
  const evaluator = evaluatorOf(problem, options);
  const values = evaluator.measure(new Float64Array(problem.n).fill(1));
  return Object.fromEntries(
    evaluator.figures.flatMap(({ name, ofClass }, f) =>
      ofClass === null ? [[name, values[f].value] as const] : [],
    ),
  );
}

/** The evaluator a problem asks for. */
export function evaluatorOf(problem: ClassificationProblem, options: EvaluatorOptions): Evaluator {
  return problem.classes.length === 2
    ? binaryEvaluator(problem, options)
    : multiclassEvaluator(problem, options);
}

/** @throws RangeError where there is not one group a row. */
export function checkGroups(groups: ArrayLike<number | string> | undefined, n: number): Units {
  if (groups !== undefined && groups.length !== n) {
    throw new RangeError(`groups has ${groups.length} entries for ${n} rows: give one group a row`);
  }
  return groups ?? n;
}

function boundedInterval(
  interval: Interval,
  figure: Figure,
  problem: ClassificationProblem,
  units: Units,
  options: BootstrapOptions,
): Interval {
  if (interval.value === null || interval.low !== interval.high) return interval;
  const { value } = interval;
  const { members } = figure;
  if (members !== undefined && (value === 0 || value === 1)) {
    const seen = new Set<number | string>();
    for (let i = 0; i < problem.n; i++) if (members(i)) seen.add(typeof units === 'number' ? i : units[i]);
    const exact = proportionInterval(value === 1 ? seen.size : 0, seen.size, options.confidence);
    return exact.value === null ? interval : { ...interval, low: exact.low, high: exact.high };
  }
  if (figure.name === 'auc' && value === 1) {
    const k = problem.classes.length;
    const positive = figure.ofClass ?? (k === 2 ? 1 : null);
    if (positive !== null) {
      const low = separationBound(
        problem.labels.map((label) => (label === positive ? 1 : 0)),
        units,
        options,
      );
      return { ...interval, low };
    }
  }
  return {
    ...interval,
    note: interval.note ?? 'every resample gave this value: the interval says nothing here',
  };
}

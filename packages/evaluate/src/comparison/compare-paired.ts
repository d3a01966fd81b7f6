import { checkGroups, evaluatorOf } from '../classification/classification-metrics.ts';
import type { ClassificationOptions } from '../classification/classification-metrics.ts';
import { classificationProblem } from '../classification/problem.ts';
import type { Undefined } from '../types.ts';
import { delongTest } from './delong.ts';
import type { DeLong } from './delong.ts';
import { mcnemar } from './mcnemar.ts';
import type { McNemar } from './mcnemar.ts';
import { pairedBootstrap } from './paired-bootstrap.ts';
import type { PairedDifference } from './paired-bootstrap.ts';

export interface CompareOptions extends Omit<ClassificationOptions, 'threshold'> {
  /** Threshold of either model, each chosen on validation data (0.5 and 0.5); two classes only. */
  readonly thresholds?: readonly [number, number];
}

/** Two models on the same rows. Plain JSON. */
export interface PairedComparison {
  readonly n: number;
  readonly nGroups: number | null;
  readonly confidence: number;
  /** By the metric's name in `ClassificationMetrics.metrics`; differences are first minus second. */
  readonly metrics: Readonly<Record<string, PairedDifference>>;
  readonly mcnemar: McNemar;
  /** Two classes only; undefined otherwise, and with groups, since it takes rows as independent. */
  readonly delong: DeLong | Undefined;
}

/**
 * Compares two classifiers that answered the same rows, in the same order: every metric by the paired bootstrap (by
 * group where groups are given), accuracy also by McNemar's test, AUC also by DeLong's.
 * @param probabilitiesA of the first model, laid out as `classificationMetrics` wants them
 * @throws RangeError on what `classificationProblem` refuses.
 */
export function comparePaired(
  labels: ArrayLike<number>,
  probabilitiesA: ArrayLike<number>,
  probabilitiesB: ArrayLike<number>,
  options: CompareOptions,
): PairedComparison {
  const { classes, thresholds, groups } = options;
  const a = classificationProblem(labels, probabilitiesA, classes, thresholds?.[0]);
  const b = classificationProblem(labels, probabilitiesB, classes, thresholds?.[1]);
  const units = checkGroups(groups, a.n);
  const first = evaluatorOf(a, options);
  const second = evaluatorOf(b, options);
  const whole = [...first.figures.keys()].filter((f) => first.figures[f].ofClass === null);
  const differences = pairedBootstrap(
    (weights) => pick(first.measure(weights), whole),
    (weights) => pick(second.measure(weights), whole),
    units,
    options,
  );
  const correct = ({ decided }: typeof a) => decided.map((c, i) => (c === a.labels[i] ? 1 : 0));
  const scoresOf = ({ probabilities, n }: typeof a) =>
    Float64Array.from({ length: n }, (_, i) => probabilities[2 * i + 1]);
  return {
    n: a.n,
    nGroups: groups === undefined ? null : new Set(Array.from(groups)).size,
    confidence: options.confidence ?? 0.95,
    metrics: Object.fromEntries(whole.map((f, m) => [first.figures[f].name, differences[m]])),
    mcnemar: mcnemar(correct(a), correct(b)),
    delong:
      classes.length > 2
        ? { value: null, reason: `${classes.length} classes: DeLong's test compares the AUC of two` }
        : groups !== undefined
          ? { value: null, reason: 'rows come in groups: see the paired bootstrap of auc' }
          : delongTest(a.labels, scoresOf(a), scoresOf(b)),
  };
}

function pick<T>(all: readonly T[], indices: readonly number[]): T[] {
  return indices.map((i) => all[i]);
}

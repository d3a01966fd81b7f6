import { classificationFigures, classificationMetrics } from '@blemish/evaluate';
import type { ClassificationMetrics, Interval } from '@blemish/evaluate';
import type { TableDecision } from './decision.ts';
import { positiveProbabilities } from './decision.ts';
import type { LabelledRows } from './fit-table.ts';
import type { RowScores } from './scores.ts';

/** How to measure: threshold of two classes, bootstrap. */
export interface MeasureOptions {
  readonly threshold: number | null;
  readonly samples?: number | undefined;
  readonly seed?: number | undefined;
}

/** [rows, classes] calibrated probabilities; as the learner gives them where there are more than two classes. */
export function finalProbabilities(scored: RowScores, decision: TableDecision | null): Float64Array {
  if (decision === null) return scored.probabilities.data;
  const positive = positiveProbabilities(scored, decision);
  return Float64Array.from({ length: 2 * positive.length }, (_, i) =>
    i % 2 === 1 ? positive[i >> 1] : 1 - positive[i >> 1],
  );
}

/** All metrics of probabilities for rows of known class, intervals by group where there are groups. */
export function measureRows(
  { y, classes, groups }: Pick<LabelledRows, 'y' | 'classes' | 'groups'>,
  probabilities: Float64Array,
  { threshold, samples = 1000, seed = 0 }: MeasureOptions,
): ClassificationMetrics {
  return classificationMetrics(y, probabilities, {
    classes,
    ...(groups === null ? {} : { groups }),
    ...(threshold === null ? {} : { threshold }),
    samples,
    seed,
  });
}

/** The figures alone, of rows decided for the likelier class. */
export function rowFigures(
  { y, classes }: Pick<LabelledRows, 'y' | 'classes'>,
  probabilities: Float64Array,
): Readonly<Record<string, number | null>> {
  return classificationFigures(y, probabilities, { classes });
}

/** Class decided for each row: by the threshold for two classes, else the likeliest. */
export function decide(probabilities: Float64Array, classes: number, threshold: number | null): Int32Array {
  return Int32Array.from({ length: probabilities.length / classes }, (_, i) => {
    const row = probabilities.subarray(i * classes, (i + 1) * classes);
    if (threshold !== null) return row[1] >= threshold ? 1 : 0;
    return row.indexOf(Math.max(...row));
  });
}

/** The values alone, for bundles; null where a figure is undefined. */
export function plainFigures({ metrics }: ClassificationMetrics): Record<string, number | null> {
  return Object.fromEntries(
    Object.entries(metrics).map(([name, { value }]: [string, Interval]) => [name, value]),
  );
}

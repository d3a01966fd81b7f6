import { quantileOfSorted, resample } from './bootstrap.ts';
import type { BootstrapOptions, Units } from './bootstrap.ts';
import { rankScores } from './ranking.ts';
import { rankedRecallAtFpr } from './recall-at-fpr.ts';
import type { BinaryScores, Undefined } from './types.ts';

export interface RocBand {
  readonly fpr: Float64Array;
  readonly tpr: Float64Array;
  readonly low: Float64Array;
  readonly high: Float64Array;
}

/**
 * ROC curve on a grid of false-positive rates with a pointwise bootstrap band (vertical averaging, Fawcett 2006 §8.1),
 * curves read by straight lines between points. Pointwise: each rate by itself has the stated confidence, not the
 * whole curve at once. The grid is by default dense near 0, where surveys work: 0, 1e-4 … 1 in 60 logarithmic steps.
 */
export function rocBand(
  data: BinaryScores,
  units?: Units,
  options: BootstrapOptions & { readonly grid?: ArrayLike<number> } = {},
): RocBand | Undefined {
  const ranking = rankScores(data);
  const fpr = Float64Array.from(
    options.grid ?? [0, ...Array.from({ length: 61 }, (_, i) => 10 ** (-4 + (4 * i) / 60))],
  );
  const curve = (weights: Float64Array): number[] | Undefined => {
    const values: number[] = [];
    for (const rate of fpr) {
      const recall = rankedRecallAtFpr(ranking, rate, weights, { interpolate: true });
      if (recall.value === null) return recall;
      values.push(recall.value);
    }
    return values;
  };
  const columns: number[][] = Array.from(fpr, () => []);
  const { values } = resample(curve, units ?? data.scores.length, { samples: 300, ...options }, (sample) => {
    if (Array.isArray(sample)) sample.forEach((value, k) => columns[k].push(value));
  });
  if (!Array.isArray(values)) return values;
  const tail = 0.5 * (1 - (options.confidence ?? 0.95));
  const sorted = columns.map((column, k) =>
    Float64Array.from(column.length > 0 ? column : [values[k]]).sort(),
  );
  return {
    fpr,
    tpr: Float64Array.from(values),
    low: Float64Array.from(sorted, (column) => quantileOfSorted(column, tail)),
    high: Float64Array.from(sorted, (column) => quantileOfSorted(column, 1 - tail)),
  };
}

import type { TrainingData } from './learner.ts';
import type { Matrix } from './matrix.ts';

export interface ColumnMoments {
  /** Sum of the weights of the values there are; 0 for a column of NaN. */
  readonly weight: Float64Array;
  /** NaN for a column without values. */
  readonly mean: Float64Array;
  /** Σ w (v − mean)² / Σ w: divided by the weight, not by one less. */
  readonly variance: Float64Array;
}

/** Mean and variance of each column over the values it has (NaN skipped), in two passes; rows weigh 1 where `weights` is absent. */
export function columnMoments(x: Matrix, weights?: ArrayLike<number>): ColumnMoments {
  return classMoments({ x, y: new Uint8Array(x.rows), classes: 1, ...(weights && { weights }) });
}

/** The same for the rows of each class by itself: [classes · columns], class after class. */
export function classMoments({
  x: { rows, columns, data },
  y,
  classes,
  weights,
}: Pick<TrainingData, 'x' | 'y' | 'classes' | 'weights'>): ColumnMoments {
  const weight = new Float64Array(classes * columns);
  const mean = new Float64Array(classes * columns);
  const variance = new Float64Array(classes * columns);
  for (let i = 0; i < rows; i++) {
    const w = weights?.[i] ?? 1;
    for (let j = 0, at = i * columns, to = y[i] * columns; j < columns; j++, at++, to++) {
      const value = data[at];
      if (Number.isNaN(value)) continue;
      weight[to] += w;
      mean[to] += w * value;
    }
  }
  for (let to = 0; to < mean.length; to++) mean[to] /= weight[to];
  for (let i = 0; i < rows; i++) {
    const w = weights?.[i] ?? 1;
    for (let j = 0, at = i * columns, to = y[i] * columns; j < columns; j++, at++, to++) {
      const value = data[at];
      if (Number.isNaN(value)) continue;
      const off = value - mean[to];
      variance[to] += w * off * off;
    }
  }
  for (let to = 0; to < mean.length; to++) variance[to] /= weight[to];
  return { weight, mean, variance };
}

/** Moments of all rows together from those by class: squares about the whole mean are those within plus those between classes. */
export function pooledMoments(
  { weight, mean, variance }: ColumnMoments,
  columns: number,
): ColumnMoments & {
  /** The two parts of the variance: within classes, and between their means. */
  readonly within: Float64Array;
  readonly between: Float64Array;
} {
  const sums = new Float64Array(columns);
  const whole = new Float64Array(columns);
  const within = new Float64Array(columns);
  const between = new Float64Array(columns);
  for (let at = 0; at < mean.length; at++) {
    if (weight[at] === 0) continue;
    sums[at % columns] += weight[at];
    whole[at % columns] += weight[at] * mean[at];
  }
  for (let j = 0; j < columns; j++) whole[j] /= sums[j];
  for (let at = 0; at < mean.length; at++) {
    const j = at % columns;
    if (weight[at] === 0) continue;
    within[j] += (weight[at] / sums[j]) * variance[at];
    between[j] += (weight[at] / sums[j]) * (mean[at] - whole[j]) ** 2;
  }
  return { weight: sums, mean: whole, variance: within.map((v, j) => v + between[j]), within, between };
}

/**
 * Quantiles of one column over the values it has (NaN skipped): linear between the order statistics around (n − 1)·q, numpy's default
 * and type 7 of Hyndman & Fan 1996. A row of weight w counts as w rows. NaN for a column without values.
 */
export function columnQuantiles(
  { rows, columns, data }: Matrix,
  column: number,
  quantiles: readonly number[],
  weights?: ArrayLike<number>,
): number[] {
  const present: number[] = [];
  for (let i = 0; i < rows; i++) {
    if (!Number.isNaN(data[i * columns + column]) && (weights === undefined || weights[i] > 0))
      present.push(i);
  }
  if (present.length === 0) return quantiles.map(() => NaN);
  const order =
    weights === undefined
      ? unweightedOrder(Float64Array.from(present, (i) => data[i * columns + column]))
      : weightedOrder(present, (i) => data[i * columns + column], weights);
  return quantiles.map((q) => {
    const position = Math.max(0, (order.count - 1) * q);
    const below = Math.floor(position);
    const low = order.at(below);
    return low + (order.at(below + 1) - low) * (position - below);
  });
}

/** Order statistics: `at(k)` is the value of rank k from 0, the last one beyond the end. */
interface Order {
  readonly count: number;
  at(rank: number): number;
}

function unweightedOrder(values: Float64Array): Order {
  values.sort();
  return { count: values.length, at: (rank) => values[Math.min(rank, values.length - 1)] };
}

function weightedOrder(present: number[], valueOf: (i: number) => number, weights: ArrayLike<number>): Order {
  present.sort((a, b) => valueOf(a) - valueOf(b));
  let sum = 0;
  const cumulative = Float64Array.from(present, (i) => (sum += weights[i]));
  return {
    count: sum,
    at(rank) {
      let low = 0;
      let high = present.length - 1;
      while (low < high) {
        const middle = (low + high) >> 1;
        if (cumulative[middle] > rank) high = middle;
        else low = middle + 1;
      }
      return valueOf(present[low]);
    },
  };
}

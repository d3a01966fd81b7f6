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
export function columnMoments({ rows, columns, data }: Matrix, weights?: ArrayLike<number>): ColumnMoments {
  const weight = new Float64Array(columns);
  const mean = new Float64Array(columns);
  const variance = new Float64Array(columns);
  for (let i = 0; i < rows; i++) {
    const w = weights?.[i] ?? 1;
    for (let j = 0, at = i * columns; j < columns; j++, at++) {
      const value = data[at];
      if (Number.isNaN(value)) continue;
      weight[j] += w;
      mean[j] += w * value;
    }
  }
  for (let j = 0; j < columns; j++) mean[j] /= weight[j];
  for (let i = 0; i < rows; i++) {
    const w = weights?.[i] ?? 1;
    for (let j = 0, at = i * columns; j < columns; j++, at++) {
      const value = data[at];
      if (Number.isNaN(value)) continue;
      const off = value - mean[j];
      variance[j] += w * off * off;
    }
  }
  for (let j = 0; j < columns; j++) variance[j] /= weight[j];
  return { weight, mean, variance };
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

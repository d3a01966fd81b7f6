import { matrix } from '../matrix.ts';
import type { Matrix } from '../matrix.ts';

export const metrics = ['euclidean', 'manhattan', 'chebyshev', 'cosine', 'minkowski'] as const;

/** `cosine`: 1 − x·y / |x||y|; `minkowski`: (Σ |x − y|^p)^(1/p). */
export type Metric = (typeof metrics)[number];

export interface MetricOptions {
  /** `euclidean` where absent. */
  readonly metric?: Metric;
  /** Exponent of `minkowski`, ≥ 1; 2 where absent. */
  readonly p?: number;
}

/** How rows are compared inside: a simple sum or maximum that grows with the distance, and its way back to the distance. */
export interface Comparison {
  /** As in assembly/neighbors.as.ts. */
  readonly code: 0 | 1 | 2 | 3;
  readonly p: number;
  readonly unitRows: boolean;
  toDistance(value: number): number;
}

/** @throws RangeError on an exponent below 1, with which distances would not obey the triangle inequality. */
export function comparison({ metric = 'euclidean', p = 2 }: MetricOptions): Comparison {
  if (!(p >= 1 && p < Infinity)) {
    throw new RangeError(`p ${p} of the minkowski metric: give a finite exponent ≥ 1`);
  }
  switch (metric) {
    case 'euclidean':
      return { code: 0, p, unitRows: false, toDistance: Math.sqrt };
    case 'manhattan':
      return { code: 1, p, unitRows: false, toDistance: (value) => value };
    case 'chebyshev':
      return { code: 2, p, unitRows: false, toDistance: (value) => value };
    case 'cosine':
      // |u − v|² = 2 − 2 u·v for unit vectors.
      return { code: 0, p, unitRows: true, toDistance: (value) => value / 2 };
    case 'minkowski':
      if (p === 1) return comparison({ metric: 'manhattan' });
      if (p === 2) return comparison({ metric: 'euclidean' });
      return { code: 3, p, unitRows: false, toDistance: (value) => value ** (1 / p) };
  }
}

/** Each row divided by its length. @throws RangeError on a row of zeros, which has no direction. */
export function unitRows(x: Matrix): Matrix {
  const unit = matrix(x.rows, x.columns, x.data);
  for (let i = 0; i < x.rows; i++) {
    const row = unit.data.subarray(i * x.columns, (i + 1) * x.columns);
    const length = Math.hypot(...row);
    if (length === 0) {
      throw new RangeError(
        `row ${i + 1} is all zeros and has no direction: leave it out, or use another metric than cosine`,
      );
    }
    for (let c = 0; c < row.length; c++) row[c] /= length;
  }
  return unit;
}

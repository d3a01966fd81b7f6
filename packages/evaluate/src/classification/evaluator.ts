import type { Measure } from '../types.ts';

/** One figure of an evaluator. */
export interface Figure {
  readonly name: string;
  /** The class it is of; null for the whole. */
  readonly ofClass: number | null;
  /**
   * For a plain proportion (hits among members): 1 for each row that is a member. At 0 or 1 the bootstrap has nothing
   * to say and the binomial bound of so many members takes over.
   */
  readonly members?: (row: number) => boolean;
}

/** Everything a classifier is measured by, computed again and again under new weights of the same rows. */
export interface Evaluator {
  readonly figures: readonly Figure[];
  /** One measure a figure. */
  measure(weights: Float64Array): Measure[];
}

/** False-positive and false-negative rates at which the other rate is wanted. */
export interface WantedRates {
  /** FPR at which FNR is given ([0.01, 0.05]). */
  readonly fpr?: readonly number[];
  /** FNR at which FPR is given ([0.01, 0.05]). */
  readonly fnr?: readonly number[];
}

export interface EvaluatorOptions {
  /** Two classes only. */
  readonly rates?: WantedRates;
  /** Bins of the calibration error (15). */
  readonly bins?: number;
}

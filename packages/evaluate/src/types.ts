/** Scores and truth of one yes/no question, one entry an image (or object). */
export interface BinaryScores {
  /** Larger means more likely positive; any monotone scale (probability, logit, distance). Finite. */
  readonly scores: ArrayLike<number>;
  /** 1 positive, 0 negative. */
  readonly labels: ArrayLike<number>;
  /** Non-negative weight of each entry; all 1 when absent. */
  readonly weights?: ArrayLike<number>;
}

/** A metric that the data do not define (one class only, nothing flagged …) says why; it is never NaN. */
export interface Undefined {
  readonly value: null;
  readonly reason: string;
}

/** A single number, or why there is none. */
export type Measure = { readonly value: number } | Undefined;

/** A number with its confidence interval, or why there is none. `note` says when the interval is weaker than it looks. */
export type Interval =
  { readonly value: number; readonly low: number; readonly high: number; readonly note?: string } | Undefined;

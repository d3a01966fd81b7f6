/** Validation scores to fit a calibration on, never those of the test set. Scores are logits (or any decision value), not probabilities. */
export interface CalibrationData {
  readonly scores: ArrayLike<number>;
  readonly labels: ArrayLike<number>;
  readonly weights?: ArrayLike<number>;
}

/** A fitted calibration: plain data, written into `model.json` as it stands. */
export type Calibration =
  | { readonly kind: 'platt'; readonly slope: number; readonly intercept: number }
  | { readonly kind: 'temperature'; readonly temperature: number }
  /** Steps: probability at each knot, straight lines between, flat outside. */
  | {
      readonly kind: 'isotonic';
      readonly scores: readonly number[];
      readonly probabilities: readonly number[];
    };

/** A calibration that could not be fitted, and why. */
export interface NotCalibrated {
  readonly kind: 'none';
  readonly reason: string;
}

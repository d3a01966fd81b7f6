import type { Interval } from '../types.ts';

/**
 * Validation scores to choose a threshold on. The field `split` is there to make a mistake hard: a threshold chosen on
 * the test set makes every figure of that set too good, so data that do not say `validation` are refused.
 */
export interface ValidationScores {
  readonly split: 'validation';
  /** Probability of an artifact, in [0, 1], of each image. */
  readonly scores: ArrayLike<number>;
  /** 1 bad, 0 good. */
  readonly labels: ArrayLike<number>;
  /** Exposure of each image, so that intervals count exposures rather than images. */
  readonly groups?: ArrayLike<number | string>;
}

export interface ThresholdOptions {
  /** Share of images expected to be bad where the threshold will be used (0.06). */
  readonly prior?: number;
  /** CCDs in an exposure (62). */
  readonly ccdsPerExposure?: number;
  readonly confidence?: number;
  readonly samples?: number;
  readonly seed?: number;
}

/** What was asked of the threshold. */
export type ThresholdCriterion =
  | { readonly kind: 'review-budget'; readonly falsePerExposure: number; readonly ccdsPerExposure: number }
  | { readonly kind: 'max-fpr'; readonly maxFpr: number }
  | { readonly kind: 'max-fnr'; readonly maxFnr: number }
  | { readonly kind: 'min-precision'; readonly minPrecision: number }
  | {
      readonly kind: 'min-cost';
      readonly falsePositive: number;
      readonly falseNegative: number;
      readonly truePositive: number;
      readonly trueNegative: number;
    }
  | { readonly kind: 'fixed' };

/**
 * A threshold chosen on validation data, with what to expect of it: an image is flagged where score ≥ `threshold`.
 * Plain data: it is written into `model.json` as it stands.
 */
export interface ThresholdChoice {
  readonly threshold: number;
  readonly criterion: ThresholdCriterion;
  /** `empirical`: an order statistic of the validation scores; `tail-fit`: extrapolated beyond them; `fixed`: given by the user. */
  readonly method: 'empirical' | 'tail-fit' | 'fixed';
  /** Share of good images flagged, and of bad images missed; they do not depend on the prior. */
  readonly fpr: Interval;
  readonly fnr: Interval;
  /** Share of images bad at which the figures below hold. */
  readonly prior: number;
  /** Share of the flagged images that are bad, at the prior. */
  readonly precision: Interval;
  /** Good CCDs flagged in an exposure of `ccdsPerExposure` CCDs, at the prior. */
  readonly falsePerExposure: Interval;
  readonly ccdsPerExposure: number;
  readonly confidence: number;
  /** Validation images behind the figures. */
  readonly nPositive: number;
  readonly nNegative: number;
  readonly nGroups: number | null;
  /** One over the negatives: a false-positive rate below it cannot be measured on these data. */
  readonly smallestResolvableFpr: number;
  /** Whether the wanted rate lies above what these data can resolve. */
  readonly resolved: boolean;
  /** One or two sentences for a report: how it was chosen, on what, and how far to trust it. */
  readonly sentence: string;
}

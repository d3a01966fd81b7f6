import { checkValidation, describeThreshold } from './describe-threshold.ts';
import { draftForFpr } from './max-fpr.ts';
import type { ThresholdChoice, ThresholdOptions, ValidationScores } from './types.ts';

/**
 * Blemish's default decision: the lowest threshold at which an exposure of `ccdsPerExposure` CCDs has at most
 * `falsePerExposure` good CCDs flagged on average (0.1: one false CCD in ten exposures). Of c CCDs, c (1 − prior) are
 * good, so the wanted false-positive rate is falsePerExposure / (c (1 − prior)): 0.17 % for 62 CCDs at a prior of 6 %.
 * @throws RangeError where `falsePerExposure` is not positive, or good images are too few.
 */
export function thresholdForReviewBudget(
  data: ValidationScores,
  options: ThresholdOptions & { readonly falsePerExposure?: number } = {},
): ThresholdChoice {
  checkValidation(data, options);
  const { falsePerExposure = 0.1, ccdsPerExposure = 62, prior = 0.06 } = options;
  if (!(falsePerExposure > 0))
    throw new RangeError(`falsePerExposure is ${falsePerExposure}: give a number above 0`);
  const maxFpr = Math.min(0.999, falsePerExposure / (ccdsPerExposure * (1 - prior)));
  const every = 1 / falsePerExposure;
  const budget =
    every >= 1
      ? `one false CCD per ${Number(every.toPrecision(2))} exposures`
      : `${falsePerExposure} false CCDs per exposure`;
  const draft = draftForFpr(data, maxFpr, `a review budget of at most ${budget}`);
  const criterion = { kind: 'review-budget', falsePerExposure, ccdsPerExposure } as const;
  return describeThreshold(data, { ...draft, criterion }, options);
}

import {
  describeFixedThreshold,
  thresholdForCost,
  thresholdForMaxFnr,
  thresholdForMaxFpr,
  thresholdForPrecision,
  thresholdForReviewBudget,
} from '@blemish/evaluate';
import type { ThresholdChoice, ValidationScores } from '@blemish/evaluate';
import type { CcdDescription, ExposureDescription } from '../bundle-description.ts';
import type { ThresholdOptions } from './types.ts';

/** What a threshold is chosen from. */
export interface ThresholdBasis {
  readonly prior: number;
  readonly decision: Pick<CcdDescription['decision'], 'falsePerExposure' | 'ccdsPerExposure'> & {
    readonly validation: Omit<ValidationScores, 'split'>;
  };
}

/**
 * The threshold a scan uses, from the validation scores that travel in the bundle; by default the bundle's review budget.
 * @throws RangeError where the option is out of range, or the validation set too small for it.
 */
export function chooseThreshold(
  { decision, prior }: ThresholdBasis,
  options: ThresholdOptions,
): ThresholdChoice {
  const data = { split: 'validation', ...decision.validation } as const;
  const common = { prior, ccdsPerExposure: decision.ccdsPerExposure };
  if (options.threshold !== undefined) return describeFixedThreshold(data, options.threshold, common);
  if (options.maxFpr !== undefined) return thresholdForMaxFpr(data, options.maxFpr, common);
  if (options.maxFnr !== undefined) return thresholdForMaxFnr(data, options.maxFnr, common);
  if (options.minPrecision !== undefined) return thresholdForPrecision(data, options.minPrecision, common);
  if (options.missCost !== undefined) {
    return thresholdForCost(data, { falsePositive: 1, falseNegative: options.missCost }, common);
  }
  const falsePerExposure =
    options.reviewBudget === undefined ? decision.falsePerExposure : options.reviewBudget / 10;
  return thresholdForReviewBudget(data, { ...common, falsePerExposure });
}

/**
 * The same for a model of exposures: what passes the threshold is the probability that more than the decision's number of CCDs reach; by
 * default the bundle's own decision. Rates are of exposures, at their share in the validation set.
 */
export function chooseExposureThreshold(
  { decision, validation }: Pick<ExposureDescription, 'decision' | 'validation'>,
  options: ThresholdOptions,
): ThresholdChoice {
  const { labels } = validation;
  const share = labels.filter((label) => label === 1).length / Math.max(1, labels.length);
  const basis: ThresholdBasis = {
    prior: share,
    decision: { validation, falsePerExposure: decision.falsePer100 / 100, ccdsPerExposure: 1 },
  };
  const isDefault = Object.values(options).every((value) => value === undefined);
  return chooseThreshold(basis, isDefault ? { threshold: decision.probability } : options);
}

import {
  describeFixedThreshold,
  thresholdForCost,
  thresholdForMaxFnr,
  thresholdForMaxFpr,
  thresholdForPrecision,
  thresholdForReviewBudget,
} from '@blemish/evaluate';
import type { ThresholdChoice, ValidationScores } from '@blemish/evaluate';
import type { CcdDescription } from '../bundle-description.ts';
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

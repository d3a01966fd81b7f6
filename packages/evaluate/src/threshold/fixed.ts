import { checkValidation, describeThreshold } from './describe-threshold.ts';
import type { ThresholdChoice, ThresholdOptions, ValidationScores } from './types.ts';

/** What to expect of a threshold the user gave, by the validation data. @throws RangeError outside [0, 1]. */
export function describeFixedThreshold(
  data: ValidationScores,
  threshold: number,
  options: ThresholdOptions = {},
): ThresholdChoice {
  checkValidation(data, options);
  if (!(threshold >= 0 && threshold <= 1)) {
    throw new RangeError(`threshold is ${threshold}: give a probability in [0, 1]`);
  }
  const criterion = { kind: 'fixed' } as const;
  const how = 'given by the user';
  return describeThreshold(data, { threshold, criterion, method: 'fixed', resolved: true, how }, options);
}

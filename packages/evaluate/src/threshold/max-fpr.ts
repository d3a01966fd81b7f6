import { checkValidation, describeThreshold } from './describe-threshold.ts';
import type { ThresholdDraft } from './describe-threshold.ts';
import { logit, orderThreshold } from './order-threshold.ts';
import type { ThresholdChoice, ThresholdOptions, ValidationScores } from './types.ts';

/**
 * The lowest threshold whose expected false-positive rate is at most `maxFpr` (`orderThreshold` says how, and what
 * happens where the validation images are too few).
 * @throws RangeError where `maxFpr` is not in (0, 1), or no good image (or fewer than 20, with maxFpr below what they resolve) is there.
 */
export function thresholdForMaxFpr(
  data: ValidationScores,
  maxFpr: number,
  options: ThresholdOptions = {},
): ThresholdChoice {
  checkValidation(data, options);
  const how = `the lowest threshold at which at most ${(100 * maxFpr).toPrecision(2)} % of good images are flagged`;
  return describeThreshold(
    data,
    { ...draftForFpr(data, maxFpr, how), criterion: { kind: 'max-fpr', maxFpr } },
    options,
  );
}

/** The threshold itself, shared with the review budget. */
export function draftForFpr(
  data: ValidationScores,
  maxFpr: number,
  how: string,
): Omit<ThresholdDraft, 'criterion'> {
  if (!(maxFpr > 0 && maxFpr < 1)) throw new RangeError(`maxFpr is ${maxFpr}: give a rate in (0, 1)`);
  const negatives = Float64Array.from(
    Array.from(data.scores).filter((_, i) => data.labels[i] === 0),
    logit,
  );
  const found = orderThreshold(negatives, maxFpr);
  if (found === null) {
    throw new RangeError(
      `${negatives.length} good validation images cannot give a threshold for a false-positive rate of ${maxFpr}: give at least 20, better ${Math.ceil(10 / maxFpr)}`,
    );
  }
  return {
    threshold: justAbove(found.cut),
    method: found.method,
    resolved: found.resolved,
    expectedFpr: found.expected,
    how,
  };
}

/** The probability just above that of a logit: an image at the cut itself is not flagged. */
function justAbove(cut: number): number {
  const p = 1 / (1 + Math.exp(-cut));
  // A relative step well above the rounding of logit and back.
  return Math.min(1, p + 1e-13 * p + (1 - p) * 1e-13);
}

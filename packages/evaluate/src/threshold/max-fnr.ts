import { checkValidation, describeThreshold } from './describe-threshold.ts';
import { logit, orderThreshold } from './order-threshold.ts';
import type { ThresholdChoice, ThresholdOptions, ValidationScores } from './types.ts';

/**
 * The highest threshold whose expected false-negative rate (share of bad images missed) is at most `maxFnr`; the mirror
 * image of `thresholdForMaxFpr`, on the low tail of the bad images' scores.
 * @throws RangeError where `maxFnr` is not in (0, 1), or the bad images are too few (below 20) for that rate.
 */
export function thresholdForMaxFnr(
  data: ValidationScores,
  maxFnr: number,
  options: ThresholdOptions = {},
): ThresholdChoice {
  checkValidation(data, options);
  if (!(maxFnr > 0 && maxFnr < 1)) throw new RangeError(`maxFnr is ${maxFnr}: give a rate in (0, 1)`);
  const positives = Float64Array.from(
    Array.from(data.scores).filter((_, i) => data.labels[i] === 1),
    (p) => -logit(p),
  );
  const found = orderThreshold(positives, maxFnr);
  if (found === null) {
    throw new RangeError(
      `${positives.length} bad validation images cannot give a threshold for a false-negative rate of ${maxFnr}: give at least 20, better ${Math.ceil(10 / maxFnr)}`,
    );
  }
  const p = 1 / (1 + Math.exp(found.cut));
  return describeThreshold(
    data,
    {
      // An image at the cut itself is flagged; step below the rounding of logit and back.
      threshold: Math.max(0, p - 1e-13 * p),
      criterion: { kind: 'max-fnr', maxFnr },
      method: found.method,
      resolved: found.resolved,
      expectedFnr: found.expected,
      how: `the highest threshold at which at most ${(100 * maxFnr).toPrecision(2)} % of bad images are missed`,
    },
    options,
  );
}

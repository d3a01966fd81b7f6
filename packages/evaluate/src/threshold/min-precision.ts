import { checkValidation, describeThreshold } from './describe-threshold.ts';
import { draftForFpr } from './max-fpr.ts';
import type { ThresholdChoice, ThresholdOptions, ValidationScores } from './types.ts';

/**
 * The lowest threshold at which a share of at least `minPrecision` of the flagged images is expected to be bad, where
 * `prior` of all images are. With recall R that allows a false-positive rate of prior R (1 − p) / ((1 − prior) p); R
 * itself depends on the threshold, so the two are brought together from above, which ends at the lowest threshold.
 * @throws RangeError where `minPrecision` is not in (0, 1), no threshold keeps it, or images of a class are missing.
 */
export function thresholdForPrecision(
  data: ValidationScores,
  minPrecision: number,
  options: ThresholdOptions = {},
): ThresholdChoice {
  checkValidation(data, options);
  if (!(minPrecision > 0 && minPrecision < 1)) {
    throw new RangeError(`minPrecision is ${minPrecision}: give a share in (0, 1)`);
  }
  const { prior = 0.06 } = options;
  const positives = Array.from(data.scores).filter((_, i) => data.labels[i] === 1);
  if (positives.length === 0) {
    throw new RangeError('no bad validation image: precision needs some, label a few');
  }
  const how = `the lowest threshold at which ${(100 * minPrecision).toPrecision(2)} % of the flagged images are expected to be bad`;
  let recall = 1;
  for (;;) {
    const maxFpr = (prior * recall * (1 - minPrecision)) / ((1 - prior) * minPrecision);
    // The prior itself is that precise: everything may be flagged.
    const draft = draftForFpr(data, Math.min(0.999, maxFpr), how);
    const found = positives.filter((score) => score >= draft.threshold).length / positives.length;
    if (found === 0) {
      throw new RangeError(
        `no threshold flags images of which ${minPrecision} are bad (prior ${prior}): ask for less, or give more validation images`,
      );
    }
    if (found >= recall) {
      const criterion = { kind: 'min-precision', minPrecision } as const;
      return describeThreshold(data, { ...draft, criterion }, options);
    }
    recall = found;
  }
}

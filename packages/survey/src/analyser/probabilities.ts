import { calibrate, correctPrior } from '@blemish/evaluate';
import type { CcdDescription } from '../bundle-description.ts';

/** A CCD's calibrated probabilities, at the bundle's prior. */
export interface Probabilities {
  readonly any: number;
  /** In the order of the bundle's classes. */
  readonly classes: readonly number[];
}

/**
 * Logits of the network as probabilities: calibration, then from the shares of the validation set to the prior of a night. A class's
 * prior is its share of the artifacts in the validation set times the prior of any.
 * @param logits one per class.
 * @param defined whether each class means something on this CCD: some do only beside a pipeline's mask. The others' logits were
 * never trained there; their probabilities are for the caller to leave out, and they have no say in `any`.
 */
export function probabilities(
  logits: ArrayLike<number>,
  { calibration, prior, classes }: Pick<CcdDescription, 'calibration' | 'prior' | 'classes'>,
  defined: readonly boolean[],
): Probabilities {
  const { any, anyShare, classShares } = calibration;
  const joint = logitOfClasses(logits, calibration.classes, defined);
  return {
    any: correctPrior(calibrate(any, joint), anyShare, prior),
    classes: classes.map((_, k) => {
      const share = classShares[k];
      return correctPrior(calibrate(calibration.classes[k], logits[k]), share, prior * (share / anyShare));
    }),
  };
}

/**
 * Logit of at least one class being there, were they independent: of 1 − Π(1 − p), with the calibrated p at the validation set's shares.
 * (A network's own output for any artifact was less sure of a faint one than the output of the class it is: decision 6.)
 */
export function logitOfClasses(
  logits: ArrayLike<number>,
  calibrations: CcdDescription['calibration']['classes'],
  defined: readonly boolean[],
): number {
  // −ln Π(1 − p): each term is softplus of the calibrated logit.
  let surprise = 0;
  for (const [k, { slope, intercept }] of calibrations.entries()) {
    const z = slope * logits[k] + intercept;
    if (defined[k]) surprise += Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z)));
  }
  // ln(eˢ − 1), which is −∞ where nothing is left of s.
  return surprise > 30 ? surprise : Math.log(Math.expm1(Math.max(surprise, 1e-12)));
}

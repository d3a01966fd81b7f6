import { calibrate, correctPrior } from '@blemish/evaluate';
import type { CcdDescription } from '../bundle-description.ts';

/** A CCD's calibrated probabilities, at the bundle's prior. */
export interface Probabilities {
  readonly any: number;
  /** In the order of the bundle's classes. */
  readonly classes: readonly number[];
}

/**
 * Logits of the network as probabilities: Platt's calibration, then from the shares of the validation set to the prior of a night.
 * A class's prior is its share of the artifacts in the validation set times the prior of any.
 * @param logits one per class, then one for any artifact.
 */
export function probabilities(
  logits: ArrayLike<number>,
  { calibration, prior, classes }: Pick<CcdDescription, 'calibration' | 'prior' | 'classes'>,
): Probabilities {
  const { any, anyShare, classShares } = calibration;
  return {
    any: correctPrior(calibrate(any, logits[classes.length]), anyShare, prior),
    classes: classes.map((_, k) => {
      const share = classShares[k];
      return correctPrior(calibrate(calibration.classes[k], logits[k]), share, prior * (share / anyShare));
    }),
  };
}

import type { ThresholdChoice } from '@blemish/evaluate';
import { chooseThreshold } from '../analyser/choose-threshold.ts';
import type { CcdDescription, CcdImageDescription } from '../bundle-description.ts';

/** What an evaluation on simulated exposures needs of a model for CCDs. */
export interface EvaluatedModel {
  /** Artifact classes with a probability of their own. */
  readonly classes: readonly string[];
  /** Whether "No artifact" is one of the answers that the probabilities are shared among. */
  readonly isExclusive: boolean;
  readonly threshold: ThresholdChoice;
  /** Serves one manifest row with an `EvaluatedCcd`. */
  readonly worker: URL;
}

export function evaluatedModel(description: CcdDescription | CcdImageDescription): EvaluatedModel {
  if (description.task === 'ccd') {
    return {
      classes: description.classes,
      isExclusive: false,
      threshold: chooseThreshold(description, {}),
      worker: new URL('./worker.ts', import.meta.url),
    };
  }
  const { classes, prior, validation } = description;
  const decision = { falsePerExposure: 0.1, ccdsPerExposure: 60, validation };
  return {
    classes: classes.length === 2 ? [] : classes.slice(1),
    isExclusive: classes.length > 2,
    threshold: {
      ...chooseThreshold({ prior, decision }, { threshold: 0.5 }),
      sentence: 'Flagged where an artifact is likelier than none, as the paper decides.',
    },
    worker: new URL('./image-worker.ts', import.meta.url),
  };
}

import type { ThresholdChoice } from '@blemish/evaluate';
import { chooseThreshold } from '../analyser/choose-threshold.ts';
import type { CcdDescription, CcdImageDescription } from '../bundle-description.ts';
import { paperAccuracy } from '../ccd-images/paper-accuracy.ts';
import { artifactClass } from '../taxonomy.ts';

/** What an evaluation on simulated exposures needs of a model for CCDs. */
export interface EvaluatedModel {
  /** Artifact classes with a probability of their own. */
  readonly classes: readonly string[];
  /** Those of the Exposure Checker, among which a single answer is asked for, so that models with and without others compare. */
  readonly topClasses: readonly string[];
  /** Whether "No artifact" is one of the answers that the probabilities are shared among. */
  readonly isExclusive: boolean;
  readonly threshold: ThresholdChoice;
  /** Accuracy that the paper whose method it is reports, in words. */
  readonly reported: string | null;
  /** Serves one manifest row with an `EvaluatedCcd`. */
  readonly worker: URL;
}

export function evaluatedModel(description: CcdDescription | CcdImageDescription): EvaluatedModel {
  if (description.task === 'ccd') {
    return {
      classes: description.classes,
      topClasses: checkerClasses(description.classes),
      isExclusive: false,
      reported: null,
      threshold: chooseThreshold(description, {}),
      worker: new URL('./worker.ts', import.meta.url),
    };
  }
  const { classes, prior, validation } = description;
  const decision = { falsePerExposure: 0.1, ccdsPerExposure: 60, validation };
  const artifacts = classes.length === 2 ? [] : classes.slice(1);
  return {
    classes: artifacts,
    topClasses: checkerClasses(artifacts),
    isExclusive: artifacts.length > 0,
    reported: `${paperAccuracy(description)} on real DES data`,
    threshold: {
      ...chooseThreshold({ prior, decision }, { threshold: 0.5 }),
      sentence: 'Flagged where an artifact is likelier than none, as the paper decides.',
    },
    worker: new URL('./image-worker.ts', import.meta.url),
  };
}

function checkerClasses(classes: readonly string[]): readonly string[] {
  return classes.filter((name) => artifactClass(name).code !== null);
}

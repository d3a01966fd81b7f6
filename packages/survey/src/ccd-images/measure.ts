import {
  confusionMatrix,
  flaggedByClass,
  proportionInterval,
  rocAucInterval,
  thresholdForMaxFnr,
} from '@blemish/evaluate';
import type { FlaggedByClass, Interval, ThresholdChoice } from '@blemish/evaluate';
import type { CcdImageRecipe } from '../ccd-image-recipe.ts';
import { imagesOf, targetsOf, watchedTraining } from './fit.ts';
import type { FittedImages } from './fit.ts';
import { countedClasses, noArtifact } from './image-set.ts';
import type { ImageParts, ImageSet } from './image-set.ts';

/** Probability of any artifact and truth, one entry a CCD. */
export interface ArtifactScores {
  readonly scores: number[];
  readonly labels: (0 | 1)[];
}

/** How a classifier did on CCDs that it was not trained on and nothing was chosen on. */
export interface ImageFigures {
  readonly n: number;
  /** Share of CCDs whose answer is their class; what always answering the commonest class gives. */
  readonly accuracy: Interval;
  readonly majority: { readonly accuracy: Interval; readonly answer: string };
  readonly trainingAccuracy: Interval;
  /** ROC AUC of artifact against none. */
  readonly auc: Interval;
  readonly heldOut: ArtifactScores;
  /** Chosen on validation CCDs; null where they are too few. */
  readonly threshold: ThresholdChoice | null;
  /** What it does on the CCDs held out. */
  readonly atThreshold: { readonly fpr: Interval; readonly fnr: Interval } | null;
  /** [true class][answer] */
  readonly confusion: readonly (readonly number[])[];
  /** Answers other than none by what is drawn as the CCD's class. */
  readonly flagged: readonly FlaggedByClass[];
}

/** Figures on the CCDs held out; threshold from those of validation. */
export async function measureImages(
  recipe: CcdImageRecipe,
  set: ImageSet,
  parts: ImageParts,
  classes: readonly string[],
  { classifier }: Pick<FittedImages, 'classifier'>,
): Promise<{ readonly figures: ImageFigures; readonly validation: ArtifactScores }> {
  const targets = targetsOf(set, classes);
  const k = classes.length;
  const ask = (places: Int32Array) => classifier.predict(imagesOf(set, places));
  const { probabilities: heldOut, classes: answers } = await ask(parts.heldOut);
  const validation = artifactScores((await ask(parts.validation)).probabilities, set, parts.validation, k);
  const truth = Uint8Array.from(parts.heldOut, (place) => targets[place]);
  const right = (given: Uint8Array, places: Int32Array) =>
    proportionInterval(
      given.reduce((sum, answer, i) => sum + (answer === targets[places[i]] ? 1 : 0), 0),
      places.length,
    );
  const training = watchedTraining(parts);
  const counts = classes.map((_, c) => truth.reduce((sum, own) => sum + (own === c ? 1 : 0), 0));
  const commonest = counts.indexOf(Math.max(...counts));
  const scores = artifactScores(heldOut, set, parts.heldOut, k);
  const threshold = chosenThreshold(validation, recipe.decision.max_fnr);
  const names = [noArtifact, ...countedClasses(recipe)];
  const members = Object.fromEntries(
    names.map((name, label) => [
      name,
      Array.from(parts.heldOut.keys()).filter((i) => set.labels[parts.heldOut[i]] === label),
    ]),
  );
  const counted = confusionMatrix(truth, answers, k);
  const figures: ImageFigures = {
    n: truth.length,
    accuracy: right(answers, parts.heldOut),
    majority: { accuracy: proportionInterval(counts[commonest], truth.length), answer: classes[commonest] },
    trainingAccuracy: right((await ask(training)).classes, training),
    auc: rocAucInterval(scores),
    heldOut: scores,
    threshold,
    atThreshold: threshold === null ? null : ratesAt(scores, threshold.threshold),
    confusion: classes.map((_, c) => Array.from(counted.subarray(c * k, (c + 1) * k))),
    flagged: flaggedByClass(
      members,
      answers.map((answer) => Math.min(answer, 1)),
    ),
  };
  return { figures, validation };
}

function artifactScores(
  probabilities: Float64Array,
  { labels }: ImageSet,
  places: Int32Array,
  classes: number,
): ArtifactScores {
  return {
    scores: Array.from(places, (_, i) => Math.min(1, Math.max(0, 1 - probabilities[i * classes]))),
    labels: Array.from(places, (place) => (labels[place] > 0 ? 1 : 0)),
  };
}

/** Bad CCDs that a threshold needs. */
const leastPositives = 20;

function chosenThreshold({ scores, labels }: ArtifactScores, maxFnr: number): ThresholdChoice | null {
  if (labels.filter((label) => label === 1).length < leastPositives) return null;
  return thresholdForMaxFnr({ split: 'validation', scores, labels }, maxFnr, { prior: 0.5 });
}

function ratesAt({ scores, labels }: ArtifactScores, threshold: number): { fpr: Interval; fnr: Interval } {
  const count = (label: number, isOver: boolean) =>
    scores.filter((score, i) => labels[i] === label && score >= threshold === isOver).length;
  const [fp, fn] = [count(0, true), count(1, false)];
  return {
    fpr: proportionInterval(fp, fp + count(0, false)),
    fnr: proportionInterval(fn, fn + count(1, true)),
  };
}

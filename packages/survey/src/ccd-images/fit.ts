import type { Device } from '@blemish/engine';
import type { CcdImageDescription } from '../bundle-description.ts';
import type { CcdImageRecipe } from '../ccd-image-recipe.ts';
import type { EpochFigures } from '../training/epochs.ts';
import type { CcdImageClassifier } from './classifier.ts';
import type { ImageParts, ImageSet } from './image-set.ts';

/** What a classifier is fitted from, and how. */
export interface ImageFit {
  readonly recipe: CcdImageRecipe;
  readonly set: ImageSet;
  readonly parts: ImageParts;
  /** Outputs in order, the first being "No artifact". */
  readonly classes: readonly string[];
  /** Where checkpoints go. */
  readonly folder: string;
  readonly device: Device;
  readonly threads: number;
  readonly onProgress: (done: number, total: number, message: string) => void;
  readonly signal?: AbortSignal | undefined;
}

export interface FittedImages {
  /** As the bundle holds it. */
  readonly network: Uint8Array;
  /** Of a support vector machine, all but its arrays. */
  readonly svm: CcdImageDescription['svm'];
  readonly classifier: CcdImageClassifier;
  /** Of a network; a support vector machine has none. */
  readonly epochs: readonly EpochFigures[];
  /** The epoch kept, from 0. */
  readonly best: number | null;
}

/** Class of each CCD among a classifier's outputs: with two outputs every artifact is the second. */
export function targetsOf({ labels }: ImageSet, classes: readonly string[]): Uint8Array {
  return classes.length === 2 ? labels.map((label) => Math.min(label, 1)) : labels;
}

/** Images of some CCDs, one after the other. */
export function imagesOf({ images, width, height }: ImageSet, places: Int32Array): Uint8Array {
  const size = width * height;
  const out = new Uint8Array(places.length * size);
  for (let i = 0; i < places.length; i++) {
    out.set(images.subarray(places[i] * size, (places[i] + 1) * size), i * size);
  }
  return out;
}

/** The training CCDs whose error is given: as many as are held out of the set of the paper. */
export function watchedTraining({ training }: ImageParts): Int32Array {
  return training.subarray(0, 300);
}

/** Share of CCDs whose answer is not theirs. */
export function errorRate(answers: Uint8Array, targets: Uint8Array, places: Int32Array): number {
  return answers.reduce((sum, answer, i) => sum + (answer === targets[places[i]] ? 0 : 1), 0) / places.length;
}

import type { Device } from '@blemish/engine';
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

/** Likeliest class of each row of [n, classes]. */
export function likeliest(probabilities: Float64Array, classes: number): Uint8Array {
  return Uint8Array.from({ length: probabilities.length / classes }, (_, i) => {
    const row = probabilities.subarray(i * classes, (i + 1) * classes);
    return row.indexOf(Math.max(...row));
  });
}

/** Share of CCDs whose likeliest class is not theirs. */
export function errorRate(
  probabilities: Float64Array,
  targets: Uint8Array,
  places: Int32Array,
  classes: number,
): number {
  const answers = likeliest(probabilities, classes);
  return answers.reduce((sum, answer, i) => sum + (answer === targets[places[i]] ? 0 : 1), 0) / places.length;
}

import { fitCnn } from './fit-cnn.ts';
import type { FittedImages, ImageFit } from './fit.ts';

/** Fits what the recipe's learner is. Null where the signal stopped it. */
export async function fitImages(fit: ImageFit): Promise<FittedImages | null> {
  return fitCnn(fit);
}

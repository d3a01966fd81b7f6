import { fitCnn } from './fit-cnn.ts';
import { fitSvm } from './fit-svm.ts';
import type { FittedImages, ImageFit } from './fit.ts';

/** Fits what the recipe's learner is. Null where the signal stopped a network, which then goes on from there. */
export function fitImages(fit: ImageFit): Promise<FittedImages | null> {
  return fit.recipe.model.learner === 'cnn' ? fitCnn(fit) : fitSvm(fit);
}

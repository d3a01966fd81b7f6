import { encodeSafetensors } from '@blemish/engine';
import { fitGreySvm } from '@blemish/learn';
import { shownName, svmClassifier } from './classifier.ts';
import { imagesOf, targetsOf } from './fit.ts';
import type { FittedImages, ImageFit } from './fit.ts';

/**
 * Fits a support vector machine on the training images as they are; classes that none of them shows are never answered.
 * @throws RangeError where they show a single class; DOMException AbortError when the signal fires.
 */
export async function fitSvm({
  recipe,
  set,
  parts,
  classes,
  threads,
  onProgress,
  signal,
}: ImageFit): Promise<FittedImages> {
  const targets = targetsOf(set, classes);
  const shown = Int32Array.from(new Set(Array.from(parts.training, (place) => targets[place]))).sort();
  if (shown.length < 2) {
    throw new RangeError(`the ${parts.training.length} training CCDs show one class: give more of them`);
  }
  const { kernel, c, gamma } = recipe.svm;
  onProgress(0, 1, 'kernel matrix');
  const svm = await fitGreySvm(
    {
      rows: imagesOf(set, parts.training),
      columns: set.width * set.height,
      y: Array.from(parts.training, (place) => shown.indexOf(targets[place])),
      classes: shown.length,
    },
    { kernel, c, gamma },
    {
      seed: recipe.seed,
      threads,
      onProgress: (done, total) => onProgress(done, total, 'machines fitted'),
      ...(signal ? { signal } : {}),
    },
  );
  const { arrays, ...saved } = svm.save();
  const all = new Map(Object.entries({ ...arrays, [shownName]: { shape: [shown.length], data: shown } }));
  return {
    network: encodeSafetensors(all, { format: 'blemish-ccd-image' }),
    svm: saved,
    classifier: svmClassifier(svm, shown, classes.length),
    epochs: [],
    best: null,
  };
}

import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CcdImageRecipe } from '../ccd-image-recipe.ts';
import { writeWhole } from '../outputs/partial-file.ts';
import type { SampleStore } from '../training/sample-store.ts';
import { errorRate, imagesOf, targetsOf, watchedTraining } from './fit.ts';
import type { ImageFit } from './fit.ts';
import { fitImages } from './fit-images.ts';
import { loadImageSet } from './image-set.ts';
import type { CcdImageSample } from './sample.ts';

/** What is changed in a recipe, one at a time. */
export const swept = ['sizes', 'bins', 'dropout'] as const;
export type Swept = (typeof swept)[number];

/** Errors of a classifier trained with one value changed: shares of CCDs whose likeliest class is not theirs. */
export interface SweepPoint {
  readonly kind: Swept;
  readonly value: number;
  readonly training: number;
  readonly validation: number;
  readonly heldOut: number;
}

/** Trainings a recipe asks for beside its own. */
export function sweepPoints({ sweep, model }: CcdImageRecipe): readonly Pick<SweepPoint, 'kind' | 'value'>[] {
  return swept.flatMap((kind) =>
    kind === 'dropout' && model.learner === 'svm' ? [] : sweep[kind].map((value) => ({ kind, value })),
  );
}

/**
 * Trains with each value of `[sweep]`, all else as the recipe has it; a point that is on disk already is read. Null where the signal
 * stopped it.
 */
export async function runSweep(
  store: SampleStore<CcdImageSample>,
  fit: ImageFit,
): Promise<readonly SweepPoint[] | null> {
  const points: SweepPoint[] = [];
  for (const { kind, value } of sweepPoints(fit.recipe)) {
    // a run may go on with another seed, whose points are others
    const folder = join(fit.folder, `${kind}-${value}-seed-${fit.recipe.seed}`);
    const file = join(folder, 'point.json');
    const before = await readFile(file, 'utf8').catch(() => null);
    if (before !== null) {
      points.push(JSON.parse(before) as SweepPoint);
      continue;
    }
    await mkdir(folder, { recursive: true });
    const message = (text: string) => `${kind} ${value}: ${text}`;
    const changed = await changedFit(store, fit, kind, value);
    const errors = await errorsOf({
      ...changed,
      folder,
      onProgress: (done, total, text) => fit.onProgress(done, total, message(text)),
    });
    if (errors === null) return null;
    const point = { kind, value, ...errors };
    await writeWhole(file, JSON.stringify(point));
    points.push(point);
  }
  return points;
}

async function changedFit(
  store: SampleStore<CcdImageSample>,
  fit: ImageFit,
  kind: Swept,
  value: number,
): Promise<ImageFit> {
  const { recipe, parts } = fit;
  switch (kind) {
    case 'sizes':
      return { ...fit, parts: { ...parts, training: parts.training.subarray(0, value) } };
    case 'dropout':
      return { ...fit, recipe: { ...recipe, cnn: { ...recipe.cnn, dropout: value } } };
    case 'bins': {
      const other = { ...recipe, preprocess: { ...recipe.preprocess, bin: value } };
      return { ...fit, recipe: other, set: await loadImageSet(store, other) };
    }
  }
}

async function errorsOf(fit: ImageFit): Promise<Omit<SweepPoint, 'kind' | 'value'> | null> {
  const fitted = await fitImages(fit);
  if (fitted === null) return null;
  const { set, parts, classes } = fit;
  const targets = targetsOf(set, classes);
  const error = async (places: Int32Array) =>
    errorRate((await fitted.classifier.predict(imagesOf(set, places))).classes, targets, places);
  try {
    return {
      training: await error(watchedTraining(parts)),
      validation: await error(parts.validation),
      heldOut: await error(parts.heldOut),
    };
  } finally {
    await fitted.classifier.close();
  }
}

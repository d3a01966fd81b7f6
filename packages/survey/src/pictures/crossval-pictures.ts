import { resolve } from 'node:path';
import type { Failure } from '../errors.ts';
import { meanSpread } from '../learning/mean-spread.ts';
import type { MeanSpread } from '../learning/mean-spread.ts';
import type { RecipeFile } from '../recipe.ts';
import type { SegmentationRecipe } from '../segmentation-recipe.ts';
import { pictureRow } from './evaluate-pictures.ts';
import type { PictureRow } from './evaluate-pictures.ts';
import { fitPictures } from './fit-pictures.ts';
import type { Thresholds } from './fit-pictures.ts';
import { readMarkedPictures } from './marked-pictures.ts';
import type { MarkedPictures } from './marked-pictures.ts';
import { measurePictures } from './measure-pictures.ts';
import type { PictureFigures } from './measure-pictures.ts';
import { foldPictures, holdOutPictures } from './picture-folds.ts';
import { judgeWith, refuseSeenByStart, startOf } from './picture-model.ts';
import type { Outcome } from './picture-model.ts';
import { markedSamples } from './samples.ts';
import { tellFailures } from './tell-failures.ts';
import { needData } from './train-segmentation.ts';

export interface CrossvalPicturesOptions {
  readonly data: string | undefined;
  /** Absent: the recipe's. */
  readonly folds?: number | undefined;
  readonly bootstrap?: number | undefined;
  /** Of the training, instead of the recipe's. */
  readonly seed?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((share: number, message: string) => void) | undefined;
  readonly onNote?: ((note: string) => void) | undefined;
}

/** Figures of every picture by a model that has not seen its fold. */
export interface PictureCrossval extends PictureFigures {
  readonly name: string;
  readonly folds: number;
  /** Mean and standard deviation of each figure over the folds; null where it is undefined in one. */
  readonly overFolds: Readonly<Record<'auc' | 'iou', MeanSpread | null>>;
  readonly byFold: readonly FoldSummary[];
  readonly pictures: readonly PictureRow[];
  readonly failed: readonly Failure[];
  readonly notes: readonly string[];
}

interface FoldSummary {
  readonly n: number;
  readonly auc: number | null;
  readonly iou: number | null;
  /** Chosen by `validation` pictures of the training part, as was the epoch, counted from 0. */
  readonly thresholds: Thresholds;
  readonly validation: number;
  readonly epoch: number | null;
}

/**
 * K folds over the pictures. Of each fold's training pictures a share chooses the epoch and the thresholds; the fold's own pictures do nothing
 * but be measured.
 * @throws SurveyError OPTION_INVALID, INPUT_NOT_FOUND, PICTURES_REFUSED, DATASET_SEEN, MODEL_…; the abort of `signal`
 */
export async function crossvalPictures(
  file: RecipeFile<SegmentationRecipe>,
  options: CrossvalPicturesOptions,
): Promise<PictureCrossval> {
  const size = file.recipe.data.size;
  const read = await readMarkedPictures(resolve(needData(options.data, file.path)), size);
  tellFailures(read, options.onNote ?? (() => undefined));
  return (await outOfFold(file, read, options)).result;
}

/** The result with each picture's answer, in the order of the pictures. */
export async function outOfFold(
  { recipe: asked, path }: RecipeFile<SegmentationRecipe>,
  read: MarkedPictures,
  options: CrossvalPicturesOptions,
): Promise<{ readonly result: PictureCrossval; readonly outcomes: readonly Outcome[] }> {
  const recipe = options.seed === undefined ? asked : { ...asked, seed: options.seed };
  const { data, model } = recipe;
  const start = await startOf(recipe, path);
  refuseSeenByStart(start, read.pictures, path);
  const folds = foldPictures(read.pictures, options.folds ?? recipe.split.folds, recipe.split.seed);
  const byFold: FoldSummary[] = [];
  const byName = new Map<string, Outcome>();
  for (const [k, fold] of folds.entries()) {
    const parts = holdOutPictures(fold.training, recipe);
    const fitted = await fitPictures({
      recipe,
      training: markedSamples(parts.training),
      validation: markedSamples(parts.held),
      start: start?.weights,
      signal: options.signal,
      onProgress: (done, total, message) =>
        options.onProgress?.((k + done / total) / folds.length, `fold ${k + 1}: ${message}`),
    });
    const shape = { size: data.size, width: model.width };
    const { trained, thresholds } = fitted;
    const settings = { ...thresholds, size: data.size, tile: data.tile };
    const outcomes = await judgeWith(shape, trained.weights, fold.held, settings);
    for (const outcome of outcomes) byName.set(outcome.picture.name, outcome);
    const { metrics } = measurePictures(
      outcomes.map(({ judged }) => judged),
      { samples: 1 },
    );
    byFold.push({
      n: fold.held.length,
      auc: metrics.auc.value,
      iou: metrics.iou.value,
      thresholds,
      validation: parts.held.length,
      epoch: trained.best?.epoch ?? null,
    });
  }
  const outcomes = read.pictures.map(({ name }) => byName.get(name)!);
  const judged = outcomes.map((outcome) => outcome.judged);
  const result: PictureCrossval = {
    ...measurePictures(judged, { samples: options.bootstrap }),
    name: recipe.name,
    folds: folds.length,
    overFolds: {
      auc: meanSpread(byFold.map(({ auc }) => auc)),
      iou: meanSpread(byFold.map(({ iou }) => iou)),
    },
    byFold,
    pictures: judged.map(pictureRow),
    failed: read.failed,
    notes: read.notes,
  };
  return { result, outcomes };
}

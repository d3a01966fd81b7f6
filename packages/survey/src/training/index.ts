import { trainCcdImages } from '../ccd-images/train-ccd-images.ts';
import { trainExposures } from '../exposure-models/train-exposures.ts';
import { trainTable } from '../learning/train-table.ts';
import { trainSegmentation } from '../pictures/index.ts';
import { readRecipe } from '../recipe.ts';
import { trainViews } from '../self-distillation/index.ts';
import { trainStamps } from '../stamp-models/train-stamps.ts';
import { trainAutoencoder } from './train-autoencoder.ts';
import { trainCcd } from './train-ccd.ts';
import type { TrainOptions, TrainResult } from './train-ccd.ts';

/**
 * Trains by a recipe and leaves a run; what is in it depends on the recipe's task (`trainCcd`, `trainCcdImages`, `trainAutoencoder`, `trainTable`,
 * `trainSegmentation`, `trainStamps`, `trainViews`, `trainExposures`).
 * @throws SurveyError RECIPE_INVALID, INPUT_NOT_FOUND, OUTPUT_EXISTS, OPTION_INVALID, DEVICE_NOT_FOUND, FRAMES_REFUSED, PICTURES_REFUSED,
 * TABLE_…
 */
export async function trainFromRecipe(recipePath: string, options: TrainOptions): Promise<TrainResult> {
  const { path, text, recipe } = await readRecipe(recipePath);
  switch (recipe.task) {
    case 'ccd':
      return trainCcd({ path, text, recipe }, options);
    case 'ccd-image':
      return trainCcdImages({ path, text, recipe }, options);
    case 'autoencoder':
      return trainAutoencoder({ path, text, recipe }, options);
    case 'table':
    case 'sequence':
      return trainTable({ path, text, recipe }, options);
    case 'segmentation':
      return trainSegmentation({ path, text, recipe }, options);
    case 'stamp':
      return trainStamps({ path, text, recipe }, options);
    case 'exposure':
      return trainExposures({ path, text, recipe }, options);
    case 'self-distillation':
      return trainViews({ path, text, recipe }, options);
  }
}

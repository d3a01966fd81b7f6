import { SurveyError } from '../errors.ts';
import type { ExposureRecipe } from '../exposure-recipe.ts';
import type { RecipeFile } from '../recipe.ts';
import type { TrainOptions, TrainResult } from '../training/train-ccd.ts';

export function trainExposures(
  file: RecipeFile<ExposureRecipe>,
  _options: TrainOptions,
): Promise<TrainResult> {
  throw new SurveyError('RECIPE_INVALID', 'this task has no training yet', { path: file.path });
}

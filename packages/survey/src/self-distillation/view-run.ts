import type { RecipeFile } from '../recipe.ts';
import type { SelfDistillationRecipe } from '../self-distillation-recipe.ts';
import type { GreyScale } from './crop-view.ts';
import type { ViewNetwork } from './view-network.ts';
import type { ViewParts, ViewSet } from './view-set.ts';

/** One training: the recipe, the set and what was made of them. */
export interface ViewRun extends ViewNetwork {
  readonly file: RecipeFile<SelfDistillationRecipe>;
  readonly recipe: SelfDistillationRecipe;
  readonly data: string;
  readonly out: string;
  readonly set: ViewSet;
  readonly parts: ViewParts;
  readonly grey: GreyScale;
}

import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { SurveyError } from '../errors.ts';
import type { PaperFigures } from '../paper-figures.ts';
import { readRecipe } from '../recipe.ts';
import type { Recipe } from '../recipe.ts';

/** What a paper published, by the recipes that follow it. */
export interface PaperRows {
  /** Figures by name of the recipe, which is the model's. */
  readonly models: ReadonlyMap<string, PaperFigures>;
  readonly transfer: PaperFigures | null;
}

/**
 * The published figures that the recipes of a folder hold: of models, and of the transfer to another survey.
 * @throws SurveyError INPUT_NOT_FOUND, RECIPE_INVALID
 */
export async function readPaperRows(folder: string): Promise<PaperRows> {
  const names = await readdir(folder).catch((cause: unknown) => {
    throw new SurveyError('INPUT_NOT_FOUND', 'no such folder of recipes', { path: folder, cause });
  });
  const models = new Map<string, PaperFigures>();
  let transfer: PaperFigures | null = null;
  for (const name of names.filter((each) => each.endsWith('.toml')).sort()) {
    const { recipe } = await readRecipe(join(folder, name));
    const paper = paperOf(recipe);
    if (paper === null) continue;
    // A recipe that leaves the network to the model it starts from is one for `finetune`.
    if (recipe.task === 'stamp' && recipe.model.learner === 'cnn' && recipe.model.network === undefined)
      transfer = paper;
    else models.set(recipe.name, paper);
  }
  if (models.size === 0) {
    throw new SurveyError('RECIPE_INVALID', 'no recipe there has published figures ([paper])', {
      path: folder,
    });
  }
  return { models, transfer };
}

function paperOf(recipe: Recipe): PaperFigures | null {
  return recipe.task === 'stamp' || recipe.task === 'table' ? (recipe.paper ?? null) : null;
}

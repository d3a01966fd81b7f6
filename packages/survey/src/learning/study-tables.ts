import { resolve } from 'node:path';
import type { RecipeFile } from '../recipe.ts';
import type { TableRecipe } from '../table-recipe.ts';
import type { LabelledRows } from './fit-table.ts';
import { meanSpread } from './mean-spread.ts';
import { rowFigures } from './measure.ts';
import { answersOf, describeSetting, measuredRows, openSetting, seedsOf, settingBeside } from './setting.ts';
import type { Answer } from './setting.ts';
import { studiedFigures } from './study.ts';
import type { StudiedModel, StudyKind, StudyPoint, TableStudy } from './study.ts';
import { writeStudy } from './study-report.ts';
import { levelsOf, settingAt, trainableRows } from './worse-settings.ts';

export interface StudyTablesOptions {
  readonly data: string | undefined;
  /** Shares of labels to flip, or numbers of training rows; absent: 0 … 0.3, or halvings of all rows. */
  readonly levels?: readonly number[] | undefined;
  /** Trainings of each recipe at each level; absent: as many as the recipe says. */
  readonly seeds?: number | undefined;
  /** First training seed, instead of the recipes'. */
  readonly seed?: number | undefined;
  /** Folder for `study.json` and `report.html`; absent: none is written. */
  readonly out?: string | undefined;
  readonly command?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((done: number, total: number, message: string) => void) | undefined;
  readonly onNote?: ((note: string) => void) | undefined;
}

/**
 * Trains recipes on worse and worse training rows and measures all on the same rows, whose labels are left alone: what wrong labels
 * cost (paper 004 of the project's list), and what more rows would bring. Which labels are flipped, or which rows are kept, changes
 * with the training seed and is the same for all recipes. Interrupted, it gives the recipes done.
 * @throws SurveyError of the training table; OPTION_INVALID for a level that cannot be; RECIPE_INVALID where recipes name other labels
 */
export async function studyTables(
  files: readonly RecipeFile<TableRecipe>[],
  kind: StudyKind,
  options: StudyTablesOptions,
): Promise<TableStudy> {
  const { signal, onProgress } = options;
  const [first] = files;
  const setting = await openSetting(first.recipe, options);
  const rows = measuredRows(setting);
  const levels = levelsOf(kind, options.levels, setting);
  const total = levels.length * files.reduce((sum, { recipe }) => sum + seedsOf(recipe, options).length, 0);
  const models: StudiedModel[] = [];
  let fits = 0;
  for (const { path, recipe } of files) {
    const seeds = seedsOf(recipe, options);
    const own = await settingBeside({ recipe: first.recipe, setting }, recipe, path, options);
    const points: StudyPoint[] = [];
    const onFit = () => onProgress?.(++fits, total, `'${recipe.name}'`);
    try {
      for (const level of levels) {
        const answers: Answer[] = [];
        if (settingAt(kind, own, level, seeds[0]) === own) {
          answers.push(...(await answersOf(recipe, own, seeds, { signal, onFit })).answers);
        } else {
          for (const seed of seeds) {
            const worse = settingAt(kind, own, level, seed);
            answers.push(...(await answersOf(recipe, worse, [seed], { signal, onFit })).answers);
          }
        }
        points.push(pointOf(level, rows, answers));
      }
    } catch (error) {
      if (signal?.aborted) break;
      throw error;
    }
    models.push({ name: recipe.name, recipe: path, learner: recipe.model.learner, seeds, points });
  }
  const out = options.out === undefined || models.length === 0 ? null : resolve(options.out);
  const study: TableStudy = {
    kind,
    data: options.data!,
    n: rows.x.rows,
    trained: trainableRows(setting),
    classes: rows.classes,
    levels,
    models,
    ...(await describeSetting(setting)),
    out,
    interrupted: signal?.aborted === true,
  };
  if (out !== null) await writeStudy(out, { study, files, command: options.command });
  return study;
}

function pointOf(level: number, rows: LabelledRows, answers: readonly Answer[]): StudyPoint {
  const measured = answers.map(({ probabilities }) => rowFigures(rows, probabilities));
  const figure = (name: string) => {
    const bySeed = measured.map((figures) => figures[name]);
    return { over: meanSpread(bySeed), bySeed };
  };
  const [auc, accuracy, logLoss] = studiedFigures.map(figure);
  return { level, figures: { auc, accuracy, logLoss } };
}

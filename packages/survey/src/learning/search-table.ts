import { stringify } from 'smol-toml';
import { SurveyError } from '../errors.ts';
import { writeWhole } from '../outputs/partial-file.ts';
import { checkRecipe, parseToml } from '../recipe.ts';
import type { RecipeFile } from '../recipe.ts';
import type { TableRecipe } from '../table-recipe.ts';
import { foldFigures } from './crossval-table.ts';
import { foldsOf, outOfFold } from './fit-table.ts';
import { loadTrainingTable } from './load-data.ts';
import { meanSpread } from './mean-spread.ts';
import { chooseValues, withValues } from './search-values.ts';
import type { Values } from './search-values.ts';

export interface SearchOptions {
  readonly data: string | undefined;
  /** Recipe to write with the best values; null: none. */
  readonly out: string | null;
  readonly seed?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((done: number, total: number, best: string) => void) | undefined;
  readonly onNote?: ((note: string) => void) | undefined;
}

export interface Trial {
  readonly values: Readonly<Record<string, unknown>>;
  /** The metric over the folds; null where it is undefined. */
  readonly mean: number | null;
  readonly spread: number | null;
}

export interface SearchResult {
  readonly name: string;
  readonly metric: string;
  readonly folds: number;
  /** Best first. */
  readonly trials: readonly Trial[];
  readonly best: Trial | null;
  readonly out: string | null;
  readonly interrupted: boolean;
}

/** Metrics of which less is better. */
const losses: ReadonlySet<string> = new Set(['logLoss', 'brier']);

/**
 * Tries the values of the recipe's `[search]` on folds of the training table alone and ranks them by the mean of the metric. The best
 * one's own figure is flattered by having been chosen; a test table tells the truth. Interrupted, it ranks what was tried.
 * @throws SurveyError RECIPE_INVALID for a recipe without `[search]`, a key that is not there, or a value it refuses
 */
export async function searchTable(
  { path, text, recipe }: RecipeFile<TableRecipe>,
  options: SearchOptions,
): Promise<SearchResult> {
  const { search } = recipe;
  if (search === undefined) {
    throw new SurveyError('RECIPE_INVALID', 'has no [search] that says which values to try', { path });
  }
  refuseOtherKeys(Object.keys(search.values), path);
  const raw = parseToml(text, path);
  const combinations = chooseValues(search, options.seed ?? recipe.seed);
  // Every recipe is checked before the first is trained.
  const candidates = combinations.map((values) => ({ values, recipe: recipeWith(raw, values, path) }));
  const table = await loadTrainingTable(options.data, recipe);
  for (const note of table.notes) options.onNote?.(note);
  const folds = foldsOf(table.rows, search.folds, recipe.split.seed);
  const trials: Trial[] = [];
  for (const { values, recipe: candidate } of candidates) {
    try {
      const scored = await outOfFold(table.rows, candidate, folds, {
        seed: options.seed ?? recipe.seed,
        signal: options.signal,
      });
      const figures = folds.map(({ held }) => foldFigures(table.rows, scored.probabilities.data, held));
      const over = meanSpread(figures.map(({ metrics }) => metrics[search.metric] ?? null));
      trials.push({ values, mean: over?.mean ?? null, spread: over?.spread ?? null });
    } catch (error) {
      if (options.signal?.aborted) break;
      throw error;
    }
    trials.sort((a, b) => goodness(b, search.metric) - goodness(a, search.metric));
    options.onProgress?.(
      trials.length,
      candidates.length,
      `${search.metric} ${trials[0].mean?.toFixed(4) ?? 'undefined'}`,
    );
  }
  const [best = null] = trials;
  if (best !== null && best.mean === null) {
    throw new SurveyError(
      'TABLE_LABELS',
      `${search.metric} is undefined in a fold of every trial, so none is best: take fewer folds or another metric`,
      { path: table.rows.path },
    );
  }
  if (options.out !== null && best !== null) {
    const how = `${trials.length} by ${search.metric} over ${search.folds} folds`;
    await writeBest(options.out, withValues(raw, best.values, path), how);
  }
  return {
    name: recipe.name,
    metric: search.metric,
    folds: search.folds,
    trials,
    best,
    out: best === null ? null : options.out,
    interrupted: options.signal?.aborted === true,
  };
}

/** Rows and folds are those of the recipe for every trial: a key that changes them would be tried in name only. */
function refuseOtherKeys(keys: readonly string[], path: string): void {
  const other = keys.find((key) => !/^(?:model|steps)\.|^training\.class_weights(?:\.|$)/.test(key));
  if (other === undefined) return;
  throw new SurveyError(
    'RECIPE_INVALID',
    `search.values: '${other}' cannot be searched, only keys under 'model.', 'steps.' and 'training.class_weights'; compare recipes that differ in the rest`,
    { path },
  );
}

function recipeWith(raw: unknown, values: Values, path: string): TableRecipe {
  const recipe = checkRecipe(withValues(raw, values, path), path);
  if (recipe.task !== 'table' && recipe.task !== 'sequence')
    throw new SurveyError('RECIPE_INVALID', 'task: cannot be searched', { path });
  return recipe;
}

/** Larger is better, whatever the metric; undefined is worst. */
export function goodness({ mean }: Trial, metric: string): number {
  if (mean === null) return -Infinity;
  return losses.has(metric) ? -mean : mean;
}

/** Writes the recipe with the best values, ready to be trained. @throws SurveyError OUTPUT_UNWRITABLE, DISK_FULL */
export function writeBest(
  out: string,
  { search: _, ...chosen }: Record<string, unknown>,
  how: string,
): Promise<void> {
  return writeWhole(out, `# Values found by \`blemish search\`, best of ${how}.\n${stringify(chosen)}`);
}

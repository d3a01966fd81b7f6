import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { SurveyError } from '../errors.ts';
import type { ExposureRecipe } from '../exposure-recipe.ts';
import { goodness, writeBest } from '../learning/search-table.ts';
import type { SearchOptions, SearchResult, Trial } from '../learning/search-table.ts';
import { chooseValues, withValues } from '../learning/search-values.ts';
import { checkRecipe, parseToml } from '../recipe.ts';
import type { RecipeFile } from '../recipe.ts';
import { stampFigures } from '../stamp-models/stamp-figures.ts';
import { drawLabels } from './draw-labels.ts';
import { readExposureSet } from './exposure-set.ts';
import { fitExposures } from './fit-exposures.ts';
import { openSetInputs } from './set-inputs.ts';
import { settledRecipe } from './train-exposures.ts';

/**
 * Tries the values of a recipe's `[search]` on labelled exposures out of fold, and ranks them by the metric of the exposures. Columns are
 * made once. The best one's own figure is flattered by having been chosen. Interrupted, it ranks what was tried.
 * @throws SurveyError RECIPE_INVALID for a recipe without `[search]`, a key that is not there or is none of a head, or a value it refuses
 */
export async function searchExposures(
  file: RecipeFile<ExposureRecipe>,
  options: SearchOptions & { readonly encoder?: string | undefined },
): Promise<SearchResult> {
  const { path, text } = file;
  const recipe = settledRecipe(file, options);
  const { search } = recipe;
  if (search === undefined)
    throw new SurveyError('RECIPE_INVALID', 'has no [search] that says which values to try', { path });
  const other = Object.keys(search.values).find((key) => !/^members\.\d+\./.test(key));
  if (other !== undefined) {
    throw new SurveyError(
      'RECIPE_INVALID',
      `search.values: '${other}' cannot be searched, only keys under 'members.'; compare recipes that differ in the rest`,
      { path },
    );
  }
  if (options.data === undefined)
    throw new SurveyError('OPTION_INVALID', 'say where the set of CCDs is with --data', { path });
  const raw = parseToml(text, path);
  const candidates = chooseValues(search, recipe.seed).map((values) => {
    const own = checkRecipe(withValues(raw, values, path), path) as ExposureRecipe;
    return {
      values,
      recipe: { ...own, inputs: recipe.inputs, split: { ...own.split, folds: search.folds } },
    };
  });
  const set = await readExposureSet(options.data, recipe.data.labels);
  const labels = drawLabels(set, recipe.data, recipe.seed);
  [...set.notes, ...labels.notes].forEach((note) => options.onNote?.(note));
  const threads = availableParallelism();
  const scratch = await mkdtemp(join(options.out === null ? tmpdir() : dirname(options.out), '.search-'));
  const inputs = await openSetInputs(set, recipe, { threads, path, cache: scratch });
  const trials: Trial[] = [];
  try {
    for (const { values, recipe: candidate } of candidates) {
      const trial = await tryValues(candidate, labels, inputs.rows, search.metric, {
        ...{ seed: recipe.seed, threads, signal: options.signal, folder: scratch },
        onNote: () => undefined,
      }).catch((error: unknown) => {
        if (options.signal?.aborted) return null;
        throw error;
      });
      if (trial === null) break;
      trials.push({ values, mean: trial, spread: null });
      trials.sort((a, b) => goodness(b, search.metric) - goodness(a, search.metric));
      const best = `${search.metric} ${trials[0].mean?.toFixed(4) ?? 'undefined'}`;
      options.onProgress?.(trials.length, candidates.length, best);
    }
  } finally {
    await inputs.close();
    await rm(scratch, { recursive: true, force: true });
  }
  const [best = null] = trials;
  if (options.out !== null && best !== null) {
    const how = `${trials.length} by ${search.metric} over ${search.folds} folds`;
    await writeBest(options.out, withValues(raw, best.values, path), how);
  }
  return {
    ...{ name: recipe.name, metric: search.metric, folds: search.folds, trials, best },
    out: best === null ? null : options.out,
    interrupted: options.signal?.aborted === true,
  };
}

/** The metric of labelled exposures out of fold; null where it is undefined. */
async function tryValues(
  recipe: ExposureRecipe,
  labels: Parameters<typeof fitExposures>[1],
  rows: Parameters<typeof fitExposures>[2],
  metric: string,
  context: Parameters<typeof fitExposures>[3],
): Promise<number | null> {
  const { heads, judged } = await fitExposures(recipe, labels, rows, context);
  for (const head of heads) await head.close();
  if (judged === null) return null;
  return stampFigures(judged.y, judged.probabilities, judged.categories)[metric] ?? null;
}

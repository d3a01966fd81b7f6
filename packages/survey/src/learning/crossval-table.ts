import type { ClassificationMetrics } from '@blemish/evaluate';
import type { RecipeFile } from '../recipe.ts';
import type { TableRecipe } from '../table-recipe.ts';
import { foldsOf, outOfFold, takeRows } from './fit-table.ts';
import type { LabelledRows } from './fit-table.ts';
import { loadTrainingTable } from './load-data.ts';
import { meanSpread } from './mean-spread.ts';
import type { MeanSpread } from './mean-spread.ts';
import { measureRows, rowFigures } from './measure.ts';

export interface CrossvalOptions {
  readonly data: string | undefined;
  /** Absent: the recipe's. */
  readonly folds?: number | undefined;
  readonly bootstrap?: number | undefined;
  readonly seed?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((share: number) => void) | undefined;
  readonly onNote?: ((note: string) => void) | undefined;
}

/** Figures of every training row by a model fitted without the row's fold. */
export interface CrossvalResult extends ClassificationMetrics {
  readonly name: string;
  readonly learner: string;
  readonly folds: number;
  /** Mean and standard deviation of each figure over the folds; null where it is undefined in one. */
  readonly overFolds: Readonly<Record<string, MeanSpread | null>>;
  readonly byFold: readonly {
    readonly n: number;
    readonly metrics: Readonly<Record<string, number | null>>;
  }[];
}

/**
 * K folds over the training table: classes spread evenly, whole groups together. Rows are decided for the likelier class by the
 * learner's own probabilities.
 * @throws SurveyError of the training table; TABLE_LABELS where a class has fewer members than folds; the abort of `signal`
 */
export async function crossvalTable(
  { recipe }: RecipeFile<TableRecipe>,
  options: CrossvalOptions,
): Promise<CrossvalResult> {
  const table = await loadTrainingTable(options.data, recipe);
  for (const note of table.notes) options.onNote?.(note);
  const { rows } = table;
  const folds = foldsOf(rows, options.folds ?? recipe.split.folds, recipe.split.seed);
  const scored = await outOfFold(rows, recipe, folds, {
    seed: options.seed ?? recipe.seed,
    signal: options.signal,
    onProgress: options.onProgress,
  });
  const probabilities = scored.probabilities.data;
  const byFold = folds.map(({ held }) => foldFigures(rows, probabilities, held));
  const pooled = measureRows(rows, probabilities, { threshold: null, samples: options.bootstrap });
  return {
    ...pooled,
    name: recipe.name,
    learner: recipe.model.learner,
    folds: folds.length,
    overFolds: Object.fromEntries(
      Object.keys(pooled.metrics).map((name) => [
        name,
        meanSpread(byFold.map(({ metrics }) => metrics[name])),
      ]),
    ),
    byFold,
  };
}

/** Figures without intervals of some rows. */
export function foldFigures(
  rows: LabelledRows,
  probabilities: Float64Array,
  held: Uint32Array,
): { readonly n: number; readonly metrics: Readonly<Record<string, number | null>> } {
  const k = rows.classes.length;
  const own = new Float64Array(held.length * k);
  held.forEach((row, i) => own.set(probabilities.subarray(row * k, (row + 1) * k), i * k));
  return { n: held.length, metrics: rowFigures(takeRows(rows, held), own) };
}

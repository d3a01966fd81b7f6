import type { ClassificationMetrics } from '@blemish/evaluate';
import type { RecipeFile } from '../recipe.ts';
import type { TableRecipe } from '../table-recipe.ts';
import { foldsOf, outOfFold, takeRows } from './fit-table.ts';
import type { Fold, LabelledRows } from './fit-table.ts';
import { loadTrainingTable } from './load-data.ts';
import type { LeftOut } from './row-types.ts';
import { meanSpread } from './mean-spread.ts';
import type { MeanSpread } from './mean-spread.ts';
import { measureRows, rowFigures } from './measure.ts';
import { PassCurve } from './pass-curve.ts';
import { tagFigures } from './tag-figures.ts';
import type { TagFigure } from './tag-figures.ts';

export interface CrossvalOptions {
  readonly data: string | undefined;
  /** Absent: the recipe's. */
  readonly folds?: number | undefined;
  /** Foldings to average over; absent: the recipe's. */
  readonly repeats?: number | undefined;
  /** Column whose rows are kept together, instead of the recipe's. */
  readonly group?: string | undefined;
  /** Look at the held-out rows each so many passes of networks over frames; nothing is chosen by it. */
  readonly watch?: number | undefined;
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
  /** Foldings. Intervals, folds, passes and words are of the first. */
  readonly repeats: number;
  /** Mean and standard deviation over the foldings of each figure of all rows. */
  readonly overRepeats: Readonly<Record<string, MeanSpread | null>>;
  /** What kept rows together: a column, or nothing. */
  readonly group: string | null;
  /** ROC AUC of the held-out rows after so many passes, over the folds; empty where it was not asked for. */
  readonly byPass: readonly ({ readonly pass: number } & MeanSpread)[];
  /** Two classes: share of rows flagged, by the words of the rows; empty without words. */
  readonly byTag: readonly TagFigure[];
  /** Rows left out for want of usable frames, each with its reason. */
  readonly leftOut: readonly LeftOut[];
  readonly notes: readonly string[];
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
  { recipe: read }: RecipeFile<TableRecipe>,
  options: CrossvalOptions,
): Promise<CrossvalResult> {
  const { group = read.data.group } = options;
  const recipe: TableRecipe = { ...read, data: { ...read.data, group } };
  const table = await loadTrainingTable(options.data, recipe);
  const { rows } = table;
  const repeats = options.repeats ?? recipe.split.repeats;
  const passes = new PassCurve();
  const answers: Float64Array[] = [];
  let folds: readonly Fold[] = [];
  for (let k = 0; k < repeats; k++) {
    const folding = foldsOf(rows, options.folds ?? recipe.split.folds, recipe.split.seed + k);
    if (k === 0) folds = folding;
    const scored = await outOfFold(rows, recipe, folding, {
      seed: options.seed ?? recipe.seed,
      signal: options.signal,
      onProgress: (share) => options.onProgress?.((k + share) / repeats),
      onPass: k === 0 ? passes.watch(options.watch) : undefined,
    });
    answers.push(scored.probabilities.data);
  }
  const [probabilities] = answers;
  const byPass = passes.over();
  const unwatched =
    options.watch !== undefined && byPass.length === 0
      ? [`'${recipe.model.learner}' has no passes to watch`]
      : [];
  const notes = [...table.notes, ...unwatched];
  for (const note of notes) options.onNote?.(note);
  const byFold = folds.map(({ held }) => foldFigures(rows, probabilities, held));
  const pooled = measureRows(rows, probabilities, { threshold: null, samples: options.bootstrap });
  const figures = answers.map((each) => rowFigures(rows, each));
  const over = (values: readonly Readonly<Record<string, number | null>>[]) =>
    Object.fromEntries(
      Object.keys(pooled.metrics).map((name) => [name, meanSpread(values.map((each) => each[name]))]),
    );
  return {
    ...pooled,
    name: recipe.name,
    learner: recipe.model.learner,
    folds: folds.length,
    group: group ?? null,
    byPass,
    byTag: tagFigures(rows, probabilities, 0.5),
    leftOut: rows.leftOut ?? [],
    notes,
    repeats,
    overRepeats: over(figures),
    overFolds: over(byFold.map(({ metrics }) => metrics)),
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

import { comparePaired } from '@blemish/evaluate';
import type { ClassificationMetrics, Interval, McNemar, PairedDifference } from '@blemish/evaluate';
import { SurveyError } from '../errors.ts';
import type { RecipeFile } from '../recipe.ts';
import type { TableRecipe } from '../table-recipe.ts';
import { fitRows, foldsOf, outOfFold } from './fit-table.ts';
import type { Fold, LabelledRows } from './fit-table.ts';
import { describeFile, hasTable, loadLabelledTable, loadTrainingTable, tablePath } from './load-data.ts';
import type { DataFile, TrainingTable } from './load-data.ts';
import { meanSpread } from './mean-spread.ts';
import { measureRows } from './measure.ts';
import { scoreRows } from './scores.ts';

export interface CompareTablesOptions {
  readonly data: string | undefined;
  /** Trainings of each recipe; absent: as many as the recipe says. */
  readonly seeds?: number | undefined;
  readonly bootstrap?: number | undefined;
  /** First training seed, instead of the recipes'. */
  readonly seed?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((done: number, total: number, message: string) => void) | undefined;
  readonly onNote?: ((note: string) => void) | undefined;
}

/** A figure with its interval at the first training seed, and over all training seeds. */
export type SeededFigure = Interval & {
  /** Mean and standard deviation over the training seeds; null where the figure is undefined. */
  readonly mean: number | null;
  readonly spread: number | null;
  readonly bySeed: readonly (number | null)[];
};

/** One line of the comparison. */
export interface ComparedModel {
  readonly name: string;
  /** Null: the majority, which the others must beat. */
  readonly recipe: string | null;
  readonly learner: string;
  readonly auc: SeededFigure;
  readonly accuracy: SeededFigure;
  /** Everything measured at the first training seed. */
  readonly metrics: ClassificationMetrics['metrics'];
  readonly seeds: readonly number[];
  /** Two seeds gave the same probabilities, so the others were not trained. */
  readonly deterministic: boolean;
  /** Seconds, medians over the trainings; the machine may have been busy. */
  readonly seconds: { readonly fit: number; readonly predict: number };
  /** Difference to the first of the table on the same rows; null for the first itself. */
  readonly behind: {
    readonly auc: PairedDifference;
    readonly accuracy: PairedDifference;
    /** Of the decisions. */
    readonly mcnemar: McNemar;
  } | null;
}

export interface TableComparison {
  readonly data: string;
  /** Which rows the figures are of. */
  readonly measuredOn: string;
  readonly n: number;
  readonly trained: number;
  readonly classes: readonly string[];
  /** The best ROC AUC first, the majority last. */
  readonly models: readonly ComparedModel[];
  readonly files: readonly DataFile[];
  readonly interrupted: boolean;
}

/** What the models of a comparison share: rows to learn from, and rows to measure on. */
interface Setting {
  readonly table: TrainingTable;
  /** Null: every training row out of its fold. */
  readonly test: LabelledRows | null;
  readonly folds: readonly Fold[];
}

/**
 * Trains several recipes on one split and measures all on the same rows: the test table where there is one, else the training rows out
 * of fold, in the folds of the first recipe. Rows are decided for the likelier class by the learner's own probabilities; calibration and
 * threshold are the business of `train`. Interrupted, it gives the recipes done.
 * @throws SurveyError of the training table, and where recipes name other labels than the first
 */
export async function compareTables(
  files: readonly RecipeFile<TableRecipe>[],
  options: CompareTablesOptions,
): Promise<TableComparison> {
  const [first] = files;
  const setting = await openSetting(first.recipe, options);
  const baseline: TableRecipe = {
    ...first.recipe,
    name: 'majority',
    steps: [],
    model: { learner: 'majority' },
  };
  const entries = [
    ...files.map(({ path, recipe }) => ({ path, recipe })),
    {
      path: null,
      recipe: { ...baseline, training: { ...baseline.training, seeds: 1, class_weights: undefined } },
    },
  ];
  const total = entries.reduce((sum, { recipe }) => sum + seedsOf(recipe, options).length, 0);
  const done: { readonly model: Omit<ComparedModel, 'behind'>; readonly probabilities: Float64Array }[] = [];
  let fits = 0;
  let measured = setting;
  for (const { path, recipe } of entries) {
    try {
      const own = sameData(recipe, first.recipe) ? setting : await openSetting(recipe, options);
      checkSame(own, setting, path ?? 'majority');
      measured = own;
      const result = await compareOne(recipe, path, own, options, () =>
        options.onProgress?.(++fits, total, `'${recipe.name}'`),
      );
      done.push(result);
    } catch (error) {
      if (options.signal?.aborted) break;
      throw error;
    }
  }
  const rows = measured.test ?? measured.table.rows;
  const ranked = [...done].sort((a, b) => rank(b.model) - rank(a.model));
  const trained = setting.table.rows;
  const used: DataFile[] = [];
  for (const path of setting.table.files) used.push(await describeFile(path, trained.x.rows));
  if (setting.test !== null) used.push(await describeFile(setting.test.path, setting.test.x.rows));
  return {
    data: options.data!,
    measuredOn:
      setting.test === null ? `training rows out of ${setting.folds.length} folds` : used.at(-1)!.name,
    n: rows.x.rows,
    trained: trained.x.rows,
    classes: rows.classes,
    models: ranked.map(({ model, probabilities }, k) => ({
      ...model,
      behind: k === 0 ? null : behind(rows, probabilities, ranked[0].probabilities, options),
    })),
    files: used,
    interrupted: options.signal?.aborted === true,
  };
}

async function openSetting(recipe: TableRecipe, { data, onNote }: CompareTablesOptions): Promise<Setting> {
  const table = await loadTrainingTable(data, recipe);
  for (const note of table.notes) onNote?.(note);
  // A single table has no test table beside it that anybody meant.
  const path = await tablePath(data!, recipe.data.test);
  const test =
    path !== data && (await hasTable(path))
      ? (await loadLabelledTable(path, table.roles, table.classes, recipe.data)).rows
      : null;
  const folds = test === null ? foldsOf(table.rows, recipe.split.folds, recipe.split.seed) : [];
  return { table, test, folds };
}

function sameData(a: TableRecipe, b: TableRecipe): boolean {
  return JSON.stringify([a.data, a.split]) === JSON.stringify([b.data, b.split]);
}

function checkSame({ table, test }: Setting, first: Setting, name: string): void {
  const same = (a: LabelledRows | null, b: LabelledRows | null) =>
    a === b ||
    (a !== null && b !== null && a.y.length === b.y.length && a.y.every((label, i) => label === b.y[i]));
  const sameClasses = table.classes.names.join('\n') === first.table.classes.names.join('\n');
  if (sameClasses && same(table.rows, first.table.rows) && same(test, first.test)) return;
  throw new SurveyError(
    'RECIPE_INVALID',
    'has other rows, labels or classes than the first recipe: compare them apart',
    {
      path: name,
    },
  );
}

function seedsOf({ seed, training }: TableRecipe, options: CompareTablesOptions): readonly number[] {
  const from = options.seed ?? seed;
  return Array.from({ length: options.seeds ?? training.seeds }, (_, k) => from + k);
}

async function compareOne(
  recipe: TableRecipe,
  path: string | null,
  setting: Setting,
  options: CompareTablesOptions,
  onFit: () => void,
): Promise<{ readonly model: Omit<ComparedModel, 'behind'>; readonly probabilities: Float64Array }> {
  const rows = setting.test ?? setting.table.rows;
  const seeds = seedsOf(recipe, options);
  const answers: Float64Array[] = [];
  const fit: number[] = [];
  const predict: number[] = [];
  let deterministic = false;
  for (const seed of seeds) {
    options.signal?.throwIfAborted();
    if (deterministic) {
      answers.push(answers[0]);
    } else {
      const answer = await answerOf(recipe, setting, seed, options);
      fit.push(answer.fit);
      predict.push(answer.predict);
      answers.push(answer.probabilities);
      deterministic = answers.length === 2 && equal(answers[0], answers[1]);
      if (seed === seeds[0])
        for (const note of answer.warnings) options.onNote?.(`'${recipe.name}': ${note}`);
    }
    onFit();
  }
  const full = measureRows(rows, answers[0], { threshold: null, samples: options.bootstrap });
  // The seeds after the first need no intervals.
  const values = answers.map((probabilities, k) =>
    k === 0 || deterministic ? full : measureRows(rows, probabilities, { threshold: null, samples: 1 }),
  );
  return {
    probabilities: answers[0],
    model: {
      name: recipe.name,
      recipe: path,
      learner: recipe.model.learner,
      auc: seeded('auc', values),
      accuracy: seeded('accuracy', values),
      metrics: full.metrics,
      seeds,
      deterministic,
      seconds: { fit: median(fit), predict: median(predict) },
    },
  };
}

async function answerOf(
  recipe: TableRecipe,
  { table, test, folds }: Setting,
  seed: number,
  { signal }: CompareTablesOptions,
): Promise<{
  readonly probabilities: Float64Array;
  readonly fit: number;
  readonly predict: number;
  readonly warnings: readonly string[];
}> {
  const started = performance.now();
  if (test === null) {
    const scored = await outOfFold(table.rows, recipe, folds, { seed, signal });
    const seconds = (performance.now() - started) / 1000;
    return { probabilities: scored.probabilities.data, fit: seconds, predict: 0, warnings: [] };
  }
  const pipeline = await fitRows(table.rows, recipe, { seed, signal });
  const fitted = performance.now();
  const { probabilities } = await scoreRows(pipeline, test.x);
  const ended = performance.now();
  await pipeline.close?.();
  return {
    probabilities: probabilities.data,
    fit: (fitted - started) / 1000,
    predict: (ended - fitted) / 1000,
    warnings: pipeline.warnings,
  };
}

function seeded(name: string, values: readonly ClassificationMetrics[]): SeededFigure {
  const bySeed = values.map(({ metrics }) => metrics[name].value);
  const over = meanSpread(bySeed);
  return {
    ...values[0].metrics[name],
    mean: over?.mean ?? null,
    spread: over?.spread ?? null,
    bySeed,
  };
}

/** The baseline is last whatever it reaches. */
function rank({ recipe, auc, accuracy }: Omit<ComparedModel, 'behind'>): number {
  return recipe === null ? -1 : (auc.mean ?? accuracy.mean ?? 0);
}

function behind(
  { y, classes, groups }: LabelledRows,
  probabilities: Float64Array,
  best: Float64Array,
  { bootstrap = 1000 }: CompareTablesOptions,
): ComparedModel['behind'] {
  const { metrics, mcnemar } = comparePaired(y, probabilities, best, {
    classes,
    samples: bootstrap,
    ...(groups === null ? {} : { groups }),
  });
  return { auc: metrics['auc'], accuracy: metrics['accuracy'], mcnemar };
}

function equal(a: Float64Array, b: Float64Array): boolean {
  return a.every((value, i) => value === b[i]);
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1];
}

import { SurveyError } from '../errors.ts';
import type { TableRecipe } from '../table-recipe.ts';
import { fitRows, foldsOf, outOfFold } from './fit-table.ts';
import type { Fold, LabelledRows } from './fit-table.ts';
import {
  describeFile,
  hasTable,
  loadLabelledTable,
  loadTrainingTable,
  readingBeside,
  tablePath,
} from './load-data.ts';
import type { DataFile, TrainingTable } from './load-data.ts';
import { sharedRows } from './shared-rows.ts';
import { scoreRows } from './scores.ts';

/** What the models of an experiment share: rows to learn from, and rows to measure on. */
export interface Setting {
  readonly table: TrainingTable;
  /** Null: every training row out of its fold. */
  readonly test: LabelledRows | null;
  /** Foldings, of which each training seed takes the next one; none where there is a test table. */
  readonly foldings: readonly (readonly Fold[])[];
}

/** Reads the tables a recipe names; the training rows are judged out of fold where there is no test table. */
export async function openSetting(
  recipe: TableRecipe,
  {
    data,
    onNote,
  }: { readonly data: string | undefined; readonly onNote?: ((note: string) => void) | undefined },
): Promise<Setting> {
  const table = await loadTrainingTable(data, recipe);
  for (const note of table.notes) onNote?.(note);
  // A single table has no test table beside it that anybody meant.
  const path = await tablePath(data!, recipe.data.test);
  const test =
    path !== data && path !== table.rows.path && (await hasTable(path))
      ? (await loadLabelledTable(path, table.roles, table.classes, readingBeside(recipe.data, table.rows)))
          .rows
      : null;
  if (test !== null) for (const note of sharedRows(table.rows, test)) onNote?.(note);
  const { folds, seed, repeats } = recipe.split;
  const foldings =
    test === null ? Array.from({ length: repeats }, (_, k) => foldsOf(table.rows, folds, seed + k)) : [];
  return { table, test, foldings };
}

/** The setting of another recipe of the same experiment, in the folds of the first. @throws SurveyError RECIPE_INVALID where its rows or labels are others */
export async function settingBeside(
  first: { readonly recipe: TableRecipe; readonly setting: Setting },
  recipe: TableRecipe,
  name: string,
  options: Parameters<typeof openSetting>[1],
): Promise<Setting> {
  if (sameData(recipe, first.recipe)) return first.setting;
  const own = await openSetting(recipe, options);
  checkSame(own, first.setting, name);
  return { ...own, foldings: first.setting.foldings };
}

function sameData(a: TableRecipe, b: TableRecipe): boolean {
  return JSON.stringify([a.data, a.split]) === JSON.stringify([b.data, b.split]);
}

function checkSame({ table, test }: Setting, first: Setting, name: string): void {
  const same = (a: LabelledRows | null, b: LabelledRows | null) =>
    a === b ||
    (a !== null &&
      b !== null &&
      a.y.length === b.y.length &&
      a.y.every((label, i) => label === b.y[i]) &&
      (a.ids === null || b.ids === null || a.ids.every((id, i) => id === b.ids![i])));
  const sameClasses = table.classes.names.join('\n') === first.table.classes.names.join('\n');
  if (sameClasses && same(table.rows, first.table.rows) && same(test, first.test)) return;
  throw new SurveyError(
    'RECIPE_INVALID',
    'has other rows, labels or classes than the first recipe: compare them apart',
    { path: name },
  );
}

/** Rows the figures are of. */
export function measuredRows({ table, test }: Setting): LabelledRows {
  return test ?? table.rows;
}

/** The files of an experiment, and which rows its figures are of, in words. */
export async function describeSetting({ table, test, foldings }: Setting): Promise<{
  readonly measuredOn: string;
  readonly files: readonly DataFile[];
}> {
  const files: DataFile[] = [];
  for (const file of table.rows.files) files.push(await describeFile(file));
  if (test === null) {
    const several = foldings.length > 1 ? `, ${foldings.length} foldings` : '';
    return { measuredOn: `training rows out of ${foldings[0].length} folds${several}`, files };
  }
  const measured = await describeFile(test.files[0]);
  return { measuredOn: measured.name, files: [...files, measured] };
}

/** Training seeds of a recipe in an experiment. */
export function seedsOf(
  { seed, training }: TableRecipe,
  asked: { readonly seed?: number | undefined; readonly seeds?: number | undefined },
): readonly number[] {
  const from = asked.seed ?? seed;
  return Array.from({ length: asked.seeds ?? training.seeds }, (_, k) => from + k);
}

/** What one training of a recipe says of the measured rows. */
export interface Answer {
  /** [rows, classes] */
  readonly probabilities: Float64Array;
  /** Seconds. */
  readonly fit: number;
  readonly predict: number;
  readonly warnings: readonly string[];
}

export interface AnswersContext {
  readonly signal?: AbortSignal | undefined;
  /** Called once for each seed. */
  readonly onFit?: (() => void) | undefined;
}

/**
 * One answer for each training seed. Where the first two are equal the learner takes no chances, and the others are not trained.
 * @throws the abort of `signal`
 */
export async function answersOf(
  recipe: TableRecipe,
  setting: Setting,
  seeds: readonly number[],
  { signal, onFit }: AnswersContext,
): Promise<{ readonly answers: readonly Answer[]; readonly deterministic: boolean }> {
  const answers: Answer[] = [];
  let deterministic = false;
  for (const [k, seed] of seeds.entries()) {
    signal?.throwIfAborted();
    const folds = setting.foldings[k % setting.foldings.length] ?? [];
    answers.push(deterministic ? answers[0] : await answerOf(recipe, setting, folds, seed, signal));
    if (answers.length === 2) deterministic = equal(answers[0].probabilities, answers[1].probabilities);
    onFit?.();
  }
  return { answers, deterministic };
}

async function answerOf(
  recipe: TableRecipe,
  { table, test }: Setting,
  folds: readonly Fold[],
  seed: number,
  signal: AbortSignal | undefined,
): Promise<Answer> {
  const started = performance.now();
  if (test === null) {
    const scored = await outOfFold(table.rows, recipe, folds, { seed, signal });
    const seconds = (performance.now() - started) / 1000;
    return { probabilities: scored.probabilities.data, fit: seconds, predict: 0, warnings: [] };
  }
  const pipeline = await fitRows(table.rows, recipe, { seed, signal });
  const fitted = performance.now();
  const { probabilities } = await scoreRows(pipeline, test);
  const ended = performance.now();
  await pipeline.close?.();
  return {
    probabilities: probabilities.data,
    fit: (fitted - started) / 1000,
    predict: (ended - fitted) / 1000,
    warnings: pipeline.warnings,
  };
}

function equal(a: Float64Array, b: Float64Array): boolean {
  return a.every((value, i) => value === b[i]);
}

import { fitSteps } from '@blemish/learn';
import type { FittedSteps, Matrix, PipelineSpec } from '@blemish/learn';
import { SurveyError } from '../errors.ts';
import type { TableRecipe } from '../table-recipe.ts';
import { recipeSteps } from '../table-recipe.ts';
import { checkFeatures } from './check-features.ts';
import { canonicalLabel, classMap, classNumbers } from './class-map.ts';
import { readFeatureRows } from './table-rows.ts';
import type { TableRows } from './row-types.ts';

/** Which columns of a table are what: a recipe says it, or the options do. */
export interface FeatureChoice {
  readonly recipe: TableRecipe | null;
  /** Without a recipe. */
  readonly label?: string | undefined;
  /** Without a recipe. */
  readonly id?: string | undefined;
  /** Without a recipe: patterns of columns that are no features. */
  readonly exclude?: readonly string[] | undefined;
  /** Without a recipe: patterns of the columns that are features; absent: all of numbers. */
  readonly features?: readonly string[] | undefined;
}

/** Rows of a table as points between which distances mean something. */
export interface FeatureSpace {
  readonly rows: TableRows;
  /** What the steps make of the rows; no value is missing. */
  readonly x: Matrix;
  readonly steps: readonly string[];
  /** Name of the class of each row; '' where the file says none. Null without a label column. */
  readonly labels: readonly string[] | null;
}

interface Fitting {
  readonly seed: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Reads a table and applies the recipe's steps, fitted on its own rows, completed by `distanceSteps`. The label is never a feature.
 * @throws SurveyError of `readFeatureRows`, TABLE_VALUES, TABLE_LABELS where a step needs labels and the table has none
 */
export async function openFeatureSpace(
  path: string,
  { recipe, label, id, exclude = [], features }: FeatureChoice,
  fitting: Fitting,
): Promise<FeatureSpace> {
  const settings =
    recipe === null
      ? { label, id, exclude: [...exclude], ...(features && { features: [...features] }) }
      : recipe.data;
  const rows = await readFeatureRows(path, { ...settings, numbersOnly: recipe === null });
  const steps = distanceSteps(recipe === null ? [] : recipeSteps(recipe));
  checkFeatures(rows, { steps, learner: { name: 'knn' } });
  const fitted = await fitFeatures(rows.x, rows.roles.features, steps, {
    ...fitting,
    path,
    labels: labelsFor(steps, rows, recipe),
  });
  return {
    rows,
    x: fitted.apply(rows.x),
    steps: steps.map(({ name }) => name),
    labels: rows.labels?.map((text) => recipe?.data.classes?.[canonicalLabel(text)] ?? text) ?? null,
  };
}

const scaling: readonly string[] = ['standard-scale', 'min-max-scale', 'robust-scale', 'rank-scale', 'pca'];

/** Steps with what distances need in addition. */
export function distanceSteps(steps: PipelineSpec['steps']): PipelineSpec['steps'] {
  const { before, after } = lackingSteps(steps.map(({ name }) => name));
  return [...before, ...steps, ...after];
}

/** What distances need beside these steps: medians for missing values, and one scale for all columns where no step sees to it. */
export function lackingSteps(names: readonly string[]): {
  readonly before: PipelineSpec['steps'];
  readonly after: PipelineSpec['steps'];
} {
  return {
    before: names.includes('impute') ? [] : [{ name: 'impute' }],
    after: names.some((name) => scaling.includes(name)) ? [] : [{ name: 'standard-scale' }],
  };
}

/** Fits steps on rows of which the labels may be unknown. @throws SurveyError TABLE_REFUSED with what a step said */
export async function fitFeatures(
  x: Matrix,
  columns: readonly string[],
  steps: PipelineSpec['steps'],
  { seed, signal, path, labels }: Fitting & { readonly path: string; readonly labels: StepLabels | null },
): Promise<FittedSteps> {
  if (x.rows < 2) throw new SurveyError('TABLE_VALUES', '1 row: nothing to compare it with', { path });
  // Steps that look at no labels only check that there are some.
  const { y, classes } = labels ?? { y: Int32Array.from({ length: x.rows }, (_, i) => i % 2), classes: 2 };
  try {
    return await fitSteps(steps, { x, y, classes, columns }, { seed, ...(signal && { signal }) });
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new SurveyError('TABLE_REFUSED', cause.message, { path, cause });
  }
}

/** Class numbers of rows. */
export interface StepLabels {
  readonly y: ArrayLike<number>;
  readonly classes: number;
}

/** Class numbers for a step that chooses columns by them; null where no step does. */
function labelsFor(
  steps: PipelineSpec['steps'],
  { labels, roles, path, originOf }: TableRows,
  recipe: TableRecipe | null,
): StepLabels | null {
  if (recipe === null || !steps.some(({ name }) => name === 'select-features')) return null;
  if (labels === null) {
    throw new SurveyError(
      'TABLE_LABELS',
      `the step 'select-features' chooses columns by the label '${recipe.data.label}', which the table does not have`,
      { path },
    );
  }
  const classes = classMap(labels, recipe.data, path);
  return {
    y: classNumbers(labels, classes, roles.label!, (row) => originOf(row, roles.label)),
    classes: classes.names.length,
  };
}

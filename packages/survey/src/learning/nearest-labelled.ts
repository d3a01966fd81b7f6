import { resolve } from 'node:path';
import { metrics, nearestNeighbors } from '@blemish/learn';
import type { FittedPipeline, Matrix, Metric } from '@blemish/learn';
import { SurveyError } from '../errors.ts';
import { readRecipeFor } from '../recipe.ts';
import { recipeSteps } from '../table-recipe.ts';
import type { Column, Row } from '../tables/index.ts';
import { distanceSteps, fitFeatures, lackingSteps } from './feature-space.ts';
import type { LabelledRows } from './fit-table.ts';
import { loadLabelledTable, loadTrainingTable, tablePath } from './load-data.ts';
import { idColumn, writeRows } from './predictions.ts';
import { openTableModel } from './table-model.ts';
import { readRows } from './table-rows.ts';
import { refusalError } from './scores.ts';
import type { SourceRows } from './scores.ts';
import type { ColumnRoles } from './row-types.ts';
import type { TableReading } from './table-rows.ts';

/** `minkowski` is left out: it would want an exponent. */
export const neighborMetrics = metrics.filter((name) => name !== 'minkowski');
export type NeighborMetric = Metric;

export interface NearestLabelledOptions {
  /** Labelled table, or the folder that holds the recipe's training table. */
  readonly reference: string;
  /** 5 where absent. */
  readonly k?: number | undefined;
  /** `euclidean` where absent. */
  readonly metric?: NeighborMetric | undefined;
  /** Table to write, its format by its ending; null: none. */
  readonly out: string | null;
  readonly seed?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

export interface NearestLabelled {
  readonly table: string;
  readonly reference: string;
  readonly n: number;
  readonly k: number;
  readonly metric: NeighborMetric;
  readonly steps: readonly string[];
  readonly notes: readonly string[];
  readonly out: string | null;
  readonly columns: readonly Column[];
  /** `k` for each row of the table, in its order, from near to far. */
  readonly rows: readonly Row[];
}

/**
 * The labelled rows nearest to each row of a table, in the space that the steps of a model or recipe make, completed by what distances need.
 * Where table and reference are one file no row is its own neighbor.
 * @throws SurveyError OPTION_INVALID for more neighbors than there are, MODEL_…, RECIPE_INVALID, TABLE_…, OUTPUT_UNWRITABLE, DISK_FULL
 */
export async function nearestLabelled(
  modelOrRecipe: string,
  path: string,
  options: NearestLabelledOptions,
): Promise<NearestLabelled> {
  const { k = 5, metric = 'euclidean', out, signal, onProgress } = options;
  const space = await (/\.toml$/i.test(modelOrRecipe) ? recipeSpace : modelSpace)(modelOrRecipe, options);
  const { reference, roles } = space;
  const table = await readRows(path, { ...roles, label: null, group: null }, space.reading);
  const skipSelf = resolve(path) === resolve(reference.path) && table.x.rows === reference.x.rows;
  const available = reference.x.rows - (skipSelf ? 1 : 0);
  if (k > available) {
    throw new SurveyError('OPTION_INVALID', `${k} neighbours of ${available} labelled rows: give fewer`, {
      path: reference.path,
    });
  }
  onProgress?.(0, table.x.rows);
  const near = await nearestNeighbors(applied(space, reference), applied(space, table), k, {
    metric,
    skipSelf,
    signal,
  });
  onProgress?.(table.x.rows, table.x.rows);
  const rows = Array.from(near.indices, (other, at): Row => {
    const i = Math.floor(at / k);
    return {
      ...(table.ids === null ? {} : { [roles.id!]: table.ids[i] }),
      row: table.originOf(i).row,
      rank: (at % k) + 1,
      label: reference.classes[reference.y[other]],
      distance: near.distances[at],
      reference_path: reference.originOf(other).path,
      reference_row: reference.originOf(other).row,
      ...(reference.ids === null ? {} : { reference_id: reference.ids[other] }),
    };
  });
  const columns = neighborColumns(roles.id, table.ids !== null, reference.ids !== null);
  const { steps } = space;
  if (out !== null) {
    const metadata = { reference: reference.path, metric, steps: steps.join(' ') };
    await writeRows(out, columns, rows, metadata);
  }
  return {
    table: path,
    reference: reference.path,
    n: table.x.rows,
    k,
    metric,
    steps,
    notes: [...space.notes, ...table.notes],
    out,
    columns,
    rows,
  };
}

function neighborColumns(id: string | null, named: boolean, referenceNamed: boolean): readonly Column[] {
  const own: readonly Column[] = [
    { name: 'row', type: 'int', description: 'row of the file, from 1; the header does not count' },
    { name: 'rank', type: 'int', description: '1 for the nearest labelled row' },
    { name: 'label', type: 'string', description: 'class of the labelled row' },
    { name: 'distance', type: 'double', description: 'between the two rows after the steps' },
    { name: 'reference_path', type: 'string', description: 'file the labelled row is from' },
    { name: 'reference_row', type: 'int', description: 'row of that file, from 1' },
    ...(referenceNamed
      ? [{ name: 'reference_id', type: 'string', description: "the labelled row's name" } as const]
      : []),
  ];
  const [row, ...rest] = own;
  return [
    row,
    ...idColumn(
      named ? id : null,
      own.map(({ name }) => name),
    ),
    ...rest,
  ];
}

/** Labelled rows, how to read others like them, and what makes points of both. */
interface LabelledSpace {
  readonly reference: LabelledRows;
  readonly roles: ColumnRoles;
  readonly reading: TableReading;
  readonly steps: readonly string[];
  readonly notes: readonly string[];
  apply(x: Matrix): Matrix;
}

/** Steps of a fitted model as they are; those that distances lack are fitted on the reference. */
async function modelSpace(
  pathOrName: string,
  { reference: data, seed = 0, signal }: NearestLabelledOptions,
): Promise<LabelledSpace> {
  const { pipeline: fitted, bundle } = await openTableModel(pathOrName);
  if (!('steps' in fitted)) {
    throw new SurveyError('MODEL_TASK', 'is a stack of several models: nothing makes points of rows in it', {
      path: pathOrName,
    });
  }
  const pipeline = fitted as FittedPipeline;
  const { columns: roles, classes, labels, reading } = bundle.description;
  const path = await tablePath(data, 'train.csv');
  const { rows, notes } = await loadLabelledTable(path, roles, { names: classes, labels }, reading);
  const steps = pipeline.steps.map(({ kind }) => kind);
  const { before, after } = lackingSteps(steps);
  const more = [...before, ...after];
  const seen = pipeline.transform(rows.x);
  const space = await fitFeatures(seen, pipeline.learnerNames, more, { seed, signal, path, labels: null });
  await pipeline.close?.();
  return {
    reference: rows,
    roles,
    reading,
    notes,
    steps: [...steps, ...more.map(({ name }) => name)],
    apply: (x) => space.apply(pipeline.transform(x)),
  };
}

async function recipeSpace(
  recipePath: string,
  { reference: data, seed = 0, signal }: NearestLabelledOptions,
): Promise<LabelledSpace> {
  const { recipe } = await readRecipeFor(recipePath, 'table', 'sequence');
  const { rows, roles, notes } = await loadTrainingTable(data, recipe);
  const steps = distanceSteps(recipeSteps(recipe));
  const fitted = await fitFeatures(rows.x, roles.features, steps, {
    seed,
    signal,
    path: rows.path,
    labels: { y: rows.y, classes: rows.classes.length },
  });
  return {
    reference: rows,
    roles,
    reading: recipe.data,
    notes,
    steps: steps.map(({ name }) => name),
    apply: (x) => fitted.apply(x),
  };
}

/** @throws SurveyError TABLE_REFUSED with what a step said, by file and row */
function applied(space: LabelledSpace, rows: SourceRows): Matrix {
  try {
    return space.apply(rows.x);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw refusalError(cause, rows);
  }
}

import { createReadStream } from 'node:fs';
import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { SurveyError } from '../errors.ts';
import { parseSelector } from '../inputs/selector.ts';
import { modelSpec } from '../table-recipe.ts';
import type { TableRecipe } from '../table-recipe.ts';
import { checkFeatures } from './check-features.ts';
import { classMap, classNumbers } from './class-map.ts';
import type { ClassMap } from './class-map.ts';
import type { LabelledRows } from './fit-table.ts';
import { readRows, readTrainingRows } from './table-rows.ts';
import type { ColumnRoles, ReadFile, TableRows } from './row-types.ts';
import type { TableReading } from './table-rows.ts';

/** The rows a model is trained on, with what must be known to read others for it. */
export interface TrainingTable {
  readonly rows: LabelledRows;
  readonly roles: ColumnRoles;
  readonly classes: ClassMap;
  readonly notes: readonly string[];
}

/** A file that was used, for provenance. */
export interface DataFile {
  readonly name: string;
  readonly sha256: string;
  readonly rows: number;
}

/**
 * Reads the training table: `data` is the file itself, or the folder in which the recipe names it.
 * @throws SurveyError of `openTable`, TABLE_COLUMN_MISSING, TABLE_TEXT, TABLE_LABELS, TABLE_VALUES, OPTION_INVALID
 */
export async function loadTrainingTable(
  data: string | undefined,
  recipe: TableRecipe,
): Promise<TrainingTable> {
  if (data === undefined) {
    throw new SurveyError(
      'OPTION_INVALID',
      `give the table, or the folder that holds ${recipe.data.train}, with --data`,
    );
  }
  const path = await tablePath(data, recipe.data.stack?.[0].file ?? recipe.data.train);
  const rows = await readTrainingRows(path, recipe.data);
  const classes = classMap(rows.labels!, recipe.data, path);
  const spec = modelSpec(recipe, classes.names);
  if ('pipeline' in spec) checkFeatures(rows, spec.pipeline);
  return {
    rows: labelled(rows, classes),
    roles: rows.roles,
    classes,
    notes: rows.notes,
  };
}

/** Reads a table with labels for a model that knows its columns and classes. */
export async function loadLabelledTable(
  path: string,
  roles: ColumnRoles,
  classes: ClassMap,
  reading: TableReading,
): Promise<{ readonly rows: LabelledRows; readonly notes: readonly string[] }> {
  const rows = await readRows(path, roles, reading);
  return { rows: labelled(rows, classes), notes: rows.notes };
}

function labelled(rows: TableRows, classes: ClassMap): LabelledRows {
  const { path, files, originOf, x, roles, groups, ids, tags, frameNumbers, leftOut } = rows;
  const y = classNumbers(rows.labels!, classes, roles.label!, (row) => originOf(row, roles.label));
  return {
    path,
    files,
    originOf,
    x,
    features: roles.features,
    y,
    classes: classes.names,
    groups,
    ids,
    tags,
    frameNumbers,
    leftOut,
  };
}

/** How other tables are read for a model that learned from these rows: frames of the same width. */
export function readingBeside<T extends TableReading>(reading: T, { x }: LabelledRows): T {
  const { frames } = reading;
  if (frames === undefined || x.sequences === undefined) return reading;
  return { ...reading, frames: { ...frames, numbers: x.sequences.features } };
}

/** The file that `--data` means: itself, or `name` in the folder it is. @throws SurveyError INPUT_NOT_FOUND */
export async function tablePath(data: string, name: string): Promise<string> {
  const { path } = parseSelector(data);
  const kind = await stat(path).catch((cause: unknown) => {
    throw new SurveyError('INPUT_NOT_FOUND', 'no such file or folder', { path, cause });
  });
  return kind.isDirectory() ? join(data, name) : data;
}

/** Is the table there? */
export async function hasTable(path: string): Promise<boolean> {
  return stat(parseSelector(path).path).then(
    (kind) => kind.isFile(),
    () => false,
  );
}

/** A file for provenance, with the rows it has itself. */
export async function describeFile({ path, rows }: ReadFile): Promise<DataFile> {
  const hash = createHash('sha256');
  const file = parseSelector(path).path;
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return { name: basename(file), sha256: hash.digest('hex'), rows };
}

import { matrix } from '@blemish/learn';
import { existsSync } from 'node:fs';
import { dirname, join as joinPath } from 'node:path';
import {
  columnOrigins,
  deriveColumns,
  joinTables,
  numberColumn,
  openTable,
  stackTables,
  tableColumn,
} from '../datasets/index.ts';
import type { DataTable } from '../datasets/index.ts';
import { SurveyError } from '../errors.ts';
import type { TableRecipe } from '../table-recipe.ts';
import { withFrames } from './row-frames.ts';
import type { FramesReading } from './row-frames.ts';
import type { ColumnRoles, ReadFile, TableRows } from './row-types.ts';

type DataSettings = TableRecipe['data'];
/** How to read a table, beside which column is what. */
export type TableReading = Pick<DataSettings, 'columns' | 'join' | 'derive'> & {
  readonly frames?: FramesReading | undefined;
};

/**
 * Reads the table a model is trained on and says which columns are its features: those the recipe includes and does not exclude, never
 * label, identifier, group or the column tables are joined on.
 * @throws SurveyError of `openTable`, TABLE_COLUMN_MISSING, TABLE_TEXT, TABLE_CELL_EMPTY, RECIPE_INVALID
 */
export async function readTrainingRows(path: string, settings: DataSettings): Promise<TableRows> {
  const { label, id = null, group = null, tags = null, join } = settings;
  const text = textColumns({ label, id, group, tags }, join);
  const opened =
    settings.stack === undefined
      ? await openJoined(path, settings, text, true)
      : await openStacked(path, settings.stack, label, text);
  const features = chosenFeatures(opened.table, settings);
  return framed(withGroups(rowsOf(opened, { label, id, group, tags, features })), settings);
}

/** With the frames of each row, where rows have frames. */
function framed(rows: TableRows, { frames }: Pick<TableReading, 'frames'>): Promise<TableRows> | TableRows {
  return frames === undefined ? rows : withFrames(rows, joinPath(dirname(rows.path), frames.folder), frames);
}

/** Which columns of a table to look at where nothing is learned from its label. */
export interface FeatureSettings extends Pick<
  DataSettings,
  'columns' | 'join' | 'id' | 'group' | 'tags' | 'features' | 'exclude' | 'frames' | 'derive'
> {
  /** Shown beside the rows, never a feature. */
  readonly label?: string | undefined;
  /** No recipe chose the columns: those of text are left out with a note, and an exclusion must fit a column. */
  readonly numbersOnly: boolean;
}

/**
 * Reads a table of which nothing but its features must be there: label, identifier and group are welcome, the second table of `join` too.
 * @throws SurveyError of `openTable`, TABLE_COLUMN_MISSING, TABLE_TEXT, RECIPE_INVALID
 */
export async function readFeatureRows(path: string, settings: FeatureSettings): Promise<TableRows> {
  const { label = null, id = null, group = null, join, exclude, numbersOnly } = settings;
  const joined = join !== undefined && existsSync(joinPath(dirname(path), join.file));
  const { columns: headers, derive } = settings;
  const reading = joined ? settings : { columns: headers, derive };
  const opened = await openJoined(path, reading, textColumns({ label, id, group }, join), true);
  const { columns, unusable } = opened.table;
  const names = [...columns, ...unusable].map(({ name }) => name);
  const here = (name: string | null) => (name !== null && names.includes(name) ? name : null);
  const chosen = chosenFeatures(opened.table, {
    ...settings,
    exclude: numbersOnly ? exclude : exclude.filter((pattern) => names.some(matcher([pattern]))),
  });
  const numbers = new Set(columns.filter(({ kind }) => kind === 'number').map(({ name }) => name));
  const features = numbersOnly ? chosen.filter((name) => numbers.has(name)) : chosen;
  if (features.length === 0 && settings.frames === undefined) throw noFeature(path);
  const left = chosen.filter((name) => !features.includes(name));
  const roles = { label: here(label), id: here(id), group: here(group), features };
  const rows = await framed(rowsOf(opened, roles), settings);
  if (left.length === 0) return rows;
  return { ...rows, notes: [...rows.notes, `no numbers, so no features: '${left.join("', '")}'`] };
}

/** The columns that are features. @throws SurveyError TABLE_COLUMN_MISSING for a pattern that fits none, RECIPE_INVALID */
function chosenFeatures(
  table: DataTable,
  {
    label,
    id,
    group,
    tags,
    join,
    features: wanted,
    exclude,
    frames,
  }: Omit<FeatureSettings, 'columns' | 'numbersOnly'>,
): string[] {
  const taken = new Set([label, id, group, tags, join?.on]);
  const included = matcher(wanted ?? ['*']);
  const excluded = matcher(exclude);
  const everything = [...table.columns, ...table.unusable].map(({ name }) => name);
  for (const pattern of [...(wanted ?? []), ...exclude]) {
    if (!everything.some(matcher([pattern]))) {
      // The message of a column that is not there, with the nearest names.
      tableColumn(table, pattern, wanted?.includes(pattern) ? 'feature' : 'excluded column');
    }
  }
  const features = everything.filter((name) => !taken.has(name) && included(name) && !excluded(name));
  if (features.length === 0 && frames === undefined) throw noFeature(table.path);
  return features;
}

function noFeature(path: string): SurveyError {
  return new SurveyError('RECIPE_INVALID', 'no column is left to learn from: exclude fewer', { path });
}

/**
 * Reads a table for a model that knows its columns. The second table of `join` is read only where the first lacks a column.
 * @throws SurveyError of `openTable`, TABLE_COLUMN_MISSING, TABLE_TEXT, TABLE_CELL_EMPTY for a row without a group
 */
export async function readRows(path: string, roles: ColumnRoles, reading: TableReading): Promise<TableRows> {
  const opened = await openJoined(path, reading, textColumns(roles, reading.join), false, [
    ...roles.features,
    ...(roles.label === null ? [] : [roles.label]),
  ]);
  const { table } = opened;
  const has = (name: string | null) => name !== null && table.columns.some((column) => column.name === name);
  const welcome = (name: string | null | undefined) => (name != null && has(name) ? name : null);
  // An identifier and words are welcome, not needed, unless frames are found by the identifier.
  const id = reading.frames === undefined ? welcome(roles.id) : roles.id;
  return framed(withGroups(rowsOf(opened, { ...roles, id, tags: welcome(roles.tags) })), reading);
}

/** Rows of which each has a group, where there are groups. @throws SurveyError TABLE_CELL_EMPTY: rows of none would be one large group */
function withGroups(rows: TableRows): TableRows {
  const { groups, roles, originOf } = rows;
  const empty = groups?.indexOf('') ?? -1;
  if (empty < 0) return rows;
  const { path, row } = originOf(empty, roles.group);
  throw new SurveyError('TABLE_CELL_EMPTY', `row ${row}: the group column '${roles.group}' is empty`, {
    path,
  });
}

function textColumns(
  { label, id, group, tags }: Omit<ColumnRoles, 'features'>,
  join: TableReading['join'],
): string[] {
  return [label, id, group, tags, join?.on].filter((name) => name != null);
}

async function openJoined(
  path: string,
  { columns: names, join, derive }: Omit<TableReading, 'frames'>,
  text: readonly string[],
  always: boolean,
  needed: readonly string[] = [],
): Promise<OpenedTable> {
  const first = await openTable(path, { text, names });
  const { table, notes } =
    derive === undefined ? { table: first, notes: [] } : deriveColumns(first, derive, text);
  const lacks = needed.some((name) => !table.columns.some((column) => column.name === name));
  if (join === undefined || !(always || lacks)) return { table, notes, files: [{ path, rows: table.rows }] };
  const partner = joinPath(dirname(path), join.file);
  const second = await openTable(partner, { text });
  const joined = joinTables(table, second, join.on, join.keep);
  return {
    table: joined.table,
    notes: [...notes, ...joined.notes],
    files: [table, second].map(({ path: name, rows }) => ({ path: name, rows })),
  };
}

/** A table, what a person should know of how it came to be, and the files it is from. */
interface OpenedTable {
  readonly table: DataTable;
  readonly notes: readonly string[];
  readonly files: readonly ReadFile[];
}

async function openStacked(
  path: string,
  stack: NonNullable<DataSettings['stack']>,
  label: string,
  text: readonly string[],
): Promise<OpenedTable> {
  const tables = [];
  for (const { file, class: name, columns: names } of stack)
    tables.push({ table: await openTable(joinPath(dirname(path), file), { text, names }), text: name });
  const files = tables.map(({ table }) => ({ path: table.path, rows: table.rows }));
  return { ...stackTables(tables, label), files };
}

/** The rows of an open table. @throws SurveyError TABLE_COLUMN_MISSING, TABLE_TEXT */
export function rowsOf({ table, notes, files }: OpenedTable, roles: ColumnRoles): TableRows {
  const textOf = (name: string | null | undefined, role: string): readonly string[] | null => {
    if (name == null) return null;
    const column = tableColumn(table, name, role);
    return column.kind === 'text' ? column.values : Array.from(column.values, String);
  };
  const { features } = roles;
  const x = matrix(table.rows, features.length);
  // The columns asked for by name are looked at first: a wrong label is a plainer mistake than text among features.
  const labels = textOf(roles.label, 'label');
  const ids = textOf(roles.id, 'identifier');
  const groups = textOf(roles.group, 'group');
  const tags = textOf(roles.tags, 'words');
  features.forEach((name, k) => {
    const { values } = numberColumn(table, name, 'feature');
    for (let i = 0; i < values.length; i++) x.data[i * features.length + k] = values[i];
  });
  const origins = new Map(table.columns.map((column) => [column.name, columnOrigins(table, column)]));
  const originOf = (row: number, column?: string | null) =>
    ((column && origins.get(column)) || table.originOf)(row);
  return { path: table.path, files, originOf, roles, x, labels, ids, groups, tags, notes };
}

/** Does a name fit one of the patterns, in which `*` stands for any letters? */
export function matcher(patterns: readonly string[]): (name: string) => boolean {
  const expressions = patterns.map((pattern) => {
    const parts = pattern.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
    return new RegExp(`^${parts.join('.*')}$`);
  });
  return (name) => expressions.some((expression) => expression.test(name));
}

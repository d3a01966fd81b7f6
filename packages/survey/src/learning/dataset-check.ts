import { basename } from 'node:path';
import { findLeakage, labelConflicts, nearDuplicates } from '@blemish/evaluate';
import { matrix } from '@blemish/learn';
import type { Matrix } from '@blemish/learn';
import { canonicalLabel } from './class-map.ts';
import { tablesIn } from './dataset-info.ts';
import { readRows, readTrainingRows } from './table-rows.ts';
import type { TableRows } from './row-types.ts';
import type { TableRecipe } from '../table-recipe.ts';

export interface CheckDatasetOptions {
  /** Which column is what; as in a recipe. */
  readonly data: TableRecipe['data'];
  /** Distance up to which rows count as one, in standard deviations of the first table's columns; 0: identical alone. */
  readonly tolerance: number;
}

/** A row of one of the tables. */
export interface RowPlace {
  readonly table: string;
  /** From 1. */
  readonly row: number;
  readonly id: string | null;
  readonly label: string;
}

export interface DatasetCheck {
  readonly tables: readonly { readonly path: string; readonly rows: number }[];
  readonly features: number;
  /** Sets of rows with the same features, all tables together. */
  readonly duplicates: readonly (readonly RowPlace[])[];
  /** Those whose labels differ. */
  readonly conflicts: readonly (readonly RowPlace[])[];
  /** Sets of such rows in more than one table. */
  readonly leakedRows: readonly (readonly RowPlace[])[];
  /** Groups in more than one table, with their rows in each. */
  readonly leakedGroups: readonly {
    readonly group: string;
    readonly rows: Readonly<Record<string, number>>;
  }[];
  /** Features without a value in any row of a table. */
  readonly emptyColumns: readonly { readonly table: string; readonly column: string }[];
  readonly clean: boolean;
}

/**
 * Looks for what makes figures better than they are: rows that occur twice, with one label or several, and rows and groups in more than
 * one of the tables; and for columns that say nothing.
 * @throws SurveyError of the tables
 */
export async function checkDataset(
  path: string,
  { data, tolerance }: CheckDatasetOptions,
): Promise<DatasetCheck> {
  const [first, ...others] = await tablesIn(path);
  const main = await readTrainingRows(first, data);
  const tables = [main];
  for (const other of others) tables.push(await readRows(other, main.roles, data));
  const x = stacked(tables, tolerance > 0);
  const places = tables.flatMap(rowPlaces);
  const sets = nearDuplicates(x, { tolerance });
  const labels = places.map(({ label }) => label);
  const placesOf = (set: readonly number[]) => set.map((row) => places[row]);
  let from = 0;
  const parts: Record<string, Uint32Array> = {};
  for (const { path: name, x: rows } of tables) {
    const start = from;
    parts[basename(name)] = Uint32Array.from({ length: rows.rows }, (_, i) => start + i);
    from += rows.rows;
  }
  const groups = main.groups === null ? null : tables.flatMap((table) => table.groups ?? []);
  const { groups: leaked } = findLeakage(parts, x.rows, groups === null ? {} : { groups: { group: groups } });
  // Not by the files of the rows: several may be stacked into one table.
  const tableOf = tables.flatMap(({ x: { rows } }, k) => new Array<number>(rows).fill(k));
  const tableCount = (set: readonly number[]) => new Set(set.map((row) => tableOf[row])).size;
  const leakedRows = sets.filter((set) => tableCount(set) > 1).map(placesOf);
  const emptyColumns = tables.flatMap(emptyFeatures);
  const conflicts = labelConflicts(sets, labels).map(({ rows }) => placesOf(rows));
  return {
    tables: tables.map((table) => ({ path: table.path, rows: table.x.rows })),
    features: x.columns,
    duplicates: sets.map(placesOf),
    conflicts,
    leakedRows,
    leakedGroups: leaked.map(({ value, rows }) => ({ group: String(value), rows })),
    emptyColumns,
    clean: sets.length === 0 && leaked.length === 0 && emptyColumns.length === 0,
  };
}

function emptyFeatures({ path, x, roles }: TableRows): DatasetCheck['emptyColumns'] {
  const { data, columns } = x;
  const filled = new Set<number>();
  for (let at = 0; at < data.length && filled.size < columns; at++)
    if (!Number.isNaN(data[at])) filled.add(at % columns);
  return roles.features.filter((_, k) => !filled.has(k)).map((column) => ({ table: basename(path), column }));
}

function rowPlaces({ originOf, labels, ids }: TableRows): RowPlace[] {
  return labels!.map((label, i) => ({
    table: basename(originOf(i).path),
    row: originOf(i).row,
    id: ids?.[i] ?? null,
    label: canonicalLabel(label),
  }));
}

/** All rows one after the other; where distances count, each column by the standard deviation of the first table. */
function stacked(tables: readonly TableRows[], scaled: boolean): Matrix {
  const { columns } = tables[0].x;
  const all = matrix(
    tables.reduce((sum, { x }) => sum + x.rows, 0),
    columns,
  );
  let at = 0;
  for (const { x } of tables) {
    all.data.set(x.data, at);
    at += x.data.length;
  }
  if (!scaled) return all;
  for (let k = 0; k < columns; k++) {
    const spread = deviation(tables[0].x, k);
    for (let i = 0; i < all.rows; i++) all.data[i * columns + k] /= spread;
  }
  return all;
}

/** Standard deviation of a column's values; 1 where they do not vary. */
function deviation({ data, rows, columns }: Matrix, column: number): number {
  let count = 0;
  let sum = 0;
  for (let i = 0; i < rows; i++) {
    const value = data[i * columns + column];
    if (Number.isNaN(value)) continue;
    count++;
    sum += value;
  }
  const mean = sum / count;
  let squares = 0;
  for (let i = 0; i < rows; i++) {
    const value = data[i * columns + column];
    if (!Number.isNaN(value)) squares += (value - mean) ** 2;
  }
  return squares > 0 ? Math.sqrt(squares / count) : 1;
}

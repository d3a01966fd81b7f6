import { join } from 'node:path';
import { openTable } from '../datasets/index.ts';
import type { DataColumn, DataTable } from '../datasets/index.ts';
import { SurveyError } from '../errors.ts';
import { stampSetFiles } from '../stamps/stamp-set.ts';
import { matcher } from './table-rows.ts';
import type { TableRows } from './row-types.ts';

/** A column that a map shows beside its points: to color them by, and where one points at one. */
export interface ShownColumn {
  readonly name: string;
  /** One for each row of the map; NaN and '' where there is none. */
  readonly values: Float64Array | readonly string[];
}

export interface ShownColumns {
  readonly columns: readonly ShownColumn[];
  /** Place of each row in the set with pictures; null without one. */
  readonly places: Int32Array | null;
  readonly notes: readonly string[];
}

export interface ShownColumnsOptions {
  /** Columns of the map's own table, `*` for any letters; absent: all that are no features. */
  readonly show?: readonly string[] | undefined;
  /** A second table, such as predictions of the same rows. */
  readonly beside?: string | undefined;
  /** A stamp set, whose table is a second one too. */
  readonly views?: string | undefined;
}

/** More would not be read by anybody, and the page carries them all. */
const mostColumns = 32;

/**
 * What a map shows of its rows beside where they lie. A second table belongs to them by the column of the rows' names where both have it,
 * a set by the column `index` that `blemish embed` writes; else by their order, when they are as many.
 * @throws SurveyError of `openTable`; TABLE_COLUMN_MISSING for a pattern that fits none; OPTION_INVALID where rows do not belong together
 */
export async function shownColumns(rows: TableRows, options: ShownColumnsOptions): Promise<ShownColumns> {
  const { roles, path } = rows;
  const text = [...names, ...[roles.label, roles.id].filter((name) => name !== null)];
  const own = await openTable(path, { text });
  const n = rows.x.rows;
  const places = Int32Array.from({ length: n }, (_, i) => rows.originOf(i).row - 1);
  const wanted = options.show === undefined ? null : matcher(options.show);
  const taken = new Set([roles.label, ...(wanted === null ? [...roles.features, ...passed] : [])]);
  const columns = own.columns
    .filter(({ name }) => !taken.has(name) && (wanted === null || wanted(name)))
    .map((column) => shownColumn(column, places));
  for (const pattern of options.show ?? [])
    if (!own.columns.some(({ name }) => matcher([pattern])(name)))
      throw new SurveyError('TABLE_COLUMN_MISSING', `no column '${pattern}' to show`, { path });
  let setPlaces: Int32Array | null = null;
  const second = async (file: string, key: string, byIndex: boolean): Promise<Int32Array> => {
    const table = await openTable(file, { text });
    const found = byIndex
      ? (placesByIndex(own, table, places) ?? placesByOrder(table, places, key))
      : (placesByName(own, table, roles.id, places) ?? placesByOrder(table, places, key));
    const there = new Set(columns.map(({ name }) => name));
    for (const column of table.columns) {
      if (there.has(column.name) || passed.has(column.name) || roles.features.includes(column.name)) continue;
      const shown = shownColumn(column, found);
      // The group of an exposure is the exposure: once is enough.
      if (!columns.some(({ values }) => isSame(values, shown.values))) columns.push(shown);
    }
    return found;
  };
  if (options.beside !== undefined) await second(options.beside, '--beside', false);
  if (options.views !== undefined)
    setPlaces = await second(join(options.views, stampSetFiles.table), '--views', true);
  const notes =
    columns.length > mostColumns
      ? [
          `${columns.length} columns beside the features: the page shows the first ${mostColumns} (choose with --show)`,
        ]
      : [];
  return { columns: columns.slice(0, mostColumns), places: setPlaces, notes };
}

/** Columns of names, also where they are numbers: to be searched for, and never a scale of colors. */
const names: readonly string[] = ['exposure', 'expnum', 'ccd', 'ccdnum', 'night', 'group', 'object', 'id'];

/** Columns that say where a row stands in a file: nothing to look at. */
const passed: ReadonlySet<string> = new Set(['row', 'index', 'path', 'hdu']);

function shownColumn(column: DataColumn, places: Int32Array): ShownColumn {
  const { name } = column;
  return column.kind === 'text'
    ? { name, values: Array.from(places, (place) => column.values[place]) }
    : { name, values: Float64Array.from(places, (place) => column.values[place]) };
}

function isSame(a: ShownColumn['values'], b: ShownColumn['values']): boolean {
  for (let i = 0; i < a.length; i++) if (!Object.is(a[i], b[i])) return false;
  return typeof a[0] === typeof b[0];
}

function placesByName(
  own: DataTable,
  other: DataTable,
  id: string | null,
  places: Int32Array,
): Int32Array | null {
  const [mine, its] = [own, other].map(({ columns }) => columns.find(({ name }) => name === id));
  if (mine === undefined || its === undefined || id === null) return null;
  const at = new Map(Array.from(its.values as ArrayLike<string | number>, (value, i) => [String(value), i]));
  return Int32Array.from(places, (place) => {
    const name = String(mine.values[place]);
    const found = at.get(name);
    if (found !== undefined) return found;
    throw new SurveyError('OPTION_INVALID', `holds no row of '${name}'`, { path: other.path });
  });
}

function placesByIndex(own: DataTable, set: DataTable, places: Int32Array): Int32Array | null {
  const index = own.columns.find(({ name, kind }) => name === 'index' && kind === 'number');
  if (index === undefined) return null;
  return Int32Array.from(places, (place) => {
    const at = Number(index.values[place]);
    if (Number.isInteger(at) && at >= 0 && at < set.rows) return at;
    throw new SurveyError(
      'OPTION_INVALID',
      `row ${place + 1} has the index ${at}, and the set ${set.rows} stamps: give the set that the numbers were made of`,
      { path: own.path },
    );
  });
}

function placesByOrder(other: DataTable, places: Int32Array, option: string): Int32Array {
  const last = places.reduce((most, place) => Math.max(most, place), -1) + 1;
  if (other.rows !== last)
    throw new SurveyError(
      'OPTION_INVALID',
      `has ${other.rows} rows where the table has ${last}: ${option} needs one for each, or a column that names them (--id)`,
      { path: other.path },
    );
  return places;
}

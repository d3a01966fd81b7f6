import { existsSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import { deriveColumns, joinTables, openTable } from '../datasets/index.ts';
import type { DataTable } from '../datasets/index.ts';
import { SurveyError } from '../errors.ts';
import { withFrames } from './row-frames.ts';
import type { FramesReading } from './row-frames.ts';
import { readRows, rowsOf } from './table-rows.ts';
import type { ColumnRoles, TableRows } from './row-types.ts';
import type { TableReading } from './table-rows.ts';

/** An array is named after its object. */
const arrayEnding = '.npy';

/** Objects read at once: what bounds the memory of a prediction. */
const atOnce = 512;

/**
 * Objects to judge, some at a time: a table with their identifiers, beside which the folder of arrays lies; such a folder, or the one it
 * lies in; or the array of one object. Columns the model looks at come from the recipe's second table, where it lies beside the arrays;
 * without it they are missing, and a note says so.
 * @param beside another folder to look for that table in: where the frames of the arrays are from
 * @throws SurveyError of `readRows` and `withFrames`; NO_STAMPS where a folder holds no array
 */
export async function* readObjects(
  path: string,
  roles: ColumnRoles,
  reading: TableReading,
  frames: FramesReading,
  beside?: string,
): AsyncGenerator<TableRows, void> {
  const own = { ...roles, label: null, group: null, tags: null };
  // Each object that cannot be judged is told of by itself.
  const lenient = { ...frames, missing: 'skip' as const };
  const kind = await stat(path).catch((cause: unknown) => {
    throw new SurveyError('INPUT_NOT_FOUND', 'no such file or folder', { path, cause });
  });
  if (!kind.isDirectory() && extname(path).toLowerCase() !== arrayEnding) {
    yield await readRows(path, own, { ...reading, frames: lenient });
    return;
  }
  const folder = kind.isDirectory() ? arraysFolder(path, frames.folder) : dirname(path);
  const ids = kind.isDirectory() ? await arrayNames(folder) : [basename(path, arrayEnding)];
  if (ids.length === 0) {
    throw new SurveyError(
      'NO_STAMPS',
      'no arrays of frames there; give the frames themselves with --encoder, or make arrays with `blemish embed`',
      { path },
    );
  }
  const second = await secondTable(reading, [
    folder,
    dirname(folder),
    ...(beside === undefined ? [] : [beside]),
  ]);
  for (let from = 0; from < ids.length; from += atOnce) {
    const objects = objectTable(path, own.id!, ids.slice(from, from + atOnce), from);
    const { table, notes } = withColumns(objects, roles, reading, second);
    const rows = rowsOf({ table, notes, files: [{ path, rows: objects.rows }] }, own);
    yield await withFrames(rows, folder, lenient, { part: true });
  }
}

function arraysFolder(path: string, name: string): string {
  const within = join(path, name);
  return existsSync(within) ? within : path;
}

async function arrayNames(folder: string): Promise<string[]> {
  const names = await readdir(folder);
  return names
    .filter((name) => name.endsWith(arrayEnding))
    .map((name) => basename(name, arrayEnding))
    .sort();
}

function objectTable(path: string, id: string, ids: readonly string[], from: number): DataTable {
  const columns = [{ name: id, kind: 'text', values: ids } as const];
  return {
    path,
    rows: ids.length,
    originOf: (row) => ({ path, row: from + row + 1 }),
    columns,
    unusable: [],
  };
}

/** The second table of the recipe, where one of the places has it. */
async function secondTable(
  { join: second }: TableReading,
  places: readonly string[],
): Promise<DataTable | null> {
  const found = second && places.map((place) => join(place, second.file)).find((place) => existsSync(place));
  return found === undefined ? null : openTable(found, { text: [second!.on] });
}

/** The columns the model looks at: parts of the identifier, and those of the second table, else missing. */
function withColumns(
  objects: DataTable,
  roles: ColumnRoles,
  { join: joined, derive }: TableReading,
  second: DataTable | null,
): { readonly table: DataTable; readonly notes: readonly string[] } {
  const lacking = (table: DataTable) =>
    roles.features.filter((name) => !table.columns.some((column) => column.name === name));
  let [table, notes]: [DataTable, readonly string[]] = [objects, []];
  if (derive !== undefined && derive.from === roles.id && lacking(table).length > 0)
    ({ table, notes } = deriveColumns(table, derive, []));
  if (second !== null && lacking(table).length > 0) {
    const added = joinTables(table, second, joined!.on, true);
    [table, notes] = [added.table, [...notes, ...added.notes]];
  }
  const names = lacking(table);
  if (names.length === 0) return { table, notes };
  const missing = names.map((name) => ({
    name,
    kind: 'number' as const,
    values: new Float64Array(table.rows).fill(NaN),
    stray: [],
  }));
  const where = joined === undefined ? '' : `: no ${joined.file} beside the arrays`;
  const note = `the ${names.length} columns the model looks at are missing${where}; it judges by the frames alone, less surely than its figures say`;
  return { table: { ...table, columns: [...table.columns, ...missing] }, notes: [...notes, note] };
}

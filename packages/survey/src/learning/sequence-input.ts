import { existsSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import { joinTables, openTable } from '../datasets/index.ts';
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
 * @throws SurveyError of `readRows` and `withFrames`; NO_STAMPS where a folder holds no array
 */
export async function* readObjects(
  path: string,
  roles: ColumnRoles,
  reading: TableReading,
  frames: FramesReading,
): AsyncGenerator<TableRows, void> {
  const own = { ...roles, label: null, group: null, tags: null };
  const kind = await stat(path).catch((cause: unknown) => {
    throw new SurveyError('INPUT_NOT_FOUND', 'no such file or folder', { path, cause });
  });
  if (!kind.isDirectory() && extname(path).toLowerCase() !== arrayEnding) {
    yield await readRows(path, own, reading);
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
  for (let from = 0; from < ids.length; from += atOnce) {
    const some = objectTable(path, own.id!, ids.slice(from, from + atOnce), from);
    const { table, notes } = await withColumns(some, roles, reading, folder);
    const rows = rowsOf({ table, notes, files: [{ path, rows: some.rows }] }, own);
    yield await withFrames(rows, folder, frames, { countOthers: false });
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

/** The columns the model looks at: of the second table beside the arrays or one folder up, else missing. */
async function withColumns(
  table: DataTable,
  { features }: ColumnRoles,
  { join: second }: TableReading,
  folder: string,
): Promise<{ readonly table: DataTable; readonly notes: readonly string[] }> {
  if (features.length === 0) return { table, notes: [] };
  const places =
    second === undefined ? [] : [folder, dirname(folder)].map((place) => join(place, second.file));
  const found = places.find((place) => existsSync(place));
  if (found !== undefined) {
    return joinTables(table, await openTable(found, { text: [second!.on] }), second!.on, true);
  }
  const missing = features.map((name) => ({
    name,
    kind: 'number' as const,
    values: new Float64Array(table.rows).fill(NaN),
    stray: [],
  }));
  const where = second === undefined ? '' : `: no ${second.file} beside ${folder}`;
  return {
    table: { ...table, columns: [...table.columns, ...missing] },
    notes: [
      `the ${features.length} columns the model looks at are missing${where}; it judges by the frames alone, less surely than its figures say`,
    ],
  };
}

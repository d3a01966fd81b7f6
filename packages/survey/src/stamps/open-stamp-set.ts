import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { NumericArray } from '../arrays/index.ts';
import { openNpyFile } from '../arrays/npy-file.ts';
import { openTable, tableColumn } from '../datasets/index.ts';
import type { DataTable } from '../datasets/index.ts';
import { SurveyError } from '../errors.ts';
import type { SurveyErrorCode } from '../errors.ts';
import { stackShape } from './stack-shape.ts';
import type { StackExtents } from './stack-shape.ts';
import { stampSetFiles } from './stamp-set.ts';
import type { StampSetFiles } from './stamp-set.ts';

/** Stamps [N, H, W, C] of an array, some at a time. */
export interface StampArray extends StackExtents {
  readonly path: string;
  /** 8-bit pictures? */
  readonly bytes: boolean;
  /** Stamps `from` to `to` − 1; new memory each time. */
  read(from: number, to: number): Promise<NumericArray>;
  close(): Promise<void>;
}

/** Stamps of a folder or an array, some at a time, and the table beside them. */
export interface OpenStampSet extends StampArray {
  /** One row a stamp; null where there is none. */
  readonly table: DataTable | null;
}

/** Opens an array of stamps. @throws SurveyError ARRAY_INVALID, STAMP_SHAPE; system errors */
export async function openStampArray(path: string): Promise<StampArray> {
  const file = await openNpyFile(path);
  const { type, shape, fortranOrder } = file;
  try {
    const extents = stackShape(shape, path);
    if (fortranOrder) {
      throw new SurveyError('ARRAY_INVALID', 'is in Fortran order; save it with numpy.ascontiguousarray', {
        path,
      });
    }
    const values = extents.height * extents.width * extents.channels;
    return {
      ...{ path, ...extents },
      bytes: type.kind === 'u' && type.size === 1,
      read: (from, to) => file.elements(from * values, to * values),
      close: () => file.close(),
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}

/**
 * Opens a stamp set: a folder with `stamps.npy` and, where there is one, `stamps.csv`, or an array alone. All columns of the table are read as text.
 * @throws SurveyError INPUT_NOT_FOUND, ARRAY_INVALID, STAMP_SHAPE, TABLE_RAGGED where the table has another number of rows, and what tables throw
 */
export async function openStampSet(path: string): Promise<OpenStampSet> {
  const isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
  const array = isFolder ? join(path, stampSetFiles.stamps) : path;
  if (!existsSync(array))
    throw new SurveyError('INPUT_NOT_FOUND', isFolder ? 'the folder has no stamps.npy' : 'no such file', {
      path: array,
    });
  const stamps = await openStampArray(array);
  const beside = join(path, stampSetFiles.table);
  try {
    const table =
      isFolder && existsSync(beside) ? await stampTable(beside, stamps.count, null, 'TABLE_RAGGED') : null;
    return { ...stamps, table };
  } catch (error) {
    await stamps.close();
    throw error;
  }
}

/**
 * The table of a set of `count` stamps.
 * @param text columns read as text whatever stands in them; null: all, so that cells can be handed on as they stand
 * @throws SurveyError `code` where it has another number of rows; TABLE_…
 */
export async function stampTable(
  path: string,
  count: number,
  text: readonly string[] | null,
  code: SurveyErrorCode = 'STAMP_SET_INVALID',
): Promise<DataTable> {
  const asText = text ?? (await openTable(path)).columns.map(({ name }) => name);
  const table = await openTable(path, { text: asText });
  if (table.rows === count) return table;
  throw new SurveyError(code, `has ${table.rows} rows for ${count} stamps`, { path });
}

/**
 * One column of a set's table as text, a value for each stamp.
 * @param count stamps of the set
 * @throws SurveyError STAMP_SET_INVALID; TABLE_…
 */
export async function stampSetColumn(
  { table: path }: Pick<StampSetFiles, 'table'>,
  name: string,
  role: string,
  count: number,
): Promise<string[]> {
  if (!existsSync(path)) throw new SurveyError('STAMP_SET_INVALID', 'is not there', { path });
  const table = await stampTable(path, count, [name]);
  const column = tableColumn(table, name, role);
  return Array.from(column.values as ArrayLike<string | number>, String);
}

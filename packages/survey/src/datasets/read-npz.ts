import { readFile } from 'node:fs/promises';
import { decodeNpz, npzNames, toFloat64 } from '../arrays/index.ts';
import { SurveyError } from '../errors.ts';
import { ColumnBuilder } from './column.ts';
import type { DataColumn } from './column.ts';
import { checkNames } from './table.ts';
import type { OpenTableOptions, TableParts } from './table.ts';

/**
 * Reads the arrays of a NumPy archive as a table: an array [rows] is a column of its name, an array [rows, n] the columns `name_0` …
 * `name_n-1`. Arrays of text or objects, and of more dimensions, are none.
 * @throws SurveyError ARRAY_INVALID, TABLE_UNREADABLE where no array has rows, TABLE_RAGGED, TABLE_COLUMN_DUPLICATE; system errors
 */
export async function readNpzTable(path: string, options: OpenTableOptions): Promise<TableParts> {
  const bytes = new Uint8Array(await readFile(path));
  const asText = new Set(options.text);
  const columns: DataColumn[] = [];
  const unusable: { name: string; reason: string }[] = [];
  let rows: { readonly count: number; readonly name: string } | null = null;
  for (const name of npzNames(bytes, path)) {
    const array = readArray(bytes, name, path);
    if (typeof array === 'string') {
      unusable.push({ name, reason: array });
      continue;
    }
    const [count, width = null] = array.shape;
    rows ??= { count, name };
    if (count !== rows.count)
      throw new SurveyError(
        'TABLE_RAGGED',
        `array '${name}' has ${count} rows where '${rows.name}' has ${rows.count}`,
        { path },
      );
    const values = toFloat64(array.data);
    for (let k = 0; k < (width ?? 1); k++) {
      const builder = new ColumnBuilder(...columnOf(name, width === null ? null : k, asText));
      for (let i = 0; i < count; i++) builder.add(values[i * (width ?? 1) + k]);
      columns.push(builder.finish());
    }
  }
  if (rows === null) {
    const why = unusable.map(({ name, reason }) => `'${name}' ${reason}`).join(', ');
    throw new SurveyError('TABLE_UNREADABLE', `holds no array of rows${why === '' ? '' : ` (${why})`}`, {
      path,
    });
  }
  checkNames(
    columns.map(({ name }) => name),
    path,
  );
  return { rows: rows.count, columns, unusable };
}

function columnOf(name: string, place: number | null, asText: ReadonlySet<string>): [string, boolean] {
  const own = place === null ? name : `${name}_${place}`;
  return [own, asText.has(own)];
}

/** An array of rows, or why it is none. @throws SurveyError ARRAY_INVALID where the archive itself is damaged */
function readArray(bytes: Uint8Array, name: string, path: string) {
  try {
    const array = decodeNpz(bytes, name, path);
    const { length } = array.shape;
    return length === 1 || length === 2 ? array : `has ${length} dimensions, not one or two`;
  } catch (error) {
    if (error instanceof SurveyError && / elements of type | structured array/.test(error.message))
      return 'holds no real numbers';
    throw error;
  }
}

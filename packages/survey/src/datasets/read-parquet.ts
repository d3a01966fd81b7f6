import { asyncBufferFromFile, parquetMetadataAsync, parquetRead } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { SurveyError } from '../errors.ts';
import { ColumnBuilder } from './column.ts';
import type { RawValue } from './column.ts';
import { checkNames } from './table.ts';
import type { OpenTableOptions, TableParts } from './table.ts';

/** Reads a Parquet file, one row group after the other. @throws SurveyError TABLE_UNREADABLE, TABLE_COLUMN_DUPLICATE */
export async function readParquetTable(path: string, options: OpenTableOptions): Promise<TableParts> {
  const asText = new Set(options.text);
  try {
    const file = await asyncBufferFromFile(path);
    const metadata = await parquetMetadataAsync(file);
    const names = topLevelNames(metadata.schema);
    checkNames(names, path);
    const builders = names.map((name) => new ColumnBuilder(name, asText.has(name)));
    const nested = new Map<string, string>();
    let from = 0;
    for (const group of metadata.row_groups) {
      const to = from + Number(group.num_rows);
      const rows = await new Promise<readonly (readonly unknown[])[]>((resolve, reject) => {
        parquetRead({ file, metadata, compressors, rowStart: from, rowEnd: to, onComplete: resolve }).catch(
          reject,
        );
      });
      for (const row of rows) {
        for (let k = 0; k < names.length; k++) {
          const value = plainValue(row[k]);
          if (value === undefined) nested.set(names[k], 'holds lists or groups, not one value a row');
          builders[k].add(value);
        }
      }
      from = to;
    }
    return {
      rows: from,
      columns: builders.filter(({ name }) => !nested.has(name)).map((builder) => builder.finish()),
      unusable: [...nested].map(([name, reason]) => ({ name, reason })),
    };
  } catch (cause) {
    if (cause instanceof SurveyError || !(cause instanceof Error) || 'syscall' in cause) throw cause;
    throw new SurveyError('TABLE_UNREADABLE', `cannot be read as Parquet (${cause.message})`, {
      path,
      cause,
    });
  }
}

/** Names of the columns: the children of the schema's root, which lists every node depth first. */
export function topLevelNames(
  schema: readonly { readonly name: string; readonly num_children?: number | undefined }[],
): string[] {
  const names: string[] = [];
  const end = (at: number): number => {
    let next = at + 1;
    for (let k = 0; k < (schema[at].num_children ?? 0); k++) next = end(next);
    return next;
  };
  let at = 1;
  for (let k = 0; k < (schema[0].num_children ?? 0); k++) {
    names.push(schema[at].name);
    at = end(at);
  }
  return names;
}

/** One value of a row; undefined where it is a list or group. Dates become ISO text. */
function plainValue(value: unknown): RawValue {
  if (value === null || value === undefined) return null;
  if (value instanceof Date) return value.toISOString();
  return typeof value === 'object' ? undefined : (value as RawValue);
}

import { SurveyError } from '../errors.ts';
import type { DataColumn, NumberColumn } from './column.ts';
import { nearestNames } from './nearest-names.ts';

/** A table in memory, column by column. */
export interface DataTable {
  /** As given, for messages. */
  readonly path: string;
  readonly rows: number;
  readonly columns: readonly DataColumn[];
  /** Columns that hold something else than one number or text a row, and what. */
  readonly unusable: readonly { readonly name: string; readonly reason: string }[];
}

/** How to read a table. */
export interface OpenTableOptions {
  /** Columns read as text whatever stands in them: labels, identifiers, groups. */
  readonly text?: readonly string[] | undefined;
  /** Names of the columns, for a text file without a header. */
  readonly names?: readonly string[] | undefined;
}

/** What a reader of one format collects. */
export type TableParts = Omit<DataTable, 'path'>;

/** @throws SurveyError TABLE_COLUMN_MISSING, with the nearest names */
export function tableColumn(table: DataTable, name: string, role: string): DataColumn {
  const found = table.columns.find((column) => column.name === name);
  if (found !== undefined) return found;
  const unusable = table.unusable.find((column) => column.name === name);
  if (unusable !== undefined) {
    throw new SurveyError('TABLE_COLUMN_MISSING', `the ${role} '${name}' ${unusable.reason}`, {
      path: table.path,
    });
  }
  const names = table.columns.map((column) => column.name);
  const near = nearestNames(name, names);
  const hint =
    near.length > 0
      ? `did you mean ${near.map((each) => `'${each}'`).join(' or ')}?`
      : `there are: ${names.slice(0, 12).join(', ')}${names.length > 12 ? `, … (${names.length} columns)` : ''}`;
  throw new SurveyError('TABLE_COLUMN_MISSING', `no column '${name}' for the ${role} (${hint})`, {
    path: table.path,
  });
}

/** @throws SurveyError TABLE_TEXT naming column, row and value; TABLE_COLUMN_MISSING */
export function numberColumn(table: DataTable, name: string, role: string): NumberColumn {
  const column = tableColumn(table, name, role);
  if (column.kind === 'number' && column.stray === null) return column;
  const { row, text, count } =
    column.kind === 'number'
      ? column.stray!
      : {
          row: column.values.findIndex((value) => value !== '') + 1,
          text: column.values.find((value) => value !== '') ?? '',
          count: column.values.length,
        };
  const more = count > 1 ? `, and in ${count - 1} more rows` : '';
  throw new SurveyError('TABLE_TEXT', `row ${row}, column '${name}': '${text}' is not a number${more}`, {
    path: table.path,
  });
}

/** @throws SurveyError TABLE_COLUMN_DUPLICATE naming both places */
export function checkNames(names: readonly string[], path: string): void {
  const seen = new Map<string, number>();
  names.forEach((name, i) => {
    const before = seen.get(name);
    if (before !== undefined) {
      throw new SurveyError(
        'TABLE_COLUMN_DUPLICATE',
        `columns ${before + 1} and ${i + 1} are both named '${name}'`,
        { path },
      );
    }
    seen.set(name, i);
  });
}

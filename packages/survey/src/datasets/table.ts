import { SurveyError } from '../errors.ts';
import type { DataColumn, NumberColumn, StrayText } from './column.ts';
import { nearestNames } from './nearest-names.ts';
import type { OriginOf } from './row-origin.ts';

/** A table in memory, column by column. */
export interface DataTable {
  /** As given, for messages. */
  readonly path: string;
  readonly rows: number;
  /** Where the rows are from: other rows than the table's own once it is joined or stacked. */
  readonly originOf: OriginOf;
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
export type TableParts = Omit<DataTable, 'path' | 'originOf'>;

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
  if (column.kind === 'number' && column.stray.length === 0) return column;
  const cells: readonly StrayText[] =
    column.kind === 'number'
      ? column.stray
      : Array.from(column.values, (text, row) => ({ row, text })).filter(({ text }) => text !== '');
  // A column without a number and without text is one that was to be read as text.
  const { row: at, text } = cells[0] ?? { row: 0, text: '' };
  const { path, row } = columnOrigins(table, column)(at);
  const more = cells.length > 1 ? `, and in ${cells.length - 1} more rows` : '';
  throw new SurveyError('TABLE_TEXT', `row ${row}, column '${name}': '${text}' is not a number${more}`, {
    path,
  });
}

/** Where the rows of one column of a table are from. */
export function columnOrigins(table: DataTable, column: DataColumn): OriginOf {
  return column.originOf ?? table.originOf;
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

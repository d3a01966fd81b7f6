import { SurveyError } from '../errors.ts';
import type { DataColumn } from './column.ts';
import { chosenOrigins } from './row-origin.ts';
import type { OriginOf } from './row-origin.ts';
import { columnOrigins, tableColumn } from './table.ts';
import type { DataTable } from './table.ts';

/**
 * Adds to each row of `first` the columns of the row of `second` with the same text in column `on`. Rows without a partner are left
 * out, or kept with empty cells; a note says how many.
 * @throws SurveyError TABLE_COLUMN_MISSING, TABLE_COLUMN_DUPLICATE for a name both have, TABLE_UNREADABLE where an identifier of
 * `second` occurs twice or no row has a partner
 */
export function joinTables(
  first: DataTable,
  second: DataTable,
  on: string,
  keep = false,
): { readonly table: DataTable; readonly notes: readonly string[] } {
  const clash = second.columns.find(
    ({ name }) => name !== on && first.columns.some((column) => column.name === name),
  );
  if (clash !== undefined) {
    throw new SurveyError('TABLE_COLUMN_DUPLICATE', `column '${clash.name}' is also in ${second.path}`, {
      path: first.path,
    });
  }
  const rowOf = new Map<string, number>();
  texts(second, on).forEach((key, row) => {
    const before = rowOf.get(key);
    if (before !== undefined) {
      throw new SurveyError(
        'TABLE_UNREADABLE',
        `rows ${before + 1} and ${row + 1} both have '${key}' in column '${on}', which joins the tables`,
        { path: second.path },
      );
    }
    rowOf.set(key, row);
  });
  let alone = 0;
  const left: number[] = [];
  const right: number[] = [];
  texts(first, on).forEach((key, row) => {
    const partner = rowOf.get(key) ?? none;
    if (partner === none) alone++;
    if (partner === none && !keep) return;
    left.push(row);
    right.push(partner);
  });
  if (alone === first.rows && !keep) {
    throw new SurveyError('TABLE_UNREADABLE', `no row has a partner in ${second.path} by column '${on}'`, {
      path: first.path,
    });
  }
  const fate = keep ? 'miss its columns' : 'are left out';
  const notes =
    alone === 0 ? [] : [`${alone} rows of ${first.path} have no partner in ${second.path} and ${fate}`];
  const columns = [
    ...first.columns.map((column) => selectColumn(column, left)),
    ...second.columns
      .filter(({ name }) => name !== on)
      .map((column) => selectColumn(column, right, chosenOrigins(columnOrigins(second, column), right))),
  ];
  return {
    table: {
      path: first.path,
      rows: left.length,
      originOf: chosenOrigins(first.originOf, left),
      columns,
      unusable: [...first.unusable, ...second.unusable],
    },
    notes,
  };
}

function texts(table: DataTable, name: string): readonly string[] {
  const column = tableColumn(table, name, 'join');
  return column.kind === 'text' ? column.values : Array.from(column.values, String);
}

/** The number of no row: its cells are empty. */
const none = -1;

/** Chosen rows of a column; text among its numbers goes with its row. */
function selectColumn(column: DataColumn, rows: readonly number[], originOf?: OriginOf): DataColumn {
  const { name } = column;
  const from = originOf === undefined ? {} : { originOf };
  if (column.kind === 'text')
    return { name, kind: 'text', values: rows.map((row) => column.values[row] ?? ''), ...from };
  const texts = new Map(column.stray.map(({ row, text }) => [row, text]));
  return {
    name,
    kind: 'number',
    values: Float64Array.from(rows, (row) => column.values[row] ?? NaN),
    stray: rows.flatMap((old, row) => (texts.has(old) ? [{ row, text: texts.get(old)! }] : [])),
    ...from,
  };
}

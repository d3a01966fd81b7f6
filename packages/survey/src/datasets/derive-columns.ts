import { SurveyError } from '../errors.ts';
import { parseCell } from './column.ts';
import type { DataColumn } from './column.ts';
import { tableColumn } from './table.ts';
import type { DataTable } from './table.ts';

/**
 * Adds a column for each named group of a regular expression, with what it finds in the text of another column: the field in an
 * identifier, say. Columns whose cells are all numbers are columns of numbers, unless they are `text`; cells that do not match are empty.
 * @throws SurveyError TABLE_COLUMN_MISSING, TABLE_COLUMN_DUPLICATE, and TABLE_UNREADABLE where no cell matches
 */
export function deriveColumns(
  table: DataTable,
  { from, pattern }: { readonly from: string; readonly pattern: string },
  text: readonly string[],
): { readonly table: DataTable; readonly notes: readonly string[] } {
  const column = tableColumn(table, from, 'derived');
  const cells = column.kind === 'text' ? column.values : Array.from(column.values, String);
  const expression = new RegExp(pattern);
  const matches = cells.map((cell) => expression.exec(cell)?.groups ?? null);
  const misses = matches.filter((groups) => groups === null).length;
  if (misses === cells.length && cells.length > 0) {
    throw new SurveyError(
      'TABLE_UNREADABLE',
      `no cell of column '${from}' matches ${pattern} ('${cells[0]}' is the first)`,
      { path: table.path },
    );
  }
  const names = [...new Set(matches.flatMap((groups) => Object.keys(groups ?? {})))];
  const clash = names.find((name) => table.columns.some((own) => own.name === name));
  if (clash !== undefined) {
    throw new SurveyError(
      'TABLE_COLUMN_DUPLICATE',
      `column '${clash}' is there already; derive another name`,
      {
        path: table.path,
      },
    );
  }
  const columns = names.map((name): DataColumn => {
    const values = matches.map((groups) => groups?.[name] ?? '');
    const numbers = values.map(parseCell);
    return text.includes(name) || numbers.includes(null)
      ? { name, kind: 'text', values }
      : { name, kind: 'number', values: Float64Array.from(numbers as number[]), stray: [] };
  });
  const note = `${misses} cells of column '${from}' do not match ${pattern}: ${names.join(', ')} are empty there`;
  return { table: { ...table, columns: [...table.columns, ...columns] }, notes: misses > 0 ? [note] : [] };
}

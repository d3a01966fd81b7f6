import { SurveyError } from '../errors.ts';
import type { DataColumn } from './column.ts';
import type { OriginOf } from './row-origin.ts';
import type { DataTable } from './table.ts';

/**
 * Tables one below the other, with the columns that all have, and a column `label` of text that says which table a row is from.
 * @param tables each with what stands in the label column of its rows
 * @throws SurveyError TABLE_COLUMN_DUPLICATE where a table has a column of the label's name, TABLE_COLUMN_MISSING where they have none in
 * common, TABLE_TEXT where a column is text in one and numbers in another
 */
export function stackTables(
  tables: readonly { readonly table: DataTable; readonly text: string }[],
  label: string,
): { readonly table: DataTable; readonly notes: readonly string[] } {
  const [first, ...others] = tables.map(({ table }) => table);
  for (const { path, columns } of [first, ...others]) {
    if (!columns.some(({ name }) => name === label)) continue;
    throw new SurveyError(
      'TABLE_COLUMN_DUPLICATE',
      `has a column '${label}', as the label of the stacked tables is called`,
      {
        path,
      },
    );
  }
  const columns = first.columns.flatMap((column): DataColumn[] => {
    const partners = others.map((other) => other.columns.find(({ name }) => name === column.name));
    if (partners.includes(undefined)) return [];
    return [append(column, partners as DataColumn[], first.path)];
  });
  if (columns.length === 0) {
    const names = others.map(({ path }) => path).join(', ');
    throw new SurveyError('TABLE_COLUMN_MISSING', `has no column in common with ${names}`, {
      path: first.path,
    });
  }
  const kept = new Set(columns.map(({ name }) => name));
  const notes = [first, ...others].flatMap(({ path, columns: own }) => {
    const lost = own.map(({ name }) => name).filter((name) => !kept.has(name));
    return lost.length === 0 ? [] : [`only ${path} has ${lost.join(', ')}: left out`];
  });
  const values = tables.flatMap(({ table, text }) => Array.from({ length: table.rows }, () => text));
  return {
    table: {
      path: first.path,
      rows: values.length,
      originOf: stackedOrigins([first, ...others]),
      columns: [...columns, { name: label, kind: 'text', values }],
      unusable: [],
    },
    notes,
  };
}

function append(first: DataColumn, others: readonly DataColumn[], path: string): DataColumn {
  const { name } = first;
  const starts = startsOf([first, ...others].map(({ values }) => values.length));
  if (first.kind === 'text' && others.every((column) => column.kind === 'text')) {
    return { name, kind: 'text', values: [first, ...others].flatMap(({ values }) => [...values]) };
  }
  if (first.kind === 'number' && others.every((column) => column.kind === 'number')) {
    return {
      name,
      kind: 'number',
      values: Float64Array.from([first, ...others].flatMap(({ values }) => [...values])),
      stray: [first, ...others].flatMap(({ stray }, k) =>
        stray.map(({ row, text }) => ({ row: starts[k] + row, text })),
      ),
    };
  }
  throw new SurveyError(
    'TABLE_TEXT',
    `column '${name}' holds text in one of the stacked tables and numbers in another`,
    {
      path,
    },
  );
}

function stackedOrigins(tables: readonly DataTable[]): OriginOf {
  const starts = startsOf(tables.map(({ rows }) => rows));
  return (row) => {
    const k = starts.findLastIndex((start) => start <= row);
    return tables[k].originOf(row - starts[k]);
  };
}

/** Where parts of these lengths begin, one after the other. */
function startsOf(lengths: readonly number[]): readonly number[] {
  let from = 0;
  return lengths.map((length) => (from += length) - length);
}

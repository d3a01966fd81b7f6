import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isMissing, openTable, tableColumn, tableEndings } from '../datasets/index.ts';
import type { DataColumn, DataTable, NumberColumn, OpenTableOptions } from '../datasets/index.ts';
import { SurveyError } from '../errors.ts';
import { parseSelector } from '../inputs/selector.ts';
import { canonicalLabel } from './class-map.ts';

/** What is in a column. */
export interface ColumnInfo {
  readonly name: string;
  readonly kind: 'number' | 'text' | 'unusable';
  /** Cells without a value. */
  readonly missing: number;
  /** Different values. */
  readonly distinct: number;
  /** Of numbers; null where there is none. */
  readonly least: number | null;
  readonly most: number | null;
  readonly mean: number | null;
  /** One and the same value in every row that has one. */
  readonly constant: boolean;
  /** Text among the numbers: the first of it, by its row from 1, and in how many rows. */
  readonly stray: { readonly row: number; readonly text: string; readonly count: number } | null;
  /** Why it cannot be used. */
  readonly reason?: string;
}

export interface TableInfo {
  readonly path: string;
  readonly rows: number;
  readonly columns: readonly ColumnInfo[];
  /** Rows of each class, where a label column was named; '' for rows without a label. */
  readonly classes: Readonly<Record<string, number>> | null;
}

/** Columns and classes of one table. @throws SurveyError of `openTable`, TABLE_COLUMN_MISSING */
export async function tableInfo(
  path: string,
  options: OpenTableOptions & { readonly label?: string | undefined },
): Promise<TableInfo> {
  const { label } = options;
  const names = [...(options.text ?? []), ...(label === undefined ? [] : [label])];
  const table = await openTable(path, { ...options, text: names });
  return {
    path: table.path,
    rows: table.rows,
    columns: [
      ...table.columns.map((column) => columnInfo(column, names.includes(column.name))),
      ...table.unusable.map(({ name, reason }): ColumnInfo => ({
        ...{ name, reason, kind: 'unusable', missing: 0, distinct: 0 },
        ...{ least: null, most: null, mean: null, constant: false, stray: null },
      })),
    ],
    classes: label === undefined ? null : classCounts(table, label),
  };
}

/** @param named a column of names, such as the label: there words like NA are names too */
function columnInfo(column: DataColumn, named: boolean): ColumnInfo {
  const { name, kind } = column;
  if (kind === 'text') {
    const present = column.values.filter((text) => (named ? text !== '' : !isMissing(text)));
    const distinct = new Set(present).size;
    const missing = column.values.length - present.length;
    return {
      ...{ name, kind, missing, distinct, least: null, most: null, mean: null, stray: null },
      constant: distinct === 1,
    };
  }
  const distinct = new Set<number>();
  let least = Infinity;
  let most = -Infinity;
  let sum = 0;
  let count = 0;
  for (const value of column.values) {
    if (Number.isNaN(value)) continue;
    distinct.add(value);
    least = Math.min(least, value);
    most = Math.max(most, value);
    sum += value;
    count++;
  }
  const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);
  return {
    ...{
      name,
      kind,
      missing: column.values.length - count,
      distinct: distinct.size,
      stray: strayInfo(column),
    },
    ...{ least: finite(least), most: finite(most), mean: count === 0 ? null : finite(sum / count) },
    constant: distinct.size === 1,
  };
}

function strayInfo({ stray }: NumberColumn): ColumnInfo['stray'] {
  if (stray.length === 0) return null;
  return { row: stray[0].row + 1, text: stray[0].text, count: stray.length };
}

function classCounts(table: DataTable, label: string): Record<string, number> {
  const column = tableColumn(table, label, 'label');
  const counts = new Map<string, number>();
  const texts = column.kind === 'text' ? column.values : Array.from(column.values, String);
  for (const text of texts) {
    const name = canonicalLabel(text);
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Names of the parts of a dataset, in their order. */
const parts = ['train', 'validation', 'val', 'valid', 'test'];

/**
 * The tables a path means: a file itself; of a folder those named train, validation (or val, valid) and test, else all in it.
 * @throws SurveyError INPUT_NOT_FOUND, TABLE_UNREADABLE for a folder without a table
 */
export async function tablesIn(path: string): Promise<readonly string[]> {
  const kind = await stat(parseSelector(path).path).catch((cause: unknown) => {
    throw new SurveyError('INPUT_NOT_FOUND', 'no such file or folder', { path, cause });
  });
  if (!kind.isDirectory()) return [path];
  const names = (await readdir(path)).filter((name) =>
    tableEndings.some((ending) => name.toLowerCase().replace(/\.gz$/, '').endsWith(ending)),
  );
  if (names.length === 0) throw new SurveyError('TABLE_UNREADABLE', 'holds no table', { path });
  const order = (name: string) => parts.indexOf(name.split('.')[0]);
  const named = names.filter((name) => order(name) >= 0).sort((a, b) => order(a) - order(b));
  return (named.length > 0 ? named : names.sort()).map((name) => join(path, name));
}

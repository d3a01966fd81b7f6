import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { skyRegions, splitByTime, splitRows } from '@blemish/evaluate';
import type { Parts } from '@blemish/evaluate';
import { numberColumn, openTable, tableColumn } from '../datasets/index.ts';
import type { DataTable } from '../datasets/index.ts';
import { SurveyError } from '../errors.ts';
import { TextFile } from '../tables/index.ts';
import { quoteField } from '../tables/csv.ts';
import { canonicalLabel } from './class-map.ts';

export interface SplitTableOptions {
  readonly out: string;
  /** Shares of the rows; the rest is for training. */
  readonly test: number;
  readonly validation: number;
  /** Column whose classes are spread evenly. */
  readonly label?: string | undefined;
  /** Column whose values are never divided. */
  readonly group?: string | undefined;
  /** Column in whose order rows are split: the latest are the test. */
  readonly time?: string | undefined;
  /** Columns of right ascension and declination in degrees: regions of the sky are never divided. */
  readonly sky?: readonly [ra: string, dec: string] | undefined;
  readonly columns?: readonly string[] | undefined;
  readonly seed?: number | undefined;
  readonly force?: boolean | undefined;
}

export interface SplitTableResult {
  readonly out: string;
  /** Rows and file of each part. */
  readonly parts: Readonly<Record<string, { readonly rows: number; readonly path: string }>>;
}

/**
 * Writes a table as `train.csv`, `validation.csv` and `test.csv`: cells as they stand in the file.
 * @throws SurveyError of `openTable`, TABLE_COLUMN_MISSING, TABLE_TEXT, TABLE_CELL_EMPTY, TABLE_VALUES, TABLE_LABELS where a class or its groups are fewer than the parts,
 * OPTION_INVALID, OUTPUT_EXISTS, OUTPUT_UNWRITABLE
 */
export async function splitTable(path: string, options: SplitTableOptions): Promise<SplitTableResult> {
  const { out, test, validation, group, time, sky, force } = options;
  const train = 1 - test - validation;
  if (!(test > 0 && validation >= 0 && train > 0)) {
    throw new SurveyError(
      'OPTION_INVALID',
      '--test and --validation are shares that leave rows for training',
    );
  }
  const given = [group, time, sky].filter((by) => by !== undefined).length;
  if (given > 1)
    throw new SurveyError('OPTION_INVALID', '--group, --time and --sky exclude each other: give one');
  const numbers = await openTable(path, { names: options.columns });
  // Once more, now that the names are known: as text every cell stays as it is.
  const names = numbers.columns.map(({ name }) => name);
  const table = await openTable(path, { names: options.columns, text: names });
  const before = await readdir(out).catch(() => []);
  if (!force && before.length > 0)
    throw new SurveyError('OUTPUT_EXISTS', 'the folder is not empty', { path: out });
  const shares = { train, ...(validation > 0 ? { validation } : {}), test };
  const parts = divide(numbers, table, shares, options);
  await mkdir(out, { recursive: true });
  const written: Record<string, { rows: number; path: string }> = {};
  for (const [part, rows] of Object.entries(parts)) {
    written[part] = { rows: rows.length, path: join(out, `${part}.csv`) };
    await writeRows(written[part].path, table, rows);
  }
  return { out, parts: written };
}

function divide(
  numbers: DataTable,
  table: DataTable,
  shares: Readonly<Record<string, number>>,
  { label, group, time, sky, seed = 0 }: SplitTableOptions,
): Parts {
  const texts = (name: string, role: string) => {
    const column = tableColumn(table, name, role);
    const values = column.kind === 'text' ? column.values : Array.from(column.values, String);
    refuseEmpty(table, name, role, values.indexOf(''));
    return values;
  };
  const finite = (name: string, role: string, most = Number.MAX_VALUE) => {
    const { values } = numberColumn(numbers, name, role);
    refuseEmpty(numbers, name, role, values.findIndex(Number.isNaN));
    const wild = values.findIndex((value) => Math.abs(value) > most);
    if (wild < 0) return values;
    const { path, row } = numbers.originOf(wild);
    const what = `row ${row}, column '${name}': ${values[wild]} is no ${role}`;
    throw new SurveyError('TABLE_VALUES', what, { path });
  };
  try {
    if (time !== undefined) return splitByTime(finite(time, 'time'), shares);
    const groups =
      group !== undefined
        ? texts(group, 'group')
        : sky === undefined
          ? undefined
          : skyRegions(finite(sky[0], 'right ascension'), finite(sky[1], 'declination', 90));
    return splitRows(table.rows, shares, {
      seed,
      ...(label === undefined
        ? {}
        : { labels: texts(label, 'label').map((text) => `'${canonicalLabel(text)}'`) }),
      ...(groups === undefined ? {} : { groups }),
    });
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new SurveyError('TABLE_LABELS', cause.message, { path: table.path, cause });
  }
}

/** @param at row of an empty cell, from 0; negative: there is none */
function refuseEmpty({ originOf }: DataTable, name: string, role: string, at: number): void {
  if (at < 0) return;
  const { path, row } = originOf(at);
  throw new SurveyError('TABLE_CELL_EMPTY', `row ${row}: the ${role} column '${name}' is empty`, { path });
}

async function writeRows(path: string, { columns }: DataTable, rows: Uint32Array): Promise<void> {
  const file = new TextFile(path);
  await file.write(`${columns.map(({ name }) => quoteField(name)).join(',')}\n`);
  for (const row of rows) {
    const cells = columns.map(({ values }) => quoteField(String(values[row])));
    await file.write(`${cells.join(',')}\n`);
  }
  await file.close();
}

import { existsSync } from 'node:fs';
import { openTable } from '../datasets/index.ts';
import { SurveyError } from '../errors.ts';
import type { Column, Row } from '../tables/index.ts';
import { findStampSet } from './stamp-set.ts';

/** What a table of embeddings of CCDs takes over from their set, so that it can be learned from. */
const carried = ['exposure', 'ccd', 'band', 'night', 'group', 'reasons', 'reason'] as const;
/** The column by which a set is known to be of CCDs. */
const mark = 'exposure';

/** Columns of the sets of CCDs among some inputs, by the array that their stamps are in. */
export class SetColumns {
  readonly columns: readonly Column[];
  readonly #cells: ReadonlyMap<string, ReadonlyMap<string, readonly string[]>>;

  private constructor(cells: ReadonlyMap<string, ReadonlyMap<string, readonly string[]>>) {
    this.#cells = cells;
    const named = carried.filter((name) => [...cells.values()].some((columns) => columns.has(name)));
    this.columns = named.map((name) => ({ name, type: 'string', description: 'as in stamps.csv' }));
  }

  /** @throws SurveyError TABLE_… */
  static async of(inputs: readonly string[]): Promise<SetColumns> {
    const cells = new Map<string, ReadonlyMap<string, readonly string[]>>();
    for (const input of inputs) {
      const set = findStampSet(input);
      if (set === null || !existsSync(set.table)) continue;
      const table = await openTable(set.table, { text: carried });
      const columns = new Map<string, readonly string[]>();
      for (const column of table.columns) {
        if ((carried as readonly string[]).includes(column.name) && column.kind === 'text')
          columns.set(column.name, column.values);
      }
      if (columns.has(mark)) cells.set(set.stamps, columns);
    }
    return new SetColumns(cells);
  }

  /** @param index place of a stamp in its array. @throws SurveyError STAMP_SET_INVALID where the table has no such row */
  row(path: string, index: number): Row {
    const columns = this.#cells.get(path);
    if (columns === undefined) return Object.fromEntries(this.columns.map(({ name }) => [name, null]));
    const cell = (name: string): string | null => {
      const values = columns.get(name);
      if (values === undefined) return null;
      if (index >= values.length)
        throw new SurveyError(
          'STAMP_SET_INVALID',
          `stamps.csv has ${values.length} rows, fewer than stamps`,
          {
            path,
          },
        );
      return values[index] === '' ? null : values[index];
    };
    return Object.fromEntries(this.columns.map(({ name }) => [name, cell(name)]));
  }
}

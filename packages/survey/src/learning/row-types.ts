import type { Matrix } from '@blemish/learn';
import type { RowOrigin } from '../datasets/index.ts';

/** Which column of a table is what. */
export interface ColumnRoles {
  /** Null where the rows need no label: predictions. */
  readonly label: string | null;
  readonly id: string | null;
  readonly group: string | null;
  readonly tags?: string | null | undefined;
  readonly features: readonly string[];
}

/** A file that was read, with all its rows. */
export interface ReadFile {
  readonly path: string;
  readonly rows: number;
}

/** Rows of a table as a classifier takes them: entry i of each is row i, which `originOf` finds in the file it is from. */
export interface TableRows {
  readonly path: string;
  /** Every file that was read, `path` the first. */
  readonly files: readonly ReadFile[];
  /** File and row of an entry; where a column is named, of its cell, which a join may have from another file. */
  readonly originOf: (row: number, column?: string | null) => RowOrigin;
  readonly roles: ColumnRoles;
  /** [rows, features]; NaN where a cell is empty. */
  readonly x: Matrix;
  readonly labels: readonly string[] | null;
  readonly ids: readonly string[] | null;
  readonly groups: readonly string[] | null;
  /** Words that say more of each row. */
  readonly tags: readonly string[] | null;
  /** Rows of the tables that have no usable frames and are left out, by their identifiers. */
  readonly leftOut?: readonly LeftOut[] | undefined;
  /** Of rows whose arrays hold frames without a value: numbers in the array of the frames that are there; null where it is all. */
  readonly frameNumbers?: readonly (Int32Array | null)[] | undefined;
  /** What a person should know of the reading. */
  readonly notes: readonly string[];
}

/** A row that is left out, and why. */
export interface LeftOut {
  readonly id: string;
  readonly reason: string;
}

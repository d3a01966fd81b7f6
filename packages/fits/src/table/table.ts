/** What tables look like once read, for binary and ASCII tables alike. */
import { FitsError } from '../errors.ts';

export interface TableReadOptions {
  /** Names (case-insensitive) of the columns to read, in this order; all by default. */
  columns?: readonly string[];
  /** Rows [from, to); all by default. */
  rows?: readonly [number, number];
}

export type NumericArray =
  | Uint8Array
  | Int8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array
  | Float32Array
  | Float64Array;

/**
 * Values of a column, row after row:
 * numbers: one typed array of rows * width elements, big-endian undone, TSCAL and TZERO applied (Float64Array then,
 * or the unsigned type for the unsigned convention);
 * complex: a float array of rows * width * 2, real and imaginary part in turn;
 * bits: Uint8Array of 0 and 1, rows * width; logical: Uint8Array of 0 and 1, `nulls` says where it is neither;
 * strings: an array of rows * width strings, trailing blanks removed; variable-length columns: one typed array or string a row.
 */
export type ColumnValues = NumericArray | string[] | (NumericArray | string)[];

export interface TableColumn {
  /** TTYPEn, or `colN` where there is none. */
  readonly name: string;
  readonly unit: string;
  readonly format: string;
  readonly type: 'number' | 'complex' | 'bit' | 'logical' | 'string' | 'variable';
  /** Elements in one row; for variable-length columns the largest declared, or 0 when unknown. */
  readonly width: number;
  /** TDIMn in numpy order, or [width], or [] for one element a row. */
  readonly shape: readonly number[];
  readonly values: ColumnValues;
  /** 1 where the element is undefined (TNULLn, a blank ASCII number, a logical 0), null where no element is. Scaled columns hold NaN there too. */
  readonly nulls: Uint8Array | null;
}

export interface Table {
  readonly rowCount: number;
  readonly columns: readonly TableColumn[];
  /** By name, case-insensitively. @throws FitsError COLUMN_NOT_FOUND */
  column(name: string): TableColumn;
}

export function makeTable(rowCount: number, columns: readonly TableColumn[]): Table {
  return {
    rowCount,
    columns,
    column: (name) => pickColumns(columns, [name])[0],
  };
}

/** The columns named, in that order. @throws FitsError COLUMN_NOT_FOUND */
export function pickColumns<T extends { readonly name: string }>(
  columns: readonly T[],
  names: readonly string[] | undefined,
): readonly T[] {
  if (names === undefined) return columns;
  return names.map((name) => {
    const found =
      columns.find((column) => column.name === name) ??
      columns.find((column) => column.name.toUpperCase() === name.trim().toUpperCase());
    if (found !== undefined) return found;
    const list = columns.map((column) => column.name).join(', ');
    throw new FitsError('COLUMN_NOT_FOUND', `no column '${name}'; there are: ${list}`);
  });
}

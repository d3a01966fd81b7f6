import { selectSequences } from './sequences/sequences.ts';
import type { Sequences } from './sequences/sequences.ts';

/** A table of numbers: `rows` × `columns`, row after row. NaN is a missing value. */
export interface Matrix {
  readonly rows: number;
  readonly columns: number;
  readonly data: Float64Array;
  /** Where each row is an object seen in many frames: these, beside its columns, of which there may then be none. */
  readonly sequences?: Sequences;
}

/**
 * @param data row after row, or one array a row
 * @throws RangeError where the lengths do not fit.
 */
export function matrix(rows: number, columns: number, data?: ArrayLike<number>): Matrix {
  if (data !== undefined && data.length !== rows * columns) {
    throw new RangeError(
      `${data.length} numbers do not fill ${rows} rows of ${columns} columns: give ${rows * columns}`,
    );
  }
  const values = data === undefined ? new Float64Array(rows * columns) : Float64Array.from(data);
  return { rows, columns, data: values };
}

/** A copy of the chosen rows, in the order given. */
export function selectRows({ columns, data, sequences }: Matrix, rows: ArrayLike<number>): Matrix {
  const chosen = matrix(rows.length, columns);
  for (let i = 0; i < rows.length; i++) {
    chosen.data.set(data.subarray(rows[i] * columns, (rows[i] + 1) * columns), i * columns);
  }
  return sequences === undefined ? chosen : { ...chosen, sequences: selectSequences(sequences, rows) };
}

/** Other columns of the same rows, which keep their frames. */
export function withFramesOf(columns: Matrix, { sequences }: Matrix): Matrix {
  return sequences === undefined ? columns : { ...columns, sequences };
}

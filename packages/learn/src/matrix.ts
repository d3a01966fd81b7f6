/** A table of numbers: `rows` × `columns`, row after row. NaN is a missing value. */
export interface Matrix {
  readonly rows: number;
  readonly columns: number;
  readonly data: Float64Array;
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
export function selectRows({ columns, data }: Matrix, rows: ArrayLike<number>): Matrix {
  const chosen = matrix(rows.length, columns);
  for (let i = 0; i < rows.length; i++) {
    chosen.data.set(data.subarray(rows[i] * columns, (rows[i] + 1) * columns), i * columns);
  }
  return chosen;
}

import type { Matrix } from '../matrix.ts';

/** Columns (from 0) that have one value in every row; a column with missing values is not one of them: where they are may tell. */
export function constantColumns({ rows, columns, data }: Matrix): number[] {
  const found: number[] = [];
  for (let j = 0; j < columns; j++) {
    let i = 1;
    while (i < rows && data[i * columns + j] === data[j]) i++;
    if (i === rows) found.push(j);
  }
  return found;
}

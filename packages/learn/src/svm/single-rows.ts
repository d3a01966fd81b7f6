import { RowError, columnName } from '../check-training.ts';
import type { Matrix } from '../matrix.ts';

/** Squares of larger numbers, summed, leave single precision. */
const largest = 1e16;

/**
 * Rows less `center`, in single precision: what lies far from zero keeps the digits that tell rows apart.
 * @param buffer where the numbers go, `rows · columns · 4` bytes
 * @throws RowError on numbers beyond what single precision can square (row and column named).
 */
export function singleRows(
  { rows, columns, data }: Matrix,
  center: Float64Array,
  names?: readonly string[],
  buffer: ArrayBufferLike = new ArrayBuffer(rows * columns * 4),
): Float32Array[] {
  const single = new Float32Array(buffer);
  for (let i = 0; i < data.length; i++) {
    const c = i % columns;
    const value = data[i] - center[c];
    if (Math.abs(value) > largest) {
      throw new RowError(
        Math.floor(i / columns),
        `, ${columnName(names, c)}: ${data[i]} is too large to be squared; scale the columns first`,
      );
    }
    single[i] = value;
  }
  return viewRows(single, columns);
}

/** One view a row. */
export function viewRows<Data extends Float32Array | Uint8Array>(data: Data, columns: number): Data[] {
  return Array.from(
    { length: data.length / columns },
    (_, i) => data.subarray(i * columns, (i + 1) * columns) as Data,
  );
}

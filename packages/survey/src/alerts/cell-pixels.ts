import { decodeNpy, toFloat64 } from '../arrays/index.ts';
import { AlertProblem } from './avro-schema.ts';
import { readCutout } from './cutout.ts';

/** Numbers of a field or cell, row-major. */
export interface CellPixels {
  /** Null where the numbers come in a row, without a shape. */
  readonly shape: readonly number[] | null;
  readonly data: Float32Array | Float64Array;
}

/**
 * What a field of an alert or a cell of Parquet holds: FITS, gzipped or not; an npy file; bare little-endian numbers of 4 bytes (of 8, where
 * `expected` of those fit); or a list of numbers, also lists of lists.
 * @param expected how many numbers a stamp of the right size has
 * @throws AlertProblem
 */
export async function readCell(cell: unknown, expected: number): Promise<CellPixels> {
  if (cell instanceof Uint8Array) {
    if ((cell[0] === 0x1f && cell[1] === 0x8b) || startsWith(cell, 'SIMPLE')) {
      const { width, height, data } = await readCutout(cell);
      return { shape: [height, width], data };
    }
    if (startsWith(cell, '\x93NUMPY')) return readNpy(cell);
    return { shape: null, data: bareNumbers(cell, expected) };
  }
  if (ArrayBuffer.isView(cell))
    return { shape: null, data: Float64Array.from(cell as unknown as Iterable<number>, Number) };
  if (Array.isArray(cell)) return readList(cell);
  throw new AlertProblem('holds no pixels');
}

function readNpy(bytes: Uint8Array): CellPixels {
  try {
    const { shape, data } = decodeNpy(bytes);
    return { shape, data: toFloat64(data) };
  } catch (cause) {
    throw new AlertProblem('is no npy file that can be read', { cause });
  }
}

function bareNumbers(bytes: Uint8Array, expected: number): CellPixels['data'] {
  const { buffer } = new Uint8Array(bytes);
  if (bytes.length === 8 * expected) return new Float64Array(buffer);
  if (bytes.length > 0 && bytes.length % 4 === 0) return new Float32Array(buffer);
  throw new AlertProblem(`holds ${bytes.length} bytes that are neither FITS, npy nor numbers`);
}

/** Lists as an array; an empty cell in it is a missing pixel. */
function readList(list: readonly unknown[]): CellPixels {
  const shape: number[] = [];
  for (let inner: unknown = list; isList(inner); inner = inner[0]) shape.push(inner.length);
  const values: number[] = [];
  const collect = (items: ArrayLike<unknown>, axis: number): void => {
    if (items.length !== shape[axis]) throw new AlertProblem('holds lists of different lengths');
    for (let i = 0; i < items.length; i++) {
      const item = items[i];
      if (axis + 1 < shape.length) {
        if (!isList(item)) throw new AlertProblem('holds lists of different depths');
        collect(item, axis + 1);
      } else if (isList(item)) throw new AlertProblem('holds lists of different depths');
      else values.push(typeof item === 'number' || typeof item === 'bigint' ? Number(item) : NaN);
    }
  };
  collect(list, 0);
  if (values.length === 0) throw new AlertProblem('is empty');
  return { shape: shape.length > 1 ? shape : null, data: Float64Array.from(values) };
}

function isList(value: unknown): value is ArrayLike<unknown> {
  return Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView));
}

function startsWith(bytes: Uint8Array, start: string): boolean {
  return bytes.length >= start.length && [...start].every((letter, k) => bytes[k] === letter.charCodeAt(0));
}

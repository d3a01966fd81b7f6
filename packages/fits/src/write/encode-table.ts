/** Binary tables to bytes: FITS standard 4.0, section 7.3. */
import { Header } from '../header.ts';
import { encodeBigEndian } from '../image-data.ts';
import type { NumericArray } from '../table/table.ts';
import { assembleHdu } from './assemble.ts';
import { contentCards, storage, storedBytes } from './output.ts';

export interface OutputColumn {
  name: string;
  unit?: string;
  /**
   * A typed array of rows * width numbers; strings, padded to the longest; booleans; or one typed array a row (a
   * variable-length column). Unsigned arrays are written by the TZERO convention.
   */
  values: NumericArray | readonly string[] | readonly boolean[] | readonly NumericArray[];
  /** Elements in one row of a number column, 1 by default. */
  width?: number;
  /** Shape of one row's elements in numpy order, written as TDIM. */
  shape?: readonly number[];
}

/** A binary table to write. */
export interface OutputTable {
  /** Cards behind the structural ones, EXTNAME among them. */
  header: Header;
  columns: readonly OutputColumn[];
}

interface EncodedColumn {
  readonly format: string;
  /** Row after row. */
  readonly bytes: Uint8Array;
  readonly rowBytes: number;
  readonly rows: number;
  readonly zero: number | bigint;
}

const letters: Readonly<Record<string, string>> = {
  8: 'B',
  16: 'I',
  32: 'J',
  64: 'K',
  '-32': 'E',
  '-64': 'D',
};
const utf8 = new TextEncoder();

/** @throws RangeError when columns differ in length, TypeError for values no column can hold */
export function encodeTable(table: OutputTable): Uint8Array {
  const heap: Uint8Array[] = [];
  let heapSize = 0;
  const addHeap = (bytes: Uint8Array): number => {
    heap.push(bytes);
    heapSize += bytes.length;
    return heapSize - bytes.length;
  };
  const columns = table.columns.map((column) => encodeColumn(column, addHeap));
  const rows = columns[0]?.rows ?? 0;
  columns.forEach((column, i) => {
    if (column.rows !== rows)
      throw new RangeError(
        `columns must have the same number of rows; '${table.columns[i].name}' has ${column.rows}, the first ${rows}`,
      );
  });
  const rowBytes = columns.reduce((sum, column) => sum + column.rowBytes, 0);
  const cells = new Uint8Array(rowBytes * rows);
  let offset = 0;
  for (const column of columns) {
    for (let row = 0; row < rows; row++)
      cells.set(
        column.bytes.subarray(row * column.rowBytes, (row + 1) * column.rowBytes),
        row * rowBytes + offset,
      );
    offset += column.rowBytes;
  }
  const header = tableStructure(rowBytes, rows, heapSize, columns.length);
  table.columns.forEach((column, i) => describeColumn(header, i + 1, column, columns[i]));
  for (const card of contentCards(table.header)) header.append(card);
  return assembleHdu(header, [cells, ...heap]);
}

/** Structural cards of a binary table. */
export function tableStructure(rowBytes: number, rows: number, heapSize: number, fields: number): Header {
  return new Header()
    .set('XTENSION', 'BINTABLE', 'binary table extension')
    .set('BITPIX', 8, '8-bit bytes')
    .set('NAXIS', 2, 'two-dimensional table')
    .set('NAXIS1', rowBytes, 'bytes in a row')
    .set('NAXIS2', rows, 'rows')
    .set('PCOUNT', heapSize, 'bytes of heap')
    .set('GCOUNT', 1, 'one group')
    .set('TFIELDS', fields, 'columns');
}

function describeColumn(header: Header, n: number, column: OutputColumn, encoded: EncodedColumn): void {
  header.set(`TTYPE${n}`, column.name).set(`TFORM${n}`, encoded.format);
  if (column.unit !== undefined && column.unit !== '') header.set(`TUNIT${n}`, column.unit);
  if (encoded.zero !== 0) header.set(`TSCAL${n}`, 1).set(`TZERO${n}`, encoded.zero);
  if (column.shape !== undefined && column.shape.length > 0)
    header.set(`TDIM${n}`, `(${[...column.shape].reverse().join(',')})`);
}

function encodeColumn(column: OutputColumn, addHeap: (bytes: Uint8Array) => number): EncodedColumn {
  const { values } = column;
  if (isNumeric(values)) return encodeNumbers(column, values);
  const first = (values as readonly unknown[])[0];
  if (typeof first === 'boolean') {
    const flags = values as readonly boolean[];
    const bytes = Uint8Array.from(flags, (flag) => (flag ? 0x54 : 0x46));
    return { format: '1L', bytes, rowBytes: 1, rows: flags.length, zero: 0 };
  }
  if (first === undefined || typeof first === 'string') return encodeStrings(values as readonly string[]);
  if (isNumeric(first)) return encodeVariable(values as readonly NumericArray[], addHeap);
  throw new TypeError(
    `values of column '${column.name}' must be a typed array, or strings, booleans or typed arrays`,
  );
}

const isNumeric = (values: unknown): values is NumericArray =>
  ArrayBuffer.isView(values) && !(values instanceof DataView);

function encodeNumbers(column: OutputColumn, values: NumericArray): EncodedColumn {
  const width = column.width ?? column.shape?.reduce((product, n) => product * n, 1) ?? 1;
  const rows = values.length / width;
  if (!Number.isInteger(rows) || width < 1)
    throw new RangeError(
      `width of column '${column.name}' must divide its ${values.length} values; got ${width}`,
    );
  const { bitpix, zero } = columnStorage(values);
  const bytes = storedBytes(values);
  const rowBytes = width * values.BYTES_PER_ELEMENT;
  return { format: `${width}${letters[bitpix]}`, bytes, rowBytes, rows, zero };
}

function columnStorage(values: NumericArray): { bitpix: number; zero: number | bigint } {
  const { bitpix, zero } = storage(values);
  return { bitpix, zero: bitpix === 64 && zero !== 0 ? BigInt(zero) : zero };
}

function encodeStrings(values: readonly string[]): EncodedColumn {
  const encoded = values.map((text) => utf8.encode(text));
  const rowBytes = encoded.reduce((most, bytes) => Math.max(most, bytes.length), 1);
  const bytes = new Uint8Array(rowBytes * encoded.length).fill(0x20);
  encoded.forEach((text, row) => bytes.set(text, row * rowBytes));
  return { format: `${rowBytes}A`, bytes, rowBytes, rows: values.length, zero: 0 };
}

function encodeVariable(
  arrays: readonly NumericArray[],
  addHeap: (bytes: Uint8Array) => number,
): EncodedColumn {
  const { bitpix, zero } = columnStorage(arrays[0]);
  // 64-bit descriptors: a heap beyond 2 GB is rare, but 8 bytes a row are cheap against a table nobody can read.
  const descriptors = new BigInt64Array(arrays.length * 2);
  let most = 0;
  arrays.forEach((array, row) => {
    if (array.constructor !== arrays[0].constructor)
      throw new TypeError('the arrays of a variable-length column must be of one type');
    descriptors[2 * row] = BigInt(array.length);
    descriptors[2 * row + 1] = BigInt(addHeap(storedBytes(array)));
    most = Math.max(most, array.length);
  });
  const bytes = encodeBigEndian(descriptors);
  return { format: `1Q${letters[bitpix]}(${most})`, bytes, rowBytes: 16, rows: arrays.length, zero };
}

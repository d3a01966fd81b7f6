/** Binary tables: FITS standard 4.0, section 7.3. */
import type { ByteSource } from '../byte-source.ts';
import { readExactly } from '../byte-source.ts';
import { FitsError } from '../errors.ts';
import type { Hdu } from '../hdu.ts';
import { checkRows } from '../image-data.ts';
import { decodeElements, decodeStrings } from './column-data.ts';
import { HeapReader, readDescriptors } from './heap.ts';
import type { Table, TableColumn, TableReadOptions } from './table.ts';
import { makeTable, pickColumns } from './table.ts';
import type { Field } from './tform.ts';
import { readFields } from './tform.ts';

/** @throws FitsError BAD_TABLE, COLUMN_NOT_FOUND, TRUNCATED_DATA; RangeError for impossible rows */
export async function readBinaryTable(
  source: ByteSource,
  hdu: Hdu,
  options: TableReadOptions,
): Promise<Table> {
  const header = hdu.storedHeader;
  const rowBytes = header.number('NAXIS1') ?? 0;
  const height = header.number('NAXIS2') ?? 0;
  const [from, to] = checkRows(options.rows, height);
  const fields = pickColumns(readFields(header), options.columns);
  const bytes = await readExactly(
    source,
    hdu.dataOffset + from * rowBytes,
    (to - from) * rowBytes,
    hdu.index,
  );
  // A table may have rows without bytes, and a header may claim any number of them.
  if (rowBytes === 0 && to - from > 2 ** 31)
    throw new FitsError('TOO_LARGE', `${to - from} empty rows`, { keyword: 'NAXIS2' });
  const heap = new HeapReader(source, hdu);
  const columns: TableColumn[] = [];
  for (const field of fields) columns.push(await readColumn(field, bytes, rowBytes, to - from, heap));
  return makeTable(to - from, columns);
}

async function readColumn(
  field: Field,
  rows: Uint8Array,
  rowBytes: number,
  rowCount: number,
  heap: HeapReader,
): Promise<TableColumn> {
  const packed = gather(rows, rowBytes, field.offset, field.bytes, rowCount);
  const common = { name: field.name, unit: field.unit, format: field.format };
  switch (field.letter) {
    case 'P':
    case 'Q': {
      const descriptors = readDescriptors(packed, field.letter, rowCount);
      const values = await heap.readArrays(field, descriptors);
      const shape = field.dims ?? [field.heapMax];
      return { ...common, type: 'variable', width: field.heapMax, shape, values, nulls: null };
    }
    case 'A': {
      const size = field.stringWidth > 0 ? field.stringWidth : field.repeat;
      const perRow = size === 0 ? 1 : Math.floor(field.repeat / size);
      const values = decodeStrings(packed, rowCount, field.repeat, size, perRow);
      const shape = field.dims === null ? (perRow === 1 ? [] : [perRow]) : field.dims.slice(0, -1);
      return { ...common, type: 'string', width: perRow, shape, values, nulls: null };
    }
    default: {
      const { values, nulls, type } = decodeElements(packed, field.letter, field, rowCount * field.repeat);
      const shape = field.dims ?? (field.repeat === 1 ? [] : [field.repeat]);
      return { ...common, type, width: field.repeat, shape, values, nulls };
    }
  }
}

/** The bytes of one column, row after row, in memory of its own. */
export function gather(
  rows: Uint8Array,
  rowBytes: number,
  offset: number,
  bytes: number,
  rowCount: number,
): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(bytes * rowCount);
  if (bytes === rowBytes) out.set(rows);
  else if (bytes <= 16) {
    let at = 0;
    for (let row = 0; row < rowCount; row++) {
      const start = row * rowBytes + offset;
      for (let i = 0; i < bytes; i++) out[at++] = rows[start + i];
    }
  } else {
    for (let row = 0; row < rowCount; row++) {
      const start = row * rowBytes + offset;
      out.set(rows.subarray(start, start + bytes), row * bytes);
    }
  }
  return out;
}

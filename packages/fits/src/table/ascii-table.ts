/** ASCII tables: FITS standard 4.0, section 7.2. */
import type { ByteSource } from '../byte-source.ts';
import { readExactly } from '../byte-source.ts';
import { FitsError } from '../errors.ts';
import type { Hdu } from '../hdu.ts';
import { checkRows } from '../image-data.ts';
import type { Header } from '../header.ts';
import type { Table, TableColumn, TableReadOptions } from './table.ts';
import { makeTable, pickColumns } from './table.ts';

interface AsciiField {
  readonly name: string;
  readonly unit: string;
  readonly format: string;
  readonly letter: string;
  /** First character, from 0, and characters. */
  readonly start: number;
  readonly width: number;
  /** Digits behind the point that is not written. */
  readonly decimals: number;
  readonly scale: number;
  readonly zero: number;
  readonly nullText: string | undefined;
}

/**
 * Columns: strings for A, Float64Array for I, F, E and D (integers of up to 53 bits are exact).
 * A blank number is undefined (NaN, and marked in `nulls`), text that is no number a BAD_TABLE.
 */
export async function readAsciiTable(
  source: ByteSource,
  hdu: Hdu,
  options: TableReadOptions,
): Promise<Table> {
  const header = hdu.storedHeader;
  const rowBytes = header.number('NAXIS1') ?? 0;
  const [from, to] = checkRows(options.rows, header.number('NAXIS2') ?? 0);
  const fields = pickColumns(readFields(header, rowBytes), options.columns);
  const bytes = await readExactly(
    source,
    hdu.dataOffset + from * rowBytes,
    (to - from) * rowBytes,
    hdu.index,
  );
  if (rowBytes === 0 && to - from > 2 ** 31)
    throw new FitsError('TOO_LARGE', `${to - from} empty rows`, { keyword: 'NAXIS2' });
  return makeTable(
    to - from,
    fields.map((field) => readColumn(field, bytes, rowBytes, to - from)),
  );
}

function readFields(header: Header, rowBytes: number): AsciiField[] {
  const count = header.get('TFIELDS');
  const bad = (keyword: string) =>
    new FitsError('BAD_TABLE', `${keyword} is ${String(header.get(keyword))}`, { keyword });
  if (typeof count !== 'number' || !Number.isInteger(count) || count < 0 || count > 999) throw bad('TFIELDS');
  const fields: AsciiField[] = [];
  for (let n = 1; n <= count; n++) {
    const format = header.string(`TFORM${n}`) ?? '';
    const match = /^([AIFED])(\d+)(?:\.(\d+))?/i.exec(format);
    if (match === null) throw bad(`TFORM${n}`);
    const start = (header.number(`TBCOL${n}`) ?? 0) - 1;
    const width = Number(match[2]);
    if (!Number.isInteger(start) || start < 0 || start + width > rowBytes) throw bad(`TBCOL${n}`);
    const nullText = header.get(`TNULL${n}`);
    fields.push({
      name: header.string(`TTYPE${n}`) ?? `col${n}`,
      unit: header.string(`TUNIT${n}`) ?? '',
      format,
      letter: match[1].toUpperCase(),
      start,
      width,
      decimals: Number(match[3] ?? 0),
      scale: header.number(`TSCAL${n}`) ?? 1,
      zero: header.number(`TZERO${n}`) ?? 0,
      nullText: nullText === undefined || nullText === null ? undefined : String(nullText).trim(),
    });
  }
  return fields;
}

function readColumn(field: AsciiField, bytes: Uint8Array, rowBytes: number, rowCount: number): TableColumn {
  const { name, unit, format, width } = field;
  const text = (row: number): string => {
    const start = row * rowBytes + field.start;
    return String.fromCharCode(...bytes.subarray(start, start + width));
  };
  const common = { name, unit, format, width: 1, shape: [] };
  if (field.letter === 'A') {
    const values = Array.from({ length: rowCount }, (_, row) => text(row).replace(/[ \0]+$/, ''));
    return { ...common, type: 'string', values, nulls: null };
  }
  const values = new Float64Array(rowCount);
  let nulls: Uint8Array | null = null;
  for (let row = 0; row < rowCount; row++) {
    const token = text(row).trim();
    if (token === '' || token === field.nullText) {
      nulls ??= new Uint8Array(rowCount);
      nulls[row] = 1;
      values[row] = NaN;
      continue;
    }
    values[row] = parseNumber(token, field, row) * field.scale + field.zero;
  }
  return { ...common, type: 'number', values, nulls };
}

function parseNumber(token: string, field: AsciiField, row: number): number {
  const normal = token.toUpperCase().replace('D', 'E');
  const value = Number(normal);
  if (Number.isNaN(value) && !/^[+-]?NAN$/.test(normal))
    throw new FitsError('BAD_TABLE', `row ${row} of column ${field.name} holds '${token}', no number`);
  // A real without a point has it `decimals` digits from the right of its mantissa.
  const mantissa = normal.split('E')[0];
  return field.letter !== 'I' && field.decimals > 0 && !mantissa.includes('.')
    ? value / 10 ** field.decimals
    : value;
}

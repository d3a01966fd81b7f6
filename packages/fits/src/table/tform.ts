/** TFORMn of binary tables: FITS standard 4.0, 7.3.1, table 18. */
import { FitsError } from '../errors.ts';
import type { Header } from '../header.ts';

/** Bytes of one element by type letter; X is counted in bits. */
export const elementBytes: Readonly<Record<string, number>> = {
  L: 1,
  X: 1,
  B: 1,
  I: 2,
  J: 4,
  K: 8,
  A: 1,
  E: 4,
  D: 8,
  C: 8,
  M: 16,
  P: 8,
  Q: 16,
};

export interface Field {
  /** Column number, from 1. */
  readonly number: number;
  readonly name: string;
  readonly unit: string;
  readonly format: string;
  readonly letter: string;
  readonly repeat: number;
  /** Offset and length in the row, bytes. */
  readonly offset: number;
  readonly bytes: number;
  /** For P and Q: the type letter of the heap's elements and the largest count declared (0 when not). */
  readonly heapLetter: string;
  readonly heapMax: number;
  readonly scale: number;
  readonly zero: number;
  readonly nullValue: number | bigint | undefined;
  /** TDIMn in numpy order, null when absent or impossible. */
  readonly dims: readonly number[] | null;
  /** Characters of one string (A columns that say `rAw`, or by TDIM), 0 when the whole field is one string. */
  readonly stringWidth: number;
}

/**
 * All columns of a binary table.
 * @throws FitsError BAD_TABLE when a TFORM cannot be read or the columns are wider than the row
 */
export function readFields(header: Header): Field[] {
  const count = header.get('TFIELDS');
  if (typeof count !== 'number' || !Number.isInteger(count) || count < 0 || count > 999)
    throw new FitsError('BAD_TABLE', `TFIELDS is ${String(count)}, not an integer from 0 to 999`, {
      keyword: 'TFIELDS',
    });
  const rowBytes = header.number('NAXIS1') ?? 0;
  const fields: Field[] = [];
  let offset = 0;
  for (let n = 1; n <= count; n++) {
    const field = readField(header, n, offset);
    offset += field.bytes;
    if (offset > rowBytes)
      throw new FitsError('BAD_TABLE', `the columns up to ${n} take ${offset} bytes, NAXIS1 is ${rowBytes}`, {
        keyword: `TFORM${n}`,
      });
    fields.push(field);
  }
  return fields;
}

function readField(header: Header, n: number, offset: number): Field {
  const format = header.string(`TFORM${n}`) ?? '';
  const match = /^(\d*)\s*([LXBIJKAEDCMPQ])(.*)$/i.exec(format);
  if (match === null)
    throw new FitsError('BAD_TABLE', `TFORM${n} is '${format}', which is no column format`, {
      keyword: `TFORM${n}`,
    });
  const repeat = match[1] === '' ? 1 : Number(match[1]);
  const letter = match[2].toUpperCase();
  const rest = match[3];
  const isHeap = letter === 'P' || letter === 'Q';
  const heap = /^([LXBIJKAEDCM])(?:\((\d+)\))?/i.exec(rest);
  if (isHeap && (heap === null || repeat > 1))
    throw new FitsError('BAD_TABLE', `TFORM${n} is '${format}', which is no variable-length format`, {
      keyword: `TFORM${n}`,
    });
  const bytes = letter === 'X' ? Math.ceil(repeat / 8) : repeat * elementBytes[letter];
  const dims = readDims(header.string(`TDIM${n}`), letter === 'A' || !isHeap ? repeat : -1);
  // The convention `rAw`: strings of w characters, r characters in all.
  const width = letter === 'A' ? Number(/^(\d+)/.exec(rest)?.[1] ?? 0) : 0;
  const nullValue = header.get(`TNULL${n}`);
  const isInteger = typeof nullValue === 'bigint' || Number.isInteger(nullValue);
  return {
    number: n,
    name: header.string(`TTYPE${n}`) ?? `col${n}`,
    unit: header.string(`TUNIT${n}`) ?? '',
    format,
    letter,
    repeat,
    offset,
    bytes,
    heapLetter: isHeap ? heap![1].toUpperCase() : '',
    heapMax: isHeap ? Number(heap![2] ?? 0) : 0,
    scale: header.number(`TSCAL${n}`) ?? 1,
    zero: header.number(`TZERO${n}`) ?? 0,
    nullValue: isInteger ? (nullValue as number | bigint) : undefined,
    dims,
    stringWidth: letter === 'A' && dims !== null ? dims.at(-1)! : width > 0 && width < repeat ? width : 0,
  };
}

/** `(a,b,c)` in FITS order to numpy order; null when it does not describe `repeat` elements. */
function readDims(text: string | undefined, repeat: number): number[] | null {
  const match = /^\(([\d\s,]+)\)$/.exec(text ?? '');
  if (match === null) return null;
  const dims = match[1].split(',').map(Number).reverse();
  const product = dims.reduce((a, b) => a * b, 1);
  return product <= repeat && product > 0 ? dims : null;
}

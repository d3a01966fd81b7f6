import { applyUnsigned, decodeBigEndian } from '../image-data.ts';
import type { NumericArray } from './table.ts';
import type { Field } from './tform.ts';

export interface DecodedColumn {
  readonly values: NumericArray;
  readonly nulls: Uint8Array | null;
  readonly type: 'number' | 'complex' | 'bit' | 'logical';
}

const bitpixOf: Readonly<Record<string, number>> = {
  B: 8,
  I: 16,
  J: 32,
  K: 64,
  E: -32,
  D: -64,
  C: -32,
  M: -64,
};

/** Elements of any fixed-size type but A. `bytes` may be overwritten. `count` is elements, for X bits over all rows. */
export function decodeElements(
  bytes: Uint8Array,
  letter: string,
  field: Pick<Field, 'scale' | 'zero' | 'nullValue' | 'repeat'>,
  count: number,
): DecodedColumn {
  if (letter === 'X') return { values: decodeBits(bytes, field.repeat, count), nulls: null, type: 'bit' };
  if (letter === 'L') return decodeLogical(bytes);
  const bitpix = bitpixOf[letter];
  const type = letter === 'C' || letter === 'M' ? 'complex' : 'number';
  const stored = decodeBigEndian(bytes, bitpix, true);
  const nulls = findNulls(stored, bitpix > 0 ? field.nullValue : undefined);
  const { scale, zero } = field;
  if (scale === 1 && zero === 0) return { values: stored, nulls, type };
  const unsigned = applyUnsigned(stored, { scale, zero, blank: undefined }, bitpix);
  // An Int8 or other type than before, or the same array where the header asks for real scaling.
  if (unsigned !== stored) return { values: unsigned, nulls, type };
  const scaled = new Float64Array(stored.length);
  // TZERO of a complex column is added to the real part alone (standard 7.3.2).
  const step = type === 'complex' ? 2 : 1;
  for (let i = 0; i < scaled.length; i++) scaled[i] = Number(stored[i]) * scale + (i % step === 0 ? zero : 0);
  if (nulls !== null) for (let i = 0; i < scaled.length; i++) if (nulls[i] !== 0) scaled[i] = NaN;
  return { values: scaled, nulls, type };
}

function findNulls(stored: NumericArray, nullValue: number | bigint | undefined): Uint8Array | null {
  if (nullValue === undefined) return null;
  const wanted = stored instanceof BigInt64Array ? BigInt(nullValue) : nullValue;
  let nulls: Uint8Array | null = null;
  for (let i = 0; i < stored.length; i++) {
    if (stored[i] !== wanted) continue;
    nulls ??= new Uint8Array(stored.length);
    nulls[i] = 1;
  }
  return nulls;
}

/** Bits from the most significant one of each row's first byte. */
function decodeBits(bytes: Uint8Array, repeat: number, count: number): Uint8Array {
  const out = new Uint8Array(count);
  const rowBytes = Math.ceil(repeat / 8);
  for (let i = 0; i < count; i++) {
    const row = Math.floor(i / repeat);
    const bit = i - row * repeat;
    out[i] = (bytes[row * rowBytes + (bit >> 3)] >> (7 - (bit & 7))) & 1;
  }
  return out;
}

/** 'T' is 1, 'F' is 0, a zero byte is undefined; anything else counts as false, as in cfitsio. */
function decodeLogical(bytes: Uint8Array): DecodedColumn {
  const values = new Uint8Array(bytes.length);
  let nulls: Uint8Array | null = null;
  for (let i = 0; i < bytes.length; i++) {
    values[i] = bytes[i] === 0x54 ? 1 : 0;
    if (bytes[i] !== 0) continue;
    nulls ??= new Uint8Array(bytes.length);
    nulls[i] = 1;
  }
  return { values, nulls, type: 'logical' };
}

/** Strings of `size` characters, `perRow` in each row of `rowBytes`; a NUL ends a string, trailing blanks go. */
export function decodeStrings(
  bytes: Uint8Array,
  rowCount: number,
  rowBytes: number,
  size: number,
  perRow: number,
): string[] {
  const out: string[] = [];
  for (let row = 0; row < rowCount; row++)
    for (let k = 0; k < perRow; k++) {
      const start = row * rowBytes + k * size;
      out.push(decodeString(bytes.subarray(start, start + size)));
    }
  return out;
}

const utf8 = new TextDecoder();

export function decodeString(bytes: Uint8Array): string {
  const nul = bytes.indexOf(0);
  return utf8.decode(nul < 0 ? bytes : bytes.subarray(0, nul)).replace(/ +$/, '');
}

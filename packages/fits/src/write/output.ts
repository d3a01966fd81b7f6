/** What can be written, and the rules images and tables share. */
import type { Card } from '../card.ts';
import { Header } from '../header.ts';
import type { StoredArray } from '../image-data.ts';
import { encodeBigEndian, unsignedZero } from '../image-data.ts';

export interface Compression {
  type: 'RICE_1' | 'GZIP_1' | 'GZIP_2';
  /** [height, width]; one row by default. */
  tile?: readonly [number, number];
  /**
   * Floats only: quantise to steps of noise / level with subtractive dither method 0 (none), 1 or 2. RICE needs it;
   * without it GZIP is lossless.
   */
  quantize?: { level: number; dither: 0 | 1 | 2; seed: number };
}

/** An image to write. */
export interface OutputHdu {
  /** Everything but structure, scaling, BLANK and checksums, which are set here from `data`: theirs are dropped. Order is kept. */
  header: Header;
  /** Numpy order, [..., height, width]. */
  shape: readonly number[];
  /** Element type decides BITPIX; unsigned (and Int8) arrays are written by the BZERO convention. null writes no data. */
  data: StoredArray | null;
  /** BLANK: the integer that stands for undefined pixels. */
  blank?: number;
  compression?: Compression;
}

/** Cards that describe the data of the file they came from, and must not describe ours. */
const structural =
  /^(SIMPLE|XTENSION|BITPIX|NAXIS\d*|EXTEND|PCOUNT|GCOUNT|GROUPS|BLOCKED|BSCALE|BZERO|BLANK|CHECKSUM|DATASUM|TFIELDS|THEAP|Z(IMAGE|SIMPLE|TENSION|EXTEND|BLOCKED|PCOUNT|GCOUNT|BITPIX|NAXIS\d*|TILE\d+|CMPTYPE|NAME\d+|VAL\d+|QUANTIZ|DITHER0|BLANK|MASKCMP|HECKSUM|DATASUM)|T(TYPE|FORM|UNIT|NULL|SCAL|ZERO|DISP|DIM|BCOL)\d+)$/;

/** The cards of a header that are about its content. */
export const contentCards = (header: Header): readonly Card[] =>
  header.cards.filter((card) => !structural.test(card.keyword));

/** BZERO, BSCALE and BLANK where the data needs them: an unscaled image says nothing about scaling. */
export function scalingCards(hdu: OutputHdu): readonly Card[] {
  const { bitpix, zero } = storage(hdu.data);
  const header = new Header();
  if (zero !== 0) {
    header.set(
      'BZERO',
      bitpix === 64 ? BigInt(zero) : zero,
      'offset data range to that of unsigned integers',
    );
    header.set('BSCALE', 1, 'default scaling factor');
  }
  if (hdu.blank !== undefined) {
    if (bitpix < 0)
      throw new RangeError(`blank must not be given for float data, NaN is their blank; got ${hdu.blank}`);
    // BLANK is in stored integers, the caller's in those of the array.
    header.set('BLANK', hdu.blank - zero, 'value of undefined pixels');
  }
  return header.cards;
}

/** Structural cards of an image. */
export function imageStructure(primary: boolean, bitpix: number, shape: readonly number[]): Header {
  const header = new Header();
  if (primary) header.set('SIMPLE', true, 'file conforms to FITS standard');
  else header.set('XTENSION', 'IMAGE', 'image extension');
  header.set('BITPIX', bitpix, 'bits per pixel');
  header.set('NAXIS', shape.length, 'number of axes');
  [...shape].reverse().forEach((length, i) => header.set(`NAXIS${i + 1}`, length, `length of axis ${i + 1}`));
  if (primary) header.set('EXTEND', true, 'extensions may follow');
  else header.set('PCOUNT', 0, 'no heap').set('GCOUNT', 1, 'one group');
  return header;
}

/** @throws RangeError */
export function checkShape(hdu: OutputHdu): void {
  const elements = hdu.shape.reduce((product, n) => product * n, hdu.shape.length === 0 ? 0 : 1);
  const length = hdu.data?.length ?? elements;
  if (hdu.shape.some((n) => !Number.isInteger(n) || n < 0) || elements !== length)
    throw new RangeError(
      `shape must be non-negative integers whose product is the length of data (${length}); got [${hdu.shape.join(', ')}]`,
    );
}

/** BITPIX and BZERO for a typed array. @throws TypeError for other arrays */
export function storage(data: StoredArray | null): { bitpix: number; zero: number } {
  if (data === null) return { bitpix: 8, zero: 0 };
  if (data instanceof Float32Array) return { bitpix: -32, zero: 0 };
  if (data instanceof Float64Array) return { bitpix: -64, zero: 0 };
  // A Uint8ClampedArray (a canvas) is bytes too.
  if (!ArrayBuffer.isView(data) || (data as unknown) instanceof DataView)
    throw new TypeError('data must be a typed array or null');
  const bitpix = data.BYTES_PER_ELEMENT * 8;
  const signed = data instanceof Int16Array || data instanceof Int32Array || data instanceof BigInt64Array;
  const plain = signed || (bitpix === 8 && !(data instanceof Int8Array));
  return { bitpix, zero: plain ? 0 : unsignedZero(bitpix)! };
}

/** Big-endian bytes, unsigned values moved to the signed range by flipping the top bit. */
export function storedBytes(data: StoredArray): Uint8Array {
  const bytes = encodeBigEndian(data);
  if (storage(data).zero !== 0)
    for (let i = 0; i < bytes.length; i += data.BYTES_PER_ELEMENT) bytes[i] ^= 0x80;
  return bytes;
}

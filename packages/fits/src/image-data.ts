/** Stored image bytes to numbers: FITS standard 4.0, 5.1-5.3 (big-endian storage) and 4.4.2 (BSCALE, BZERO, BLANK). */
import { FitsError } from './errors.ts';
import type { Header } from './header.ts';

export type StoredArray =
  | Uint8Array
  | Int8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array
  | Float32Array
  | Float64Array;

/** Stored values, the unsigned convention (BZERO = 2^15 and so on) undone, otherwise unscaled. BLANK is left as it is. */
export interface StoredPixels {
  readonly shape: readonly number[];
  readonly data: StoredArray;
}

/** Physical values; undefined pixels are NaN. */
export interface ImagePixels {
  readonly shape: readonly number[];
  readonly data: Float32Array | Float64Array;
}

const arrayTypes = {
  '8': Uint8Array,
  '16': Int16Array,
  '32': Int32Array,
  '64': BigInt64Array,
  '-32': Float32Array,
  '-64': Float64Array,
} as const;

/** The array that values of a BITPIX are stored in. */
export type StoredType = InstanceType<(typeof arrayTypes)[keyof typeof arrayTypes]>;

/** Is this the kind of array that values of a BITPIX are stored in? */
export function isStoredAs(bitpix: number, array: StoredArray | undefined): array is StoredType {
  return array instanceof arrayTypes[String(bitpix) as keyof typeof arrayTypes];
}

/** `into` where it is the array that `pixels` stored values of a BITPIX need, else a new one. @throws RangeError beyond the memory there is */
export function storedArray(bitpix: number, pixels: number, into: StoredArray | undefined): StoredType {
  if (isStoredAs(bitpix, into) && into.length === pixels) return into;
  return new arrayTypes[String(bitpix) as keyof typeof arrayTypes](pixels);
}

const swap = (v: number): number => (v << 24) | ((v & 0xff00) << 8) | ((v >>> 8) & 0xff00) | (v >>> 24);

/** The bytes in memory aligned for `size`-byte elements, overwritable: themselves when that is allowed, else a copy. */
function aligned(bytes: Uint8Array, size: number, fresh: boolean): ArrayBufferView<ArrayBuffer> {
  const mine = fresh && bytes.byteOffset % size === 0 && bytes.buffer instanceof ArrayBuffer;
  return mine ? (bytes as Uint8Array<ArrayBuffer>) : new Uint8Array(bytes);
}

/** Reverses the bytes of `n` elements of 2, 4 or 8 bytes in place. */
function swapBytes(buffer: ArrayBuffer, byteOffset: number, n: number, size: number): void {
  if (size === 1) return;
  // Node has vector code for this, three times as fast as the loops below, which browsers run.
  if (typeof Buffer === 'function') {
    const native = Buffer.from(buffer, byteOffset, n * size);
    if (size === 2) native.swap16();
    else if (size === 4) native.swap32();
    else native.swap64();
    return;
  }
  swapLoops(buffer, byteOffset, n, size);
}

/** The same without Node: a loop over words, many times faster than a DataView per pixel. */
export function swapLoops(buffer: ArrayBuffer, byteOffset: number, n: number, size: number): void {
  if (size === 2) {
    const words = new Uint16Array(buffer, byteOffset, n);
    for (let i = 0; i < n; i++) {
      const v = words[i];
      words[i] = (v << 8) | (v >>> 8);
    }
  } else if (size === 4) {
    const words = new Int32Array(buffer, byteOffset, n);
    for (let i = 0; i < n; i++) words[i] = swap(words[i]);
  } else {
    const words = new Int32Array(buffer, byteOffset, n * 2);
    for (let i = 0; i < n; i++) {
      const high = words[2 * i];
      words[2 * i] = swap(words[2 * i + 1]);
      words[2 * i + 1] = swap(high);
    }
  }
}

/**
 * Big-endian bytes to a typed array of the machine's order.
 * @param fresh the bytes may be overwritten, which spares a copy
 */
export function decodeBigEndian(bytes: Uint8Array, bitpix: number, fresh = false): StoredArray {
  const size = Math.abs(bitpix) / 8;
  const view = bitpix === 8 && !fresh ? new Uint8Array(bytes) : aligned(bytes, size, fresh);
  const { buffer, byteOffset } = view;
  const n = Math.floor(bytes.length / size);
  swapBytes(buffer, byteOffset, n, size);
  switch (bitpix) {
    case 8:
      return new Uint8Array(buffer, byteOffset, n);
    case 16:
      return new Int16Array(buffer, byteOffset, n);
    case 32:
      return new Int32Array(buffer, byteOffset, n);
    case 64:
      return new BigInt64Array(buffer, byteOffset, n);
    case -32:
      return new Float32Array(buffer, byteOffset, n);
    case -64:
      return new Float64Array(buffer, byteOffset, n);
    default:
      throw new RangeError(`bitpix must be 8, 16, 32, 64, -32 or -64; got ${bitpix}`);
  }
}

/** Typed array to big-endian bytes, always a copy. */
export function encodeBigEndian(data: StoredArray): Uint8Array {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  if (data.BYTES_PER_ELEMENT === 1) return new Uint8Array(bytes);
  // Swapping is its own inverse, so the decoder does it.
  const bitpix = data.BYTES_PER_ELEMENT * 8;
  const swapped = decodeBigEndian(bytes, bitpix, false);
  return new Uint8Array(swapped.buffer, swapped.byteOffset, swapped.byteLength);
}

export interface Scaling {
  readonly scale: number;
  readonly zero: number;
  /** BLANK, integers only. */
  readonly blank: number | bigint | undefined;
}

/** BSCALE, BZERO and BLANK of an image header. BLANK means nothing for floats. */
export function readScaling(header: Header, bitpix: number): Scaling {
  const blank = header.get('BLANK');
  const isInteger = typeof blank === 'bigint' || (typeof blank === 'number' && Number.isInteger(blank));
  return {
    scale: header.number('BSCALE') ?? 1,
    zero: bigZero(header) ?? header.number('BZERO') ?? 0,
    blank: bitpix > 0 && isInteger ? blank : undefined,
  };
}

const bigZero = (header: Header): number | undefined => {
  const zero = header.get('BZERO');
  return typeof zero === 'bigint' ? Number(zero) : undefined;
};

/** BZERO of the unsigned-integer convention (standard 5.2.5, table 11) for a BITPIX; bytes are the signed ones there. */
export function unsignedZero(bitpix: number): number | undefined {
  return { 8: -128, 16: 2 ** 15, 32: 2 ** 31, 64: 2 ** 63 }[bitpix];
}

/** Undoes the unsigned convention in place where the header uses it: adding 2^(n-1) flips the top bit. */
export function applyUnsigned(data: StoredArray, scaling: Scaling, bitpix: number): StoredArray {
  if (scaling.scale !== 1 || scaling.zero !== unsignedZero(bitpix)) return data;
  const { buffer, byteOffset, byteLength } = data;
  const n = data.length;
  switch (bitpix) {
    case 8: {
      const bytes = new Uint8Array(buffer, byteOffset, n);
      for (let i = 0; i < n; i++) bytes[i] ^= 0x80;
      return new Int8Array(buffer, byteOffset, n);
    }
    case 16: {
      const words = new Uint16Array(buffer, byteOffset, n);
      for (let i = 0; i < n; i++) words[i] ^= 0x8000;
      return words;
    }
    case 32: {
      const words = new Uint32Array(buffer, byteOffset, n);
      for (let i = 0; i < n; i++) words[i] ^= 0x80000000;
      return words;
    }
    default: {
      const bytes = new Uint8Array(buffer, byteOffset, byteLength);
      for (let i = 7; i < byteLength; i += 8) bytes[i] ^= 0x80;
      return new BigUint64Array(buffer, byteOffset, n);
    }
  }
}

/**
 * Stored to physical values: `zero + scale * stored`, computed in double precision and rounded once, as cfitsio does;
 * BLANK becomes NaN, NaN stays NaN. Floats without scaling are returned as they are, not copied.
 * @param as 'float32' rounds everything to single precision; by default BITPIX 8, 16 and -32 give Float32Array, others Float64Array
 * @param into filled and returned instead of a new array, where it has the type and length of the result
 */
export function toPhysical(
  stored: StoredArray,
  bitpix: number,
  scaling: Scaling,
  as?: 'float32',
  into?: StoredArray,
): Float32Array | Float64Array {
  const { scale, zero, blank } = scaling;
  const plain = scale === 1 && zero === 0;
  const single = as === 'float32' || bitpix === 8 || bitpix === 16 || bitpix === -32;
  if (plain && stored instanceof Float32Array) return stored;
  if (plain && stored instanceof Float64Array && !single) return stored;
  const n = stored.length;
  const out = storedArray(single ? -32 : -64, n, into) as Float32Array | Float64Array;
  if (stored instanceof BigInt64Array || stored instanceof BigUint64Array) {
    convertInt64(stored, out, scale, zero);
  } else if (plain) {
    out.set(stored);
  } else {
    for (let i = 0; i < n; i++) out[i] = stored[i] * scale + zero;
  }
  if (blank !== undefined) {
    if (stored instanceof BigInt64Array || stored instanceof BigUint64Array) {
      const big = BigInt(blank);
      for (let i = 0; i < n; i++) if (stored[i] === big) out[i] = NaN;
    } else {
      for (let i = 0; i < n; i++) if (stored[i] === blank) out[i] = NaN;
    }
  }
  return out;
}

/** Halves instead of BigInt arithmetic, which is fifty times slower: high * 2^32 is exact, so the sum rounds once. */
function convertInt64(
  stored: BigInt64Array | BigUint64Array,
  out: Float32Array | Float64Array,
  scale: number,
  zero: number,
): void {
  // The unsigned convention as exact integers first: in doubles, small values would vanish beside 2^63.
  const unsigned = scale === 1 && zero === 2 ** 63;
  const low = new Uint32Array(stored.buffer, stored.byteOffset, stored.length * 2);
  const high = new Int32Array(stored.buffer, stored.byteOffset, stored.length * 2);
  for (let i = 0; i < out.length; i++) {
    const l = low[2 * i];
    const h = high[2 * i + 1];
    out[i] = unsigned ? (h + 2 ** 31) * 2 ** 32 + l : (h * 2 ** 32 + l) * scale + zero;
  }
}

/** Row range checked. @throws RangeError */
export function checkRows(
  rows: readonly [number, number] | undefined,
  height: number,
): readonly [number, number] {
  if (rows === undefined) return [0, height];
  const [from, to] = rows;
  if (!Number.isInteger(from) || !Number.isInteger(to) || from < 0 || to < from || to > height)
    throw new RangeError(
      `rows must be [from, to] with 0 <= from <= to <= ${height}; got [${String(from)}, ${String(to)}]`,
    );
  return [from, to];
}

/** Typed arrays end at 2^32 or so elements, and memory sooner: beyond this, read rows. */
const maxElements = 2 ** 31;

/** @throws FitsError TOO_LARGE */
export function checkElements(elements: number, place: { path: string; hdu: number }): void {
  if (elements > maxElements)
    throw new FitsError('TOO_LARGE', `${elements} values were asked for at once`, place);
}

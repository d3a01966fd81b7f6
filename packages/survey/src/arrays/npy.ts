import { float16Value } from '@blemish/engine/float16';
import { invalid, parseNpyHeader } from './npy-header.ts';
import type { NpyType } from './npy-header.ts';

export type NumericArray =
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array
  | Float32Array
  | Float64Array;

/** An array with its shape, row-major (C order). */
export interface NdArray {
  readonly shape: readonly number[];
  readonly data: NumericArray;
}

/**
 * Reads an npy file held in memory, in C order whatever its own. Elements keep their type; half precision becomes float32 and
 * booleans 0 and 1.
 * @throws SurveyError ARRAY_INVALID
 */
export function decodeNpy(bytes: Uint8Array, path = 'array'): NdArray {
  const { type, fortranOrder, shape, dataOffset } = parseNpyHeader(bytes, path);
  const count = elementCount(shape);
  const length = count * type.size;
  if (bytes.length - dataOffset < length) {
    throw invalid(path, `ends after ${bytes.length - dataOffset} of ${length} bytes of data`);
  }
  const data = decodeElements(bytes.subarray(dataOffset, dataOffset + length), type);
  return { shape, data: fortranOrder ? toRowMajor(data, shape) : data };
}

/** Elements of a type as numbers; `bytes` holds whole elements. */
export function decodeElements(bytes: Uint8Array, type: NpyType): NumericArray {
  // A copy, aligned and ours to turn round (the slice of a Node Buffer would be none).
  const copy = new Uint8Array(bytes);
  if (!type.littleEndian) reverseEach(copy, type.size);
  const { buffer } = copy;
  switch (`${type.kind}${type.size}`) {
    case 'i1':
      return new Int8Array(buffer);
    case 'i2':
      return new Int16Array(buffer);
    case 'i4':
      return new Int32Array(buffer);
    case 'i8':
      return new BigInt64Array(buffer);
    case 'u2':
      return new Uint16Array(buffer);
    case 'u4':
      return new Uint32Array(buffer);
    case 'u8':
      return new BigUint64Array(buffer);
    case 'f2':
      return Float32Array.from(new Uint16Array(buffer), float16Value);
    case 'f4':
      return new Float32Array(buffer);
    case 'f8':
      return new Float64Array(buffer);
    default:
      return copy;
  }
}

/** As doubles; 64-bit integers beyond 2^53 are rounded. */
export function toFloat64(data: NumericArray): Float64Array {
  return data instanceof BigInt64Array || data instanceof BigUint64Array
    ? Float64Array.from(data as Iterable<bigint>, Number)
    : Float64Array.from(data);
}

/** An npy file (version 1.0, little-endian, C order). */
export function encodeNpy({ shape, data }: NdArray): Uint8Array {
  if (data.length !== elementCount(shape)) {
    throw new RangeError(
      `${data.length} values do not fill shape [${shape.join(', ')}]; give one for each element`,
    );
  }
  const header = encodeNpyHeader(data, shape);
  const out = new Uint8Array(header.length + data.byteLength);
  out.set(header);
  out.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), header.length);
  return out;
}

/** The header alone, 128 bytes or a multiple of 64 beyond, so that the count of rows can be written over later. */
export function encodeNpyHeader(data: NumericArray, shape: readonly number[]): Uint8Array {
  const tuple = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const text = `{'descr': '${descrOf(data)}', 'fortran_order': False, 'shape': (${tuple}), }`;
  const length = Math.max(128, Math.ceil((10 + text.length + 1) / 64) * 64);
  const out = new Uint8Array(length).fill(0x20);
  out.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0]);
  new DataView(out.buffer).setUint16(8, length - 10, true);
  out.set(new TextEncoder().encode(text), 10);
  out[length - 1] = 0x0a;
  return out;
}

function descrOf(data: NumericArray): string {
  const size = data.BYTES_PER_ELEMENT;
  if (data instanceof Float32Array || data instanceof Float64Array) return `<f${size}`;
  const signed =
    data instanceof Int8Array ||
    data instanceof Int16Array ||
    data instanceof Int32Array ||
    data instanceof BigInt64Array;
  return `${size === 1 ? '|' : '<'}${signed ? 'i' : 'u'}${size}`;
}

export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, extent) => product * extent, 1);
}

function reverseEach(bytes: Uint8Array, size: number): void {
  if (size === 1) return;
  for (let at = 0; at < bytes.length; at += size) bytes.subarray(at, at + size).reverse();
}

/** Fortran order has the first axis running fastest. */
function toRowMajor(data: NumericArray, shape: readonly number[]): NumericArray {
  if (shape.length < 2) return data;
  const out = data.slice();
  const strides: number[] = [];
  shape.reduce((stride, extent) => (strides.push(stride), stride * extent), 1);
  const index = shape.map(() => 0);
  let from = 0;
  for (let to = 0; to < out.length; to++) {
    out[to] = data[from];
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += strides[axis];
      if (++index[axis] < shape[axis]) break;
      from -= strides[axis] * shape[axis];
      index[axis] = 0;
    }
  }
  return out;
}

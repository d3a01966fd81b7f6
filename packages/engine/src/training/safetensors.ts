import { float16Value } from '../float16.ts';
import type { WeightArray } from '../network.ts';
import { elementCount } from '../shape.ts';

interface Entry {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data_offsets: readonly [number, number];
}

/** An array of one of the types that are written as they are. */
export interface TypedArray {
  readonly shape: readonly number[];
  readonly data: Float32Array | Float64Array | Int32Array | Uint8Array;
}

/**
 * Named arrays in the safetensors format (github.com/huggingface/safetensors): a JSON header that any framework reads, then the
 * numbers, little-endian.
 */
export function encodeSafetensors(
  arrays: ReadonlyMap<string, TypedArray>,
  metadata: Readonly<Record<string, string>>,
): Uint8Array {
  const header: Record<string, unknown> = { __metadata__: metadata };
  let offset = 0;
  for (const [name, { shape, data }] of arrays) {
    const entry: Entry = { dtype: dtypeOf(data), shape, data_offsets: [offset, offset + data.byteLength] };
    header[name] = entry;
    offset += data.byteLength;
  }
  const json = JSON.stringify(header);
  const text = new TextEncoder().encode(json);
  // Blanks after the JSON put the numbers on a multiple of 8 bytes, as the format recommends.
  const headerLength = Math.ceil(text.length / 8) * 8;
  const out = new Uint8Array(8 + headerLength + offset).fill(0x20, 8, 8 + headerLength);
  new DataView(out.buffer).setBigUint64(0, BigInt(headerLength), true);
  out.set(text, 8);
  let position = 8 + headerLength;
  for (const { data } of arrays.values()) {
    out.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), position);
    position += data.byteLength;
  }
  return out;
}

function dtypeOf(data: TypedArray['data']): string {
  if (data instanceof Float64Array) return 'F64';
  if (data instanceof Float32Array) return 'F32';
  return data instanceof Int32Array ? 'I32' : 'U8';
}

/**
 * Reads the arrays of a safetensors file as float32: F64, F16, BF16 and integers are converted (each value rounded to the nearest
 * float32). Throws RangeError saying what is wrong with the bytes.
 */
export function decodeSafetensors(bytes: Uint8Array): {
  arrays: Map<string, WeightArray>;
  metadata: Readonly<Record<string, string>>;
} {
  const { entries, metadata } = readEntries(bytes);
  const arrays = new Map<string, WeightArray>();
  for (const { name, shape, reader, part } of entries) {
    const data = Float32Array.from({ length: part.byteLength / reader.size }, (_, i) =>
      reader.read(part, i * reader.size),
    );
    arrays.set(name, { shape, data });
  }
  return { arrays, metadata };
}

/**
 * Reads the arrays of a safetensors file as they were given to `encodeSafetensors`: F64, F32, I32 and U8, bit for bit. Throws
 * RangeError on other types, and saying what is wrong with the bytes.
 */
export function decodeTypedSafetensors(bytes: Uint8Array): Map<string, TypedArray> {
  const arrays = new Map<string, TypedArray>();
  for (const { name, dtype, shape, part } of readEntries(bytes).entries) {
    const make = typedArrays.get(dtype);
    if (make === undefined) {
      const known = [...typedArrays.keys()].join(', ');
      throw new RangeError(`array "${name}" is ${dtype}; here only ${known} are read`);
    }
    // A copy: the numbers need not lie on a multiple of their size.
    const { buffer, byteOffset, byteLength } = part;
    arrays.set(name, { shape, data: make(buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer) });
  }
  return arrays;
}

const typedArrays: ReadonlyMap<string, (buffer: ArrayBuffer) => TypedArray['data']> = new Map<
  string,
  (buffer: ArrayBuffer) => TypedArray['data']
>([
  ['F64', (buffer) => new Float64Array(buffer)],
  ['F32', (buffer) => new Float32Array(buffer)],
  ['I32', (buffer) => new Int32Array(buffer)],
  ['U8', (buffer) => new Uint8Array(buffer)],
]);

interface StoredEntry {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly reader: ElementReader;
  readonly part: DataView;
}

function readEntries(bytes: Uint8Array): {
  readonly entries: readonly StoredEntry[];
  readonly metadata: Readonly<Record<string, string>>;
} {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerLength = bytes.length >= 8 ? Number(view.getBigUint64(0, true)) : Infinity;
  if (headerLength > bytes.length - 8) throw new RangeError(`no safetensors header in ${bytes.length} bytes`);
  const { __metadata__: metadata = {}, ...described } = parseHeader(bytes.subarray(8, 8 + headerLength));
  const body = bytes.subarray(8 + headerLength);
  const entries = Object.entries(described).map(([name, value]): StoredEntry => {
    const { dtype, shape, data_offsets } = checkEntry(name, value);
    const reader = elements.get(dtype);
    if (reader === undefined) {
      const known = [...elements.keys()].join(', ');
      throw new RangeError(`array "${name}" is ${dtype}, read are ${known}; convert it before saving`);
    }
    const [from, to] = data_offsets;
    if (from > to || to > body.length || to - from !== reader.size * elementCount(shape)) {
      throw new RangeError(
        `array "${name}" does not fill its shape [${shape.join()}]; the file is cut off or damaged`,
      );
    }
    const part = new DataView(body.buffer, body.byteOffset + from, to - from);
    return { name, dtype, shape, reader, part };
  });
  return { entries, metadata: metadata as Record<string, string> };
}

function parseHeader(bytes: Uint8Array): Record<string, unknown> {
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder().decode(bytes));
  } catch (cause) {
    throw new RangeError('the safetensors header is not JSON', { cause });
  }
  if (typeof header !== 'object' || header === null || Array.isArray(header))
    throw new RangeError('the safetensors header is not a JSON object');
  return header as Record<string, unknown>;
}

function checkEntry(name: string, value: unknown): Entry {
  const { dtype, shape, data_offsets } = (value ?? {}) as Partial<Record<keyof Entry, unknown>>;
  const counts = (list: unknown): list is number[] =>
    Array.isArray(list) && list.every((n) => Number.isSafeInteger(n) && n >= 0);
  if (typeof dtype !== 'string' || !counts(shape) || !counts(data_offsets) || data_offsets.length !== 2)
    throw new RangeError(`the safetensors header describes array "${name}" wrongly; the file is damaged`);
  return { dtype, shape, data_offsets: [data_offsets[0], data_offsets[1]] };
}

interface ElementReader {
  readonly size: number;
  read(view: DataView, at: number): number;
}

/** Element types of the format that hold real numbers. */
const elements: ReadonlyMap<string, ElementReader> = new Map([
  ['F32', { size: 4, read: (view: DataView, at: number) => view.getFloat32(at, true) }],
  ['F64', { size: 8, read: (view: DataView, at: number) => view.getFloat64(at, true) }],
  ['F16', { size: 2, read: (view: DataView, at: number) => float16Value(view.getUint16(at, true)) }],
  // A bfloat16 is the upper half of a float32.
  ['BF16', { size: 2, read: (view: DataView, at: number) => bfloat(view.getUint16(at, true)) }],
  ['I64', { size: 8, read: (view: DataView, at: number) => Number(view.getBigInt64(at, true)) }],
  ['I32', { size: 4, read: (view: DataView, at: number) => view.getInt32(at, true) }],
  ['I16', { size: 2, read: (view: DataView, at: number) => view.getInt16(at, true) }],
  ['I8', { size: 1, read: (view: DataView, at: number) => view.getInt8(at) }],
  ['U8', { size: 1, read: (view: DataView, at: number) => view.getUint8(at) }],
  ['BOOL', { size: 1, read: (view: DataView, at: number) => view.getUint8(at) }],
]);

const bfloatView = new DataView(new ArrayBuffer(4));
function bfloat(bits: number): number {
  bfloatView.setUint16(2, bits, true);
  return bfloatView.getFloat32(0, true);
}

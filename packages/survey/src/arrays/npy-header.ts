import { SurveyError } from '../errors.ts';

/** A real number type of NumPy as it lies in a file: kind and bytes per element, and the order of those bytes. */
export interface NpyType {
  /** `b` boolean, `i` signed, `u` unsigned, `f` floating. */
  readonly kind: 'b' | 'i' | 'u' | 'f';
  readonly size: 1 | 2 | 4 | 8;
  readonly littleEndian: boolean;
}

export interface NpyHeader {
  readonly type: NpyType;
  readonly fortranOrder: boolean;
  readonly shape: readonly number[];
  /** Bytes before the first element. */
  readonly dataOffset: number;
}

/** Bytes from which every header's own length can be told. */
export const npyPreamble = 12;

/** Headers longer than this are refused before they are read: a real array's takes a few hundred bytes. */
const longestHeader = 1 << 20;

/** Length of a header, from the first {@link npyPreamble} bytes. @throws SurveyError ARRAY_INVALID */
export function npyHeaderLength(bytes: Uint8Array, path: string): number {
  const magic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];
  if (bytes.length < 10 || magic.some((byte, i) => bytes[i] !== byte)) {
    throw invalid(path, 'does not begin like an npy file');
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const major = bytes[6];
  if (major < 1 || major > 3)
    throw invalid(path, `has version ${major} of the npy format; known are 1, 2 and 3`);
  if (major > 1 && bytes.length < npyPreamble) throw invalid(path, 'ends within its header');
  const length = major === 1 ? 10 + view.getUint16(8, true) : 12 + view.getUint32(8, true);
  if (length > longestHeader) throw invalid(path, `states a header of ${length} bytes`);
  return length;
}

/**
 * Reads the header (versions 1 to 3 of the format, numpy/lib/format.py). Structured, complex, object, text and extended-precision
 * arrays are refused by name.
 * @throws SurveyError ARRAY_INVALID
 */
export function parseNpyHeader(bytes: Uint8Array, path: string): NpyHeader {
  const dataOffset = npyHeaderLength(bytes, path);
  if (dataOffset > bytes.length) throw invalid(path, 'ends within its header');
  const text = new TextDecoder().decode(bytes.subarray(bytes[6] === 1 ? 10 : 12, dataOffset));
  const fortran = /['"]fortran_order['"]\s*:\s*(True|False)/.exec(text);
  const shape = /['"]shape['"]\s*:\s*\(([^()]*)\)/.exec(text);
  if (fortran === null || shape === null) throw invalid(path, 'has a header without order or shape');
  return {
    type: parseType(text, path),
    fortranOrder: fortran[1] === 'True',
    shape: parseShape(shape[1], path),
    dataOffset,
  };
}

function parseType(text: string, path: string): NpyType {
  const descr = /['"]descr['"]\s*:\s*['"]([^'"]*)['"]/.exec(text)?.[1];
  if (descr === undefined) {
    throw invalid(path, 'holds a structured array (or no type at all); save one field of it alone');
  }
  const match = /^([<>=|])([biuf])([1248])$/.exec(descr);
  if (match === null || !sizes[match[2] as NpyType['kind']].includes(Number(match[3]))) {
    throw invalid(
      path,
      `holds elements of type '${descr}'; save it with .astype('float32') or another real type`,
    );
  }
  return {
    kind: match[2] as NpyType['kind'],
    size: Number(match[3]) as NpyType['size'],
    littleEndian: match[1] !== '>',
  };
}

const sizes: Readonly<Record<NpyType['kind'], readonly number[]>> = {
  b: [1],
  i: [1, 2, 4, 8],
  u: [1, 2, 4, 8],
  f: [2, 4, 8],
};

function parseShape(text: string, path: string): number[] {
  const parts = text.split(',').map((part) => part.trim());
  // `(5,)` and `()` end in nothing; Python 2 wrote `5L`.
  if (parts.at(-1) === '') parts.pop();
  const shape = parts.map((part) => (/^\d+L?$/.test(part) ? Number.parseInt(part, 10) : NaN));
  const count = shape.reduce((product, extent) => product * extent, 1);
  if (!Number.isSafeInteger(count * 8)) throw invalid(path, `has an impossible shape (${text})`);
  return shape;
}

export function invalid(path: string, what: string, cause?: unknown): SurveyError {
  return new SurveyError('ARRAY_INVALID', what, { path, cause });
}

import { gunzipSync } from 'fflate';
import { FitsError } from './errors.ts';

/** Where the bytes of a file come from: memory, a file, a range of a remote object. */
export interface ByteSource {
  /** What messages call the file: its path or address. */
  readonly name: string;
  /** Bytes in all. */
  readonly size: number;
  /** True when `read` returns memory of its own that the caller may overwrite. */
  readonly fresh?: boolean;
  /**
   * Bytes [offset, offset + length), fewer where the file ends sooner.
   * @param into memory of `length` bytes that a source of `fresh` memory reads into instead of its own
   */
  read(offset: number, length: number, into?: Uint8Array): Promise<Uint8Array>;
  close(): Promise<void>;
}

/** A file that is in memory already. Reads are views, nothing is copied. */
export function memorySource(bytes: Uint8Array, name = 'memory'): ByteSource {
  return {
    name,
    size: bytes.length,
    read: (offset, length) => Promise.resolve(bytes.subarray(offset, offset + length)),
    close: () => Promise.resolve(),
  };
}

/**
 * Reads exactly `length` bytes.
 * @throws FitsError TRUNCATED_DATA before anything is allocated when the file ends sooner.
 */
export async function readExactly(
  source: ByteSource,
  offset: number,
  length: number,
  hdu?: number,
  into?: Uint8Array,
): Promise<Uint8Array> {
  const place = { path: source.name, hdu, byte: offset };
  const missing = (size: number) =>
    new FitsError('TRUNCATED_DATA', `${length} bytes are declared here but the file ends at ${size}`, place);
  if (offset + length > source.size) throw missing(source.size);
  const bytes = await source.read(offset, length, into);
  if (bytes.length !== length) throw missing(offset + bytes.length);
  return bytes;
}

export const isGzip = (head: Uint8Array): boolean => head[0] === 0x1f && head[1] === 0x8b;

/** Deflate cannot expand more than this, so a trailer that claims more is a lie nobody should allocate for. */
const maxDeflateRatio = 1032;

/**
 * Unpacks a whole .gz file of one member in memory, length and CRC checked. Used where there is no node:zlib.
 * @throws FitsError BAD_GZIP
 */
export function gunzipWhole(bytes: Uint8Array, name: string): Uint8Array {
  const bad = (detail: string, cause?: unknown) => new FitsError('BAD_GZIP', detail, { path: name, cause });
  if (bytes.length < 18) throw bad('the gzip file is cut short');
  const trailer = new DataView(bytes.buffer, bytes.byteOffset + bytes.length - 8, 8);
  const length = trailer.getUint32(4, true);
  if (length > bytes.length * maxDeflateRatio) throw bad(`the trailer claims ${length} bytes`);
  let out: Uint8Array;
  try {
    out = gunzipSync(bytes);
  } catch (cause) {
    throw bad('the gzip stream does not decode', cause);
  }
  if (out.length !== length || crc32(out) !== trailer.getUint32(0, true))
    throw bad('length or CRC of the unpacked bytes differ from the trailer');
  return out;
}

const crcTable = Int32Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let k = 0; k < 8; k++) c = c & 1 ? (c >>> 1) ^ 0xedb88320 : c >>> 1;
  return c;
});

function crc32(bytes: Uint8Array): number {
  let c = -1;
  for (let i = 0; i < bytes.length; i++) c = crcTable[(c ^ bytes[i]) & 0xff] ^ (c >>> 8);
  return ~c >>> 0;
}

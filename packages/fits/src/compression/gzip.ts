/** GZIP_1 and GZIP_2 (bytes of like significance together): FITS standard 4.0, section 10.4.2. */
import { gunzipSync, gzipSync } from 'fflate';
import { TileError } from './tile-error.ts';

export interface GzipCodec {
  /** Unpacks a gzip stream of at most `maxBytes`; throws (anything) when it is corrupt. */
  gunzip(bytes: Uint8Array, maxBytes: number): Uint8Array;
  gzip(bytes: Uint8Array): Uint8Array;
}

const portable: GzipCodec = {
  gunzip(bytes, maxBytes) {
    // A buffer of our own: fflate would believe the length in the trailer, up to 4 GB.
    const out = gunzipSync(bytes, { out: new Uint8Array(maxBytes) });
    const trailer = new DataView(bytes.buffer, bytes.byteOffset + bytes.length - 8, 8);
    if (trailer.getUint32(4, true) !== out.length || trailer.getUint32(0, true) !== crc32(out))
      throw new TileError('the checksum in the gzip stream is wrong');
    return out;
  },
  gzip: (bytes) => gzipSync(bytes, { level: 6, mtime: 0 }),
};

let codec = portable;

/** Replaces the portable gzip of this thread by a faster one with the same results; null brings it back. */
export function useGzip(faster: GzipCodec | null): void {
  codec = faster ?? portable;
}

let crcTable: Uint32Array | null = null;

function crc32(bytes: Uint8Array): number {
  if (crcTable === null) {
    crcTable = new Uint32Array(256);
    for (let i = 0; i < 256; i++) {
      let c = i;
      for (let k = 0; k < 8; k++) c = c & 1 ? (c >>> 1) ^ 0xedb88320 : c >>> 1;
      crcTable[i] = c;
    }
  }
  const table = crcTable;
  let c = -1;
  for (let i = 0; i < bytes.length; i++) c = (c >>> 8) ^ table[(c ^ bytes[i]) & 0xff];
  return ~c >>> 0;
}

/**
 * Unpacks one tile's gzip stream.
 * @throws TileError when the stream is corrupt, or longer than `maxBytes`
 */
export function gunzipTile(bytes: Uint8Array, maxBytes: number): Uint8Array {
  if (bytes.length < 18 || bytes[0] !== 0x1f || bytes[1] !== 0x8b)
    throw new TileError('the bytes are no gzip stream');
  try {
    return codec.gunzip(bytes, maxBytes);
  } catch (error) {
    throw error instanceof TileError
      ? error
      : new TileError(`the gzip stream is corrupt (${error instanceof Error ? error.message : 'unknown'})`, {
          cause: error,
        });
  }
}

export const gzipTile = (bytes: Uint8Array): Uint8Array => codec.gzip(bytes);

/** GZIP_2: first all most significant bytes, then all next ones. `width` is the bytes of an element. */
export function shuffleBytes(bytes: Uint8Array, width: number): Uint8Array {
  const n = Math.floor(bytes.length / width);
  const out = new Uint8Array(n * width);
  for (let b = 0; b < width; b++)
    for (let i = 0, from = b, to = b * n; i < n; i++, from += width) out[to + i] = bytes[from];
  return out;
}

/** The inverse of `shuffleBytes`. */
export function unshuffleBytes(bytes: Uint8Array, width: number): Uint8Array {
  const n = Math.floor(bytes.length / width);
  const out = new Uint8Array(n * width);
  for (let b = 0; b < width; b++)
    for (let i = 0, to = b, from = b * n; i < n; i++, to += width) out[to] = bytes[from + i];
  return out;
}

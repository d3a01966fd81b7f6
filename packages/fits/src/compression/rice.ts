/** RICE_1: FITS standard 4.0, section 10.4.1; R. White's ricecomp as in cfitsio, whose bytes these are. */
import { kernels } from './kernels.ts';
import { TileError } from './tile-error.ts';

type RicePixels = Uint8Array | Int16Array | Int32Array;

export interface RiceOptions {
  /** Bytes of an original pixel: 1 (unsigned), 2 or 4 (signed). */
  readonly bytepix: 1 | 2 | 4;
  /** Pixels a block, usually 32. */
  readonly blockSize: number;
}

/**
 * Decodes `n` pixels.
 * @returns a view of scratch memory, valid until the next codec runs: copy what you keep
 * @throws TileError when the bytes end before the pixels do
 */
export function riceDecode(bytes: Uint8Array, n: number, { bytepix, blockSize }: RiceOptions): RicePixels {
  const k = kernels();
  const [dst, src] = k.reserve(n * 4, bytes.length);
  k.bytes.set(bytes, src);
  if (k.exports.riceDecode(src, bytes.length, dst, n, bytepix, blockSize) !== 0) endsEarly(bytes.length, n);
  if (bytepix === 4) return new Int32Array(k.buffer, dst, n);
  // A copy between arrays of one type is a move of bytes; between two it is a loop, slower than decoding.
  k.exports.narrowPixels(dst, n, bytepix);
  return bytepix === 2 ? new Int16Array(k.buffer, dst, n) : new Uint8Array(k.buffer, dst, n);
}

export function endsEarly(bytes: number, pixels: number): never {
  throw new TileError(`${bytes} bytes end before ${pixels} pixels are decoded`);
}

/**
 * Encodes pixels, byte for byte as cfitsio. Pixels wider than `bytepix` lose their upper bits.
 * @returns a view of scratch memory, valid until the next codec runs: copy what you keep
 */
export function riceEncode(pixels: RicePixels, { bytepix, blockSize }: RiceOptions): Uint8Array {
  const k = kernels();
  const n = pixels.length;
  // Quantised pixels lie at the beginning of the scratch already. (Growing the memory would detach them.)
  const inside = pixels.buffer === k.buffer ? pixels.byteOffset : null;
  const blocks = Math.ceil(n / blockSize);
  const [src, dst, scratch] = k.reserve(n * 4, 2 * bytepix * n + blocks + 64, Math.min(blockSize, n) * 4);
  if (inside === null) new Int32Array(k.buffer, src, n).set(pixels);
  const length = k.exports.riceEncode(inside ?? src, n, dst, bytepix, blockSize, scratch);
  return new Uint8Array(k.buffer, dst, length);
}

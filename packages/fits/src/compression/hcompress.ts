/** HCOMPRESS_1: FITS standard 4.0, section 10.4.4; White, Postman and Lattanzi 1992. */
import { kernels } from './kernels.ts';
import { TileError } from './tile-error.ts';

/**
 * Decodes a two-dimensional tile of `n` pixels; its own size is in the stream.
 * @param smooth interpolate what lossy compression cut off
 * @returns a view of scratch memory, valid until the next codec runs: copy what you keep
 * @throws TileError when the bytes are no such stream, have another size, or end too early
 */
export function hcompressDecode(bytes: Uint8Array, n: number, smooth: boolean): Int32Array {
  const k = kernels();
  const side = 2 * Math.ceil(n / 4) + 4;
  // Any shape of n pixels: at worst one row, whose every second node of the tree is empty.
  const scratchBytes = Math.max(2 * (side + n + 64), n * 8);
  const [dst, src, a, scratch] = k.reserve(n * 4, bytes.length, n * 8, scratchBytes);
  k.bytes.set(bytes, src);
  if (k.exports.hcompressSize(src, bytes.length, dst) !== 0)
    throw new TileError('the bytes are no HCOMPRESS stream');
  const [nx, ny] = new Int32Array(k.buffer, dst, 2);
  if (nx < 1 || ny < 1 || nx * ny !== n) throw new TileError(`a stream of ${nx} × ${ny} pixels for ${n}`);
  const status = k.exports.hcompressDecode(src, bytes.length, dst, a, scratch, nx, ny, smooth ? 1 : 0);
  if (status !== 0)
    throw new TileError(status === 1 ? 'the bytes end within the bit planes' : 'the bit planes are corrupt');
  return new Int32Array(k.buffer, dst, n);
}

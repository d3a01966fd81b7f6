import type { ByteSource } from './byte-source.ts';
import { readExactly } from './byte-source.ts';
import { decodeCompressedImage } from './compression/index.ts';
import { FitsError } from './errors.ts';
import type { Hdu } from './hdu.ts';
import type { StoredArray } from './image-data.ts';
import { HeapReader } from './table/heap.ts';

/** More than this many times its bytes no image shrinks (PLIO_1 of a constant, the most, makes 8192): the header lies. */
const maxRatio = 20_000;
/** Below this nobody cares. */
const harmlessBytes = 64 * 2 ** 20;

/**
 * Decodes rows [from, to) of a tile-compressed image, reading its table and only the tiles the rows touch.
 * @param into filled and returned, where it has the type and length of the stored values
 * @returns values before BSCALE and BZERO; quantised floats as floats, undefined ones NaN
 * @throws FitsError BAD_COMPRESSION, BAD_HEADER, BAD_TABLE, TRUNCATED_DATA, UNSUPPORTED, TOO_LARGE
 */
export async function readCompressed(
  source: ByteSource,
  hdu: Hdu,
  rows: readonly [number, number],
  into?: StoredArray,
): Promise<StoredArray> {
  const stored = hdu.storedHeader;
  const place = { path: source.name, hdu: hdu.index };
  const bytes = hdu.shape.reduce((product, n) => product * n, Math.abs(hdu.bitpix) / 8);
  const packed = Math.min(hdu.dataSize, Math.max(0, source.size - hdu.dataOffset));
  if (bytes > harmlessBytes && bytes > packed * maxRatio)
    throw new FitsError('TOO_LARGE', `${packed} bytes cannot hold an image of ${bytes}`, place);
  const type = stored.string('ZCMPTYPE') ?? '';
  if (hdu.bitpix === 64 && /^(RICE|PLIO|HCOMPRESS)/.test(type))
    throw new FitsError('UNSUPPORTED', `64-bit integers compressed by ${type}, which has 32-bit ones`, {
      ...place,
      keyword: 'ZBITPIX',
    });
  const tableBytes = (stored.number('NAXIS1') ?? 0) * (stored.number('NAXIS2') ?? 0);
  const table = await readExactly(source, hdu.dataOffset, tableBytes, hdu.index);
  const heap = new HeapReader(source, hdu);
  try {
    const readHeap = (offset: number, length: number, to?: Uint8Array) => heap.read(offset, length, to);
    const decoded = await decodeCompressedImage(
      stored,
      { table, readHeap },
      { ...place, rows, as: 'stored', into },
    );
    return decoded.data;
  } catch (error) {
    throw error instanceof FitsError ? error.at(place) : error;
  }
}

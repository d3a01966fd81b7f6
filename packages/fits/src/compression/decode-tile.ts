/** One tile's bytes to its stored values. */
import { decodeBigEndian } from '../image-data.ts';
import { dequantize } from './dequantize.ts';
import { gunzipTile, unshuffleBytes } from './gzip.ts';
import { hcompressDecode } from './hcompress.ts';
import type { Layout } from './layout.ts';
import { plioDecode } from './plio.ts';
import { ditherStart, randomCount } from './random.ts';
import { riceDecode } from './rice.ts';
import { TileError } from './tile-error.ts';
import type { TileEntry, TileTable } from './tile-table.ts';

export type TileValues = Uint8Array | Int16Array | Int32Array | BigInt64Array | Float32Array | Float64Array;

/**
 * @returns values of the image's stored type, or wider integers with its range; maybe a view of scratch memory that
 * is valid until the next tile
 * @throws TileError
 */
export function decodeTile(
  layout: Layout,
  table: TileTable,
  tile: number,
  entry: TileEntry,
  bytes: Uint8Array,
  pixels: number,
): TileValues {
  if (entry.kind === 'uncompressed') return plainValues(bytes, pixels, layout.bitpix);
  if (entry.kind === 'gzipped')
    return plainValues(gunzipTile(bytes, (pixels * Math.abs(layout.bitpix)) / 8), pixels, layout.bitpix);
  if (!layout.quantized) {
    if (
      layout.bitpix < 0 &&
      layout.type !== 'GZIP_1' &&
      layout.type !== 'GZIP_2' &&
      layout.type !== 'NOCOMPRESS'
    )
      throw new TileError('floats without ZSCALE');
    return decodeIntegers(layout, bytes, pixels, entry.letter, layout.bitpix);
  }
  const quantized = decodeIntegers(layout, bytes, pixels, entry.letter, 32);
  return dequantize(
    quantized instanceof Int32Array ? quantized : Int32Array.from(quantized as Int16Array),
    {
      scale: table.scale(tile),
      zero: table.zero(tile),
      dither: layout.dither,
      start: firstRandom(layout, tile),
      blank: table.blank(tile),
    },
    layout.bitpix === -64,
  );
}

/** Index of a tile's first random number. @throws TileError where ZDITHER0 is impossible */
export function firstRandom({ dither, zdither0 }: Layout, tile: number): number {
  if (dither === 0) return 0;
  // Checked only where it is used: fpack writes 0 where it quantises nothing.
  if (!Number.isInteger(zdither0) || zdither0 < 1 || zdither0 > randomCount)
    throw new TileError(`ZDITHER0 is ${zdither0}, not an integer from 1 to ${randomCount}`);
  return ditherStart(tile, zdither0);
}

function decodeIntegers(
  layout: Layout,
  bytes: Uint8Array,
  pixels: number,
  letter: string,
  bitpix: number,
): TileValues {
  switch (layout.type) {
    case 'RICE_1':
      return riceDecode(bytes, pixels, layout);
    case 'GZIP_1':
    case 'GZIP_2': {
      const plain = gunzipTile(bytes, pixels * 8);
      const width = plain.length / pixels;
      return plainValues(
        layout.type === 'GZIP_2' && width > 1 ? unshuffleBytes(plain, width) : plain,
        pixels,
        bitpix,
      );
    }
    case 'PLIO_1': {
      const values = plioDecode(letter === 'B' || letter === 'I' ? bytes : new Uint8Array(0), pixels);
      // Unsigned 16-bit integers are listed as themselves; stored they are signed.
      if (layout.bitpix === 16 && layout.bzero === 32768) for (let i = 0; i < pixels; i++) values[i] -= 32768;
      return values;
    }
    case 'HCOMPRESS_1':
      return clamp(hcompressDecode(bytes, pixels, layout.smooth), layout.bitpix);
    case 'NOCOMPRESS':
      return plainValues(bytes, pixels, bitpix);
  }
}

/** Lossy compression overshoots the range of the type; cfitsio cuts it off there too. */
function clamp(values: Int32Array, bitpix: number): Int32Array {
  if (bitpix !== 8 && bitpix !== 16) return values;
  const min = bitpix === 8 ? 0 : -32768;
  const max = bitpix === 8 ? 255 : 32767;
  for (let i = 0; i < values.length; i++) values[i] = Math.min(Math.max(values[i], min), max);
  return values;
}

/** Big-endian values; an integer's width follows from the number of bytes, as writers differ in it. */
function plainValues(bytes: Uint8Array, pixels: number, bitpix: number): TileValues {
  const width = bytes.length / pixels;
  const expected = Math.abs(bitpix) / 8;
  if (width !== expected && (bitpix < 0 || (width !== 1 && width !== 2 && width !== 4)))
    throw new TileError(`${bytes.length} bytes for ${pixels} pixels of ${expected}`);
  return decodeBigEndian(bytes, bitpix < 0 ? bitpix : width * 8) as TileValues;
}

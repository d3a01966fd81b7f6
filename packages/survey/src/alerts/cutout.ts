import { gunzipSync } from 'node:zlib';
import { memorySource, openFits } from '@blemish/fits';
import { AlertProblem } from './avro-schema.ts';
import { readPlainFits } from './plain-fits.ts';
import type { Plane } from './plane.ts';

/** A cut-out unpacked, at most: 2048 × 2048 doubles. */
const largest = 1 << 25;

/**
 * A cut-out as surveys put it into packets: a FITS file, gzipped or not, whose first image counts (Rubin's have the variance and the PSF
 * behind it).
 * @throws AlertProblem
 */
export async function readCutout(packed: Uint8Array): Promise<Plane> {
  const bytes = isGzip(packed) ? gunzip(packed) : packed;
  const plain = readPlainFits(bytes);
  if (plain !== null) return plain;
  try {
    const file = await openFits(memorySource(bytes, 'cut-out'));
    const hdu = file.hdus.find(
      ({ kind, shape }) => kind !== 'table' && kind !== 'ascii-table' && shape.length >= 2,
    );
    if (hdu === undefined) throw new AlertProblem('holds no image');
    const [height, width] = hdu.shape.slice(-2);
    if (height * width !== hdu.shape.reduce((product, extent) => product * extent, 1))
      throw new AlertProblem(`holds ${hdu.shape.join(' × ')} pixels, not a plane`);
    if (height * width * 8 > largest)
      throw new AlertProblem(`holds ${width} × ${height} pixels, too many for a stamp`);
    const { data } = await file.readImage(hdu);
    return { width, height, data };
  } catch (cause) {
    if (cause instanceof AlertProblem) throw cause;
    throw new AlertProblem('is no image in FITS that can be read', { cause });
  }
}

function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/** Room for all of it at once: gzip ends with the length of what it holds, so that pieces need not be put together. */
function chunkFor(packed: Uint8Array): number {
  const end = packed.length;
  const length = end < 4 ? 0 : packed[end - 4] | (packed[end - 3] << 8) | (packed[end - 2] << 16);
  return Math.max(1 << 12, Math.min(1 << 20, length + 64));
}

function gunzip(packed: Uint8Array): Uint8Array {
  try {
    return gunzipSync(packed, { maxOutputLength: largest, chunkSize: chunkFor(packed) });
  } catch (cause) {
    throw new AlertProblem('is damaged (gzip)', { cause });
  }
}

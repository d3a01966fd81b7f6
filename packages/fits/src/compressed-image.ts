import type { ByteSource } from './byte-source.ts';
import { FitsError } from './errors.ts';
import type { Hdu } from './hdu.ts';
import type { StoredArray } from './image-data.ts';

/** Decodes rows [from, to) of a tile-compressed image, reading only the tiles they touch. */
export function readCompressed(
  source: ByteSource,
  hdu: Hdu,
  _rows: readonly [number, number],
): Promise<StoredArray> {
  throw new FitsError('UNSUPPORTED', 'compressed images are not wired yet', {
    path: source.name,
    hdu: hdu.index,
  });
}

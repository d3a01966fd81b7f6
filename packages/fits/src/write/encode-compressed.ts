import type { EncodablePixels } from '../compression/index.ts';
import { encodeCompressedImage } from '../compression/index.ts';
import { Header } from '../header.ts';
import type { StoredArray } from '../image-data.ts';
import { assembleHdu } from './assemble.ts';
import type { OutputHdu } from './output.ts';
import { checkShape, contentCards, scalingCards, storage } from './output.ts';

/**
 * An image as the binary table of its compressed tiles.
 * @throws RangeError when shape, tile, type and data do not fit together, or there is no data
 */
export function encodeCompressed(hdu: OutputHdu): Uint8Array {
  checkShape(hdu);
  const { data, shape, compression } = hdu;
  if (data === null || data.length === 0)
    throw new RangeError(
      `compression must be left out for an image without pixels; got ${compression!.type}`,
    );
  // A file that only we can open helps nobody.
  if (data instanceof BigInt64Array || data instanceof BigUint64Array)
    throw new RangeError(
      'compression must be left out for 64-bit integers: cfitsio and astropy do not unpack them',
    );
  const { cards, table, heap } = encodeCompressedImage({
    shape,
    data: toSigned(data),
    type: compression!.type,
    tile: compression!.tile,
    quantize: compression!.quantize,
  });
  const header = new Header(cards);
  for (const card of scalingCards(hdu)) header.append(card);
  for (const card of contentCards(hdu.header)) header.append(card);
  return assembleHdu(header, [table, heap]);
}

/** The integers that are stored by the unsigned convention, others as they are. */
function toSigned(data: StoredArray): EncodablePixels {
  if (storage(data).zero === 0) return data as EncodablePixels;
  const copy = data.slice();
  const bytes = new Uint8Array(copy.buffer, copy.byteOffset, copy.byteLength);
  // Little-endian memory: the sign is in the last byte of each element.
  const size = copy.BYTES_PER_ELEMENT;
  for (let i = size - 1; i < bytes.length; i += size) bytes[i] ^= 0x80;
  const { buffer, byteOffset, length } = copy;
  switch (size) {
    case 1:
      return new Uint8Array(buffer, byteOffset, length);
    case 2:
      return new Int16Array(buffer, byteOffset, length);
    default:
      return new Int32Array(buffer, byteOffset, length);
  }
}

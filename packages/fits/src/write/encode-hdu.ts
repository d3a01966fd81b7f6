/** HDUs to bytes. */
import { Header } from '../header.ts';
import { assembleHdu } from './assemble.ts';
import { encodeCompressed } from './encode-compressed.ts';
import type { OutputTable } from './encode-table.ts';
import { encodeTable } from './encode-table.ts';
import type { OutputHdu } from './output.ts';
import { checkShape, contentCards, imageStructure, scalingCards, storage, storedBytes } from './output.ts';

/**
 * One HDU, header and padded data, with CHECKSUM and DATASUM. A compressed image or a table cannot be a primary HDU:
 * with `primary` an empty one comes before it.
 * @throws RangeError when `shape` and `data` differ, or a compression does not fit the data
 */
export function encodeHdu(hdu: OutputHdu | OutputTable, primary: boolean): Uint8Array {
  const asTable = 'columns' in hdu ? hdu : null;
  if (asTable === null && (hdu as OutputHdu).compression === undefined)
    return encodeImage(hdu as OutputHdu, primary);
  const extension = asTable === null ? encodeCompressed(hdu as OutputHdu) : encodeTable(asTable);
  if (!primary) return extension;
  const empty = encodeImage({ header: new Header(), shape: [], data: null }, true);
  const both = new Uint8Array(empty.length + extension.length);
  both.set(empty);
  both.set(extension, empty.length);
  return both;
}

function encodeImage(hdu: OutputHdu, primary: boolean): Uint8Array {
  checkShape(hdu);
  const header = imageStructure(primary, storage(hdu.data).bitpix, hdu.data === null ? [] : hdu.shape);
  for (const card of scalingCards(hdu)) header.append(card);
  for (const card of contentCards(hdu.header)) header.append(card);
  return assembleHdu(header, hdu.data === null ? [] : [storedBytes(hdu.data)]);
}

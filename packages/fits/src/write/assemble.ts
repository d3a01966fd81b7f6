import type { Header } from '../header.ts';
import { encodeChecksum, onesComplementSum } from './checksum.ts';

const BLOCK = 2880;

/** Header and data parts to one padded HDU; adds DATASUM and CHECKSUM to the header. */
export function assembleHdu(header: Header, parts: readonly Uint8Array[]): Uint8Array {
  const dataLength = parts.reduce((sum, part) => sum + part.length, 0);
  const unsigned = '0'.repeat(16);
  header.set('CHECKSUM', unsigned, 'HDU checksum').set('DATASUM', '0', 'data unit checksum');
  // The sums change values, never the number of cards.
  const headerLength = header.toBytes().length;
  const bytes = new Uint8Array(headerLength + Math.ceil(dataLength / BLOCK) * BLOCK);
  let at = headerLength;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  const dataSum = onesComplementSum(bytes.subarray(headerLength));
  header.set('DATASUM', String(dataSum));
  const sum = onesComplementSum(header.toBytes(), dataSum);
  header.set('CHECKSUM', encodeChecksum(sum));
  bytes.set(header.toBytes());
  return bytes;
}

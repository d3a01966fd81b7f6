/** zlib instead of the portable gzip, for Node. */
import { gunzipSync, gzipSync } from 'node:zlib';
import type { GzipCodec } from './gzip.ts';

/** Not a Buffer, whose slice() is not a copy. */
const plain = ({ buffer, byteOffset, length }: Buffer): Uint8Array =>
  new Uint8Array(buffer, byteOffset, length);

export const nodeGzip: GzipCodec = {
  gunzip: (bytes, maxBytes) => plain(gunzipSync(bytes, { maxOutputLength: maxBytes })),
  gzip: (bytes) => plain(gzipSync(bytes, { level: 6 })),
};

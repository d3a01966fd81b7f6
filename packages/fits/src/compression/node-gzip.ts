/** zlib instead of the portable gzip, for Node. */
import { gunzipSync, gzipSync } from 'node:zlib';
import type { GzipCodec } from './gzip.ts';

export const nodeGzip: GzipCodec = {
  gunzip: (bytes, maxBytes) => gunzipSync(bytes, { maxOutputLength: maxBytes }),
  gzip: (bytes) => gzipSync(bytes, { level: 6 }),
};

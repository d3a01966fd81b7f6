import { useGzip } from '../compression/index.ts';
import { nodeGzip } from '../compression/node-gzip.ts';

// Tiles packed with gzip go through zlib here.
useGzip(nodeGzip);

export { openFileSource, openFitsFile } from './file-source.ts';
export { FitsWriter, writeError } from './fits-writer.ts';

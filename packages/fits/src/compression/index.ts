export { decodeCompressedImage } from './decode.ts';
export type { CompressedSource, DecodedImage, DecodeOptions } from './decode.ts';
export { useGzip } from './gzip.ts';
export type { GzipCodec } from './gzip.ts';

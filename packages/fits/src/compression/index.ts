export { decodeCompressedImage } from './decode.ts';
export type { CompressedSource, DecodedImage, DecodeOptions } from './decode.ts';
export { useGzip } from './gzip.ts';
export type { GzipCodec } from './gzip.ts';
export { encodeCompressedImage } from './encode.ts';
export type { EncodablePixels, EncodedImage, EncodeOptions } from './encode.ts';
export type { Quantization } from './quantize.ts';

// The kernels of tile compression that plain JavaScript is too slow for, in one module with one memory.
export { narrowPixels, riceDecode } from './rice';
export { riceEncode } from './rice-encode';
export { noise32, noise64 } from './noise';
export { hcompressDecode, hcompressSize } from './hcompress';
export { dequantize32, dequantize64, quantize32, quantize64 } from './quantize';

/** First byte that the caller may use. */
export function heapBase(): usize {
  return __heap_base;
}

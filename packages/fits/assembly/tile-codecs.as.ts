// The kernels of tile compression that plain JavaScript is too slow for, in one module with one memory.
export { riceDecode } from './rice';
export { dequantize32, dequantize64 } from './quantize';

/** First byte that the caller may use. */
export function heapBase(): usize {
  return __heap_base;
}

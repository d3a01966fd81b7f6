/** NumPy's npy and npz formats. Nothing here needs Node: it runs in a browser. */
export { npyHeaderLength, npyPreamble, parseNpyHeader } from './npy-header.ts';
export type { NpyHeader, NpyType } from './npy-header.ts';
export { decodeElements, decodeNpy, encodeNpy, encodeNpyHeader, toFloat64 } from './npy.ts';
export type { NdArray, NumericArray } from './npy.ts';
export { decodeNpz, encodeNpz, npzNames } from './npz.ts';

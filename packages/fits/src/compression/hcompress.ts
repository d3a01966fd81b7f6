import { TileError } from './tile-error.ts';

export function hcompressDecode(_bytes: Uint8Array, _pixels: number, _smooth: boolean): Int32Array {
  throw new TileError('not written yet');
}

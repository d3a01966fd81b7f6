import type { OutputHdu } from './output.ts';

export function encodeCompressed(_hdu: OutputHdu): Uint8Array {
  throw new RangeError('compression is not wired yet');
}

import type { StampInput } from '../bundle-description.ts';
import type { HduSelector } from '../inputs/index.ts';
import { openFitsStamps } from './fits-source.ts';
import { openNpyStamps, openNpzStamps } from './npy-source.ts';
import type { StampReadOptions, StampSource } from './types.ts';

/** NumPy files, beside FITS, hold stamps. */
export function isArrayName(path: string): boolean {
  return /\.np[yz]$/i.test(path);
}

/**
 * Opens the stamps of one file.
 * @param selectors what was asked for in brackets: HDUs of a FITS file, the array of an npz file
 * @throws SurveyError STAMP_SHAPE, ARRAY_INVALID, HDU_NOT_IMAGE; FitsError; system errors
 */
export function openStamps(
  path: string,
  selectors: readonly HduSelector[] | null,
  input: StampInput,
  options: StampReadOptions,
): Promise<StampSource> {
  if (/\.npy$/i.test(path)) return openNpyStamps(path, input, options);
  if (/\.npz$/i.test(path)) return openNpzStamps(path, selectors?.map(String) ?? [], input, options);
  return openFitsStamps(path, selectors ?? options.hdus ?? [], input, options);
}

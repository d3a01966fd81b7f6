import type { StampInput } from '../bundle-description.ts';
import type { HduSelector } from '../inputs/index.ts';
import { openFitsStamps } from './fits-source.ts';
import type { StampLayout } from './layout.ts';
import { openNpyStamps, openNpzStamps } from './npy-source.ts';

/** Stamps of one input, read as they are needed. */
export interface StampSource {
  /** As given on the command line, with what was picked in it. */
  readonly path: string;
  readonly count: number;
  /** Stamps `from` to `to` − 1 in double precision, [to − from, C, H, W]. Not the same memory twice. */
  read(from: number, to: number): Promise<Float64Array>;
  close(): Promise<void>;
}

export interface StampReadOptions {
  /** Order of the axes; found from the model's input where absent. */
  readonly layout?: StampLayout | undefined;
  /** HDUs of each FITS file that hold the stamp, one per channel or one with all of them. */
  readonly hdus?: readonly HduSelector[] | undefined;
}

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

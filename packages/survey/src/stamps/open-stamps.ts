import type { StampInput } from '../bundle-description.ts';
import type { HduSelector } from '../inputs/index.ts';
import { openAvroAlerts } from './avro-source.ts';
import { openFitsStamps } from './fits-source.ts';
import { openHdf5Stamps } from './hdf5-source.ts';
import { openNpyStamps, openNpzStamps } from './npy-source.ts';
import { openParquetStamps } from './parquet-source.ts';
import type { StampReadOptions, StampSource, StampStream } from './types.ts';

/** Files that hold stamps, beside FITS: alerts and arrays. */
export function holdsStamps(path: string): boolean {
  return /\.(?:np[yz]|h5|hdf5)$/i.test(path) || isAlertName(path);
}

/** Files of alerts. */
export function isAlertName(path: string): boolean {
  return /\.(?:avro|parquet)$/i.test(path);
}

/**
 * Opens the stamps of one file.
 * @param selectors what was asked for in brackets: HDUs of a FITS file, the array of an npz or HDF5 file
 * @throws SurveyError STAMP_SHAPE, ARRAY_INVALID, TABLE_UNREADABLE, HDU_NOT_IMAGE, OPTION_INVALID; FitsError; system errors
 */
export function openStamps(
  path: string,
  selectors: readonly HduSelector[] | null,
  input: StampInput,
  options: StampReadOptions,
): Promise<StampSource | StampStream> {
  if (/\.avro$/i.test(path)) return openAvroAlerts(path, input, options);
  if (/\.parquet$/i.test(path)) return openParquetStamps(path, input, options);
  if (/\.(?:h5|hdf5)$/i.test(path)) return openHdf5Stamps(path, selectors?.map(String) ?? [], input, options);
  if (/\.npy$/i.test(path)) return openNpyStamps(path, input, options);
  if (/\.npz$/i.test(path)) return openNpzStamps(path, selectors?.map(String) ?? [], input, options);
  return openFitsStamps(path, selectors ?? options.hdus ?? [], input, options);
}

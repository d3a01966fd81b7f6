import type { Column } from '../tables/index.ts';

/** What the header says of an exposure; null where it does not. A second input, beside the pixels. */
export const headerQuantities = ['exptime', 'zero_point', 'sky_level', 'airmass'] as const;
export type HeaderQuantity = (typeof headerQuantities)[number];

/** What is measured of a CCD without any learning; null where it cannot be. */
export const simpleStatistics = [
  ...['seeing', 'ellipticity', 'sky', 'rms', 'n_stars', 'n_sources'],
  ...['depth_factor', 'transparency', 'masked_fraction'],
] as const;

const number = (name: string, description: string, unit?: string): Column => ({
  ...{ name, type: 'double', description },
  ...(unit === undefined ? {} : { unit }),
});
const text = (name: string, description: string): Column => ({ name, type: 'string', description });
const integer = (name: string, description: string): Column => ({ name, type: 'int', description });

/** Columns of `stamps.csv` in a set of exposures: one row a CCD, in the order of `stamps.npy`. */
export const exposureSetColumns: readonly Column[] = [
  integer('index', 'row of stamps.npy'),
  text('path', 'FITS file; empty where it was never written'),
  integer('hdu', 'number of the HDU'),
  text('exposure', "exposure number, or the time stamp of the file's name"),
  text('ccd', 'EXTNAME or number of the CCD'),
  text('band', 'filter band'),
  { ...number('mjd', 'modified Julian date of the start', 'd') },
  text('night', 'date of the evening'),
  text('group', 'what is never split: the exposure'),
  text('reasons', 'categories with semicolons, Good where inspected and fine, empty where nobody looked'),
  text('reason', 'the category where there is exactly one'),
  number('exptime', 'exposure time', 's'),
  number('zero_point', "the header's, magnitude of one ADU a second", 'mag'),
  number('sky_level', "the header's, ADU", 'adu'),
  number('airmass', "the header's"),
  number('seeing', 'median full width at half maximum of stars', 'arcsec'),
  number('ellipticity', '1 - b/a, median of stars'),
  number('sky', 'sky level', 'adu'),
  number('rms', 'sky rms per pixel', 'adu'),
  integer('n_stars', 'stars measured, at most 300'),
  integer('n_sources', 'regions above 10 times the noise'),
  number('depth_factor', 'exposure factor, where the header allows'),
  number('transparency', 'relative to a clear sky, where the header allows'),
  number('masked_fraction', 'share of pixels masked or without a value'),
  text('camera', 'INSTRUME'),
  text('truth', 'categories of a simulated exposure, whether or not anybody looked; for evaluation alone'),
];

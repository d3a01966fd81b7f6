import { autoscanFeatures } from '@blemish/imaging';
import type { AutoscanFeature } from '@blemish/imaging';
import type { Column } from '../tables/index.ts';

const integers: readonly AutoscanFeature[] = ['band', 'ccdid', 'flags', 'maglim', 'numnegrn'];
const units: Partial<Record<AutoscanFeature, string>> = {
  ...{ a_image: 'pixel', b_image: 'pixel', a_ref: 'pixel', b_ref: 'pixel', scale: 'pixel' },
  ...{ mag: 'mag', magdiff: 'mag', mag_from_limit: 'mag', mag_ref: 'mag', mag_ref_err: 'mag' },
  ...{ nn_dist_renorm: 'arcsec', min_distance_to_edge_in_new: 'pixel' },
};

/** `candidates`: one row per candidate of a difference, by falling |snr|. */
export const candidateColumns: readonly Column[] = [
  {
    name: 'id',
    type: 'int',
    description: 'number of the candidate from 1, and of its stamp',
    ucd: 'meta.id',
  },
  {
    name: 'x',
    type: 'double',
    unit: 'pixel',
    description: 'centre along a row of the science image, 0-based: the centre of the first pixel is 0',
    ucd: 'pos.cartesian.x',
  },
  {
    name: 'y',
    type: 'double',
    unit: 'pixel',
    description: 'centre along a column, 0-based',
    ucd: 'pos.cartesian.y',
  },
  {
    name: 'ra',
    type: 'double',
    unit: 'deg',
    description: "right ascension by the science image's WCS",
    ucd: 'pos.eq.ra;meta.main',
  },
  { name: 'dec', type: 'double', unit: 'deg', description: 'declination', ucd: 'pos.eq.dec;meta.main' },
  { name: 'sign', type: 'int', description: '1: more light than on the reference; -1: less' },
  {
    name: 'flux',
    type: 'double',
    description: "of a point source, science less reference, in the science image's units",
    ucd: 'phot.flux',
  },
  { name: 'flux_err', type: 'double', description: 'standard error of flux', ucd: 'stat.error;phot.flux' },
  {
    name: 'coverage',
    type: 'double',
    description: 'share of the squared PSF that falls on pixels with a value',
  },
  {
    name: 'kernel_reach',
    type: 'boolean',
    description: 'the kernel reaches a pixel there that was filled: look at it before believing it',
  },
  { name: 'edge', type: 'boolean', description: 'its stamp reaches past the edge, where it is NaN' },
  ...(Object.entries(autoscanFeatures) as [AutoscanFeature, string][]).map(([name, description]): Column => ({
    name,
    type: integers.includes(name) || /^n\dsig/.test(name) ? 'int' : 'double',
    description,
    ...(units[name] !== undefined && { unit: units[name] }),
  })),
  {
    name: 'reason',
    type: 'string',
    description: 'why features are empty: names and reason, with semicolons',
  },
];

/** `stamps.csv`: one row per stamp, in their order. */
export const differenceStampColumns: readonly Column[] = [
  { name: 'index', type: 'int', description: 'row of stamps.npy, from 0' },
  ...candidateColumns.filter(({ name }) =>
    ['id', 'x', 'y', 'ra', 'dec', 'sign', 'snr', 'edge'].includes(name),
  ),
  {
    name: 'missing',
    type: 'double',
    description: 'share of the stamp without a value in one channel or more',
  },
  {
    name: 'group',
    type: 'string',
    description: 'the pair of images, which may not be split between training and test',
  },
];

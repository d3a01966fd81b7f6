import { blemishCcd, probabilityColumn } from '../taxonomy.ts';
import type { Column } from './column.ts';

const path: Column = { name: 'path', type: 'string', description: 'input file' };
const hdu: Column = { name: 'hdu', type: 'int', description: 'number of the HDU; 0 is the primary' };
const exposure: Column = {
  name: 'exposure',
  type: 'string',
  description: "exposure number, or the time stamp of the file's name",
  ucd: 'meta.id;obs',
};
const ccd: Column = { name: 'ccd', type: 'string', description: 'EXTNAME or number of the CCD' };
const band: Column = {
  name: 'band',
  type: 'string',
  description: 'filter band',
  ucd: 'meta.id;instr.bandpass',
};
const mjd: Column = {
  name: 'mjd',
  type: 'double',
  unit: 'd',
  description: 'modified Julian date of the start',
  ucd: 'time.epoch',
};

/** `catalog`: one row per finding. */
export const catalogColumns: readonly Column[] = [
  {
    name: 'event_id',
    type: 'string',
    description: 'one artifact over several CCDs has one id',
    ucd: 'meta.id',
  },
  path,
  hdu,
  exposure,
  ccd,
  band,
  mjd,
  { name: 'class', type: 'string', description: 'artifact class of blemish-ccd', ucd: 'meta.code.class' },
  {
    name: 'probability',
    type: 'double',
    description: 'calibrated probability of the class on this CCD',
    ucd: 'stat.probability',
  },
  { name: 'threshold', type: 'double', description: 'probability from which the class is flagged' },
  {
    name: 'flagged',
    type: 'boolean',
    description:
      'the CCD is flagged and the probability reaches the threshold; false for the likeliest class of a flagged CCD where none does',
    ucd: 'meta.code',
  },
  {
    name: 'x',
    type: 'double',
    unit: 'pixel',
    description: 'centroid along a row, 0-based: the centre of the first pixel is 0',
    ucd: 'pos.cartesian.x',
  },
  {
    name: 'y',
    type: 'double',
    unit: 'pixel',
    description: 'centroid along a column, 0-based',
    ucd: 'pos.cartesian.y',
  },
  {
    name: 'ra',
    type: 'double',
    unit: 'deg',
    description: "right ascension of the centroid by the image's WCS",
    ucd: 'pos.eq.ra;meta.main',
  },
  {
    name: 'dec',
    type: 'double',
    unit: 'deg',
    description: "declination of the centroid by the image's WCS",
    ucd: 'pos.eq.dec;meta.main',
  },
  { name: 'area', type: 'double', unit: 'pixel', description: 'masked area', ucd: 'phys.angArea' },
  { name: 'model', type: 'string', description: 'model bundle', ucd: 'meta.software' },
  { name: 'model_sha256', type: 'string', description: "hash of the model's network and description" },
];

/** Figures an image-quality scientist looks at first; null where they cannot be measured. */
export const qualityColumns: readonly Column[] = [
  {
    name: 'fwhm',
    type: 'double',
    unit: 'pixel',
    description: 'median full width at half maximum of stars',
    ucd: 'instr.obsty.seeing',
  },
  { name: 'ellipticity', type: 'double', description: '1 - b/a, median of stars', ucd: 'src.ellipticity' },
  { name: 'sky', type: 'double', unit: 'adu', description: 'sky level', ucd: 'instr.skyLevel' },
  { name: 'rms', type: 'double', unit: 'adu', description: 'sky rms per pixel', ucd: 'instr.skySigma' },
  {
    name: 'zero_point',
    type: 'double',
    unit: 'mag',
    description: 'magnitude of one image unit over the whole exposure, where the header states it',
    ucd: 'phot.mag;arith.zp',
  },
  { name: 'transparency', type: 'double', description: 'relative to a clear sky, where the header allows' },
  { name: 'depth_factor', type: 'double', description: 'exposure factor, where the header allows' },
  { name: 'n_stars', type: 'int', description: 'stars measured', ucd: 'meta.number' },
];

/** `images`: one row per image HDU. */
export const imageColumns: readonly Column[] = [
  path,
  hdu,
  exposure,
  ccd,
  band,
  mjd,
  {
    name: 'artifact_probability',
    type: 'double',
    description: 'calibrated probability of any artifact; null where not judged',
    ucd: 'stat.probability',
  },
  { name: 'flagged', type: 'boolean', description: 'the probability of any artifact reaches the threshold' },
  { name: 'action', type: 'string', description: 'ok, mask, review or reject' },
  {
    name: 'masked_fraction',
    type: 'double',
    description: "share of pixels that the pipeline's mask covers or that have no value",
  },
  ...qualityColumns,
  ...blemishCcd.map(({ name, description }): Column => ({
    name: probabilityColumn(name),
    type: 'double',
    description: `probability of ${name}: ${description}`,
    ucd: 'stat.probability',
  })),
  { name: 'reason', type: 'string', description: 'why there is no probability; null where there is one' },
];

/** `exposures`: the roll-up, one row per exposure. */
export const exposureColumns: readonly Column[] = [
  exposure,
  band,
  mjd,
  { name: 'n_ccds', type: 'int', description: 'images done' },
  { name: 'n_flagged', type: 'int', description: 'images flagged' },
  { name: 'n_events', type: 'int', description: 'events flagged, each counted once over all CCDs' },
  { name: 'max_probability', type: 'double', description: 'largest artifact_probability' },
  { name: 'worst_class', type: 'string', description: 'class with the largest probability of all flagged' },
  { name: 'worst_ccd', type: 'string', description: 'CCD with the largest artifact_probability' },
  {
    name: 'action',
    type: 'string',
    description: 'reject where half the CCDs or more are to be rejected, else review, mask or ok',
  },
  { name: 'masked_fraction', type: 'double', description: 'median over the CCDs' },
  ...qualityColumns.map((column): Column => ({
    ...column,
    type: 'double',
    description: `${column.description}; median over the CCDs`,
  })),
];

import { Header } from '@blemish/fits';
import type { CcdPlace } from './artifact.ts';
import type { ExposureConditions } from './bad-exposures/conditions.ts';
import { bandProperties } from './bands.ts';
import type { Detector } from './detector.ts';
import { meanGain } from './detector.ts';
import { communityVersion } from './community-mask.ts';
import { flagged } from './saturation.ts';
import { pixelScaleArcsec } from './focal-plane.ts';
import type { ExposurePlan } from './plan.ts';

/** `2018-03-12T04:05:06.700` of a modified Julian date (UTC). */
export function isoDate(mjd: number): string {
  return new Date(Math.round((mjd - 40587) * 86_400_000)).toISOString().replace('Z', '');
}

/** The Community Pipeline's name of an exposure's file, without its extension: `c4d_180312_040506_ooi_r_v1`. */
export function exposureFileName(
  plan: Pick<ExposurePlan, 'mjd' | 'context'>,
  product: 'ooi' | 'ood' = 'ooi',
): string {
  const digits = isoDate(plan.mjd).replace(/[-:]/g, '');
  return `c4d_${digits.slice(2, 8)}_${digits.slice(9, 15)}_${product}_${plan.context.band}_v1`;
}

/** Cards of the file's primary HDU. PLVER announces the Community Pipeline's masks; without it they have DESDM's bits. */
export function primaryHeader(plan: ExposurePlan): Header {
  const { context } = plan;
  const header = new Header()
    .set('OBJECT', 'simulated sky', 'Name of the object observed')
    .set('SIMULATE', true, 'not an observation: simulated pixels')
    .set('SEED', plan.seed, 'seed of the simulation')
    .set('INSTRUME', 'DECam', 'Instrument (layout simulated)')
    .set('TELESCOP', 'CTIO 4.0-m telescope', 'Telescope name')
    .set('OBSTYPE', 'object', 'Type of observation')
    .set('PROCTYPE', 'InstCal', 'Data processing level')
    .set('PRODTYPE', 'image', 'Data product type')
    .set('EXPNUM', plan.expnum, 'Exposure number')
    .set('FILTER', bandProperties[context.band].filter, 'Unique filter identifier')
    .set('BAND', context.band)
    .set('EXPTIME', context.exposureSeconds, '[s] Exposure duration')
    .set('DATE-OBS', isoDate(plan.mjd), 'UTC epoch')
    .set('MJD-OBS', Number(plan.mjd.toFixed(8)), 'MJD of observation start')
    .set('TIMESYS', 'UTC', 'Time system')
    .set('RADESYS', 'ICRS', 'Coordinate system')
    .set('PIXSCAL1', pixelScaleArcsec, '[arcsec/pixel] Pixel scale, axis 1')
    .set('PIXSCAL2', pixelScaleArcsec, '[arcsec/pixel] Pixel scale, axis 2')
    .set('TELRA', Number(plan.ra.toFixed(6)), '[deg] Telescope RA')
    .set('TELDEC', Number(plan.dec.toFixed(6)), '[deg] Telescope DEC');
  if (plan.pipeline === 'community')
    header.set('PLVER', communityVersion, 'Pipeline whose mask codes are used');
  if (plan.conditions !== null) setMeasured(header, plan.conditions, context.exposureSeconds);
  return header;
}

/** What the Community Pipeline measures of the exposure as a whole. */
function setMeasured(header: Header, { airmass, zeroPoint }: ExposureConditions, seconds: number): void {
  header.set('AIRMASS', Number(airmass.toFixed(2)), 'Airmass');
  if (zeroPoint === null) return;
  header
    .set('MAGZPT', Number(zeroPoint.toFixed(4)), '[mag] magnitude of one adu a second')
    .set('MAGZERO', Number((zeroPoint + 2.5 * Math.log10(seconds)).toFixed(4)), '[mag] magnitude of one adu');
}

/** Cards of one CCD's image. The WCS is tangential about the optical axis: east along +y, south along +x, as DECam's. */
export function ccdHeader(
  plan: ExposurePlan,
  place: CcdPlace,
  detector: Detector,
  /** Sky level the survey took off, ADU. */
  sky: number,
): Header {
  const { width, height, context } = plan;
  const degrees = pixelScaleArcsec / 3600;
  const gain = meanGain(detector);
  const zeroPoint =
    bandProperties[context.band].zeroPoint +
    2.5 * Math.log10((context.exposureSeconds * plan.transparency) / gain);
  const header = new Header()
    .set('EXTNAME', place.name)
    .set('CCDNUM', place.ccdnum, 'CCD number')
    .set('DETPOS', place.name, 'detector position ID')
    .set('INHERIT', true, 'Inherits global header')
    .set('BUNIT', 'adu', 'unit of the pixels')
    .set('RADESYS', 'ICRS')
    .set('CTYPE1', 'RA---TAN')
    .set('CTYPE2', 'DEC--TAN')
    .set('CUNIT1', 'deg')
    .set('CUNIT2', 'deg')
    .set('CRVAL1', Number(plan.ra.toFixed(8)), '[deg] optical axis')
    .set('CRVAL2', Number(plan.dec.toFixed(8)), '[deg] optical axis')
    .set('CRPIX1', (width - 1) / 2 + 1 - place.centreX)
    .set('CRPIX2', (height - 1) / 2 + 1 - place.centreY)
    .set('CD1_1', 0)
    .set('CD1_2', degrees)
    .set('CD2_1', -degrees)
    .set('CD2_2', 0)
    .set('GAINA', detector.gain[0], '[electrons/adu] Gain for amp A')
    .set('GAINB', detector.gain[1], '[electrons/adu] Gain for amp B')
    .set('ARAWGAIN', gain, '[electrons/adu] gain of the pixels')
    .set('RDNOISEA', detector.readNoise[0], '[electrons] Read noise for amp A')
    .set('RDNOISEB', detector.readNoise[1], '[electrons] Read noise for amp B')
    .set('AMPSECA', `[1:${width >> 1},1:${height}]`, 'pixels of amp A')
    .set('AMPSECB', `[${(width >> 1) + 1}:${width},1:${height}]`, 'pixels of amp B')
    .set('SATURATE', Math.round((flagged * detector.saturation) / gain), '[adu] saturation level');
  // The zero point of an exposure under clouds is measured, not known: it stands in the primary header.
  if (plan.conditions === null)
    header.set('MAGZERO', Number(zeroPoint.toFixed(4)), '[mag] magnitude of one adu in this exposure');
  return header
    .set('SKYSUB', plan.skySubtracted, 'the sky has been subtracted')
    .set('AVSKY', Number(sky.toFixed(3)), '[adu] sky level')
    .set('AVSIG', Number((context.skyRms / gain).toFixed(4)), '[adu] sky rms');
}

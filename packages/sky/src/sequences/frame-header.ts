import type { Header } from '@blemish/fits';
import { channelId, ztfCamera } from './camera.ts';
import type { SequencePlan } from './plan.ts';
import { wcsHeader } from './plan.ts';
import type { SequenceFrame } from './render-frame.ts';

/** Julian date minus modified Julian date. */
const julianOffset = 2_400_000.5;

/** Cards of one cut-out: those of the survey's science images that a reader may want, under their names, and what says that it is simulated. */
export function frameHeader(plan: SequencePlan, frame: number, made: SequenceFrame): Header {
  const exposure = plan.exposures[frame];
  const { gain, readNoise, exposureSeconds, zeroPoint, pixelScaleArcsec, filterId } = ztfCamera;
  const { ccd, quadrant } = plan.channel;
  const magnitudeZero = zeroPoint + 2.5 * Math.log10(exposure.transparency);
  const header = wcsHeader(plan.channelRa, plan.channelDec, exposure.shiftX, exposure.shiftY);
  return header
    .set('CRPIX1', header.number('CRPIX1')! - made.chipX)
    .set('CRPIX2', header.number('CRPIX2')! - made.chipY)
    .set('BUNIT', 'DN', 'unit of the pixels')
    .set('SIMULATE', true, 'not an observation: simulated pixels')
    .set('SEED', plan.seed, 'seed of the simulation')
    .set('INSTRUME', 'ZTF/MOSAIC', 'Instrument name (simulated)')
    .set('EXPTIME', exposureSeconds, 'Exposure time (s)')
    .set('PIXSCALE', pixelScaleArcsec, 'Pixel scale, in arcsec per pixel')
    .set('FIELDID', plan.field, 'Field number; where it lies is simulated')
    .set('FILTERID', filterId, 'Filter ID code')
    .set('FILTER', 'ZTF_r', 'Filter name')
    .set('CCDID', ccd)
    .set('QID', quadrant)
    .set('RCID', channelId(plan.channel))
    .set('OBSMJD', Number(exposure.mjd.toFixed(7)), 'MJD of the exposure (day)')
    .set('OBSJD', Number((exposure.mjd + julianOffset).toFixed(7)), 'Julian day of the exposure (day)')
    .set('GAIN', gain, 'Gain e-/adu')
    .set('READNOI', readNoise, 'Read noise e-')
    .set('SATURATE', Number((0.8 * plan.wellDn).toFixed(3)), 'Saturation value in science image [DN]')
    .set('MAGZP', Number(magnitudeZero.toFixed(6)), 'Magnitude zero point [mag]')
    .set('SEEING', exposure.fwhmPixels, 'seeing FWHM [pixels]')
    .set('OID', plan.oid, 'Object ID')
    .set('OIDRA', plan.ra, 'Object RA (deg)')
    .set('OIDDEC', plan.dec, 'Object DEC (deg)');
}

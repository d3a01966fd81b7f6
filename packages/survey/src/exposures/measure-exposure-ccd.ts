import { Wcs } from '@blemish/fits';
import type { Header } from '@blemish/fits';
import {
  estimateBackground,
  findSources,
  measureQuality,
  measureStars,
  recycleArray,
  subtractBackground,
} from '@blemish/imaging';
import type { ImageIdentity } from '../inputs/index.ts';
import type { Row } from '../tables/column.ts';
import { ccdViews, usableMask } from './ccd-views.ts';
import type { CcdPixels } from './ccd-views.ts';
import type { ViewSettings } from './view-settings.ts';

/** A CCD as a set of exposures holds it. */
export interface MeasuredCcd {
  /** [size, size, 1 + crops] */
  readonly views: Uint8Array;
  /** Cells of `exposureSetColumns` that the CCD and its header give; no labels, no place in a set. */
  readonly row: Row;
}

/** The survey's. */
const mesh = 256;
/** MJD of noon at the observatories of the Americas, which divides nights: between 16:00 and 20:00 UTC. */
const noon = 0.75;

/**
 * Views of a CCD, what its header says, and simple statistics, by the same steps whether it was read or just simulated.
 * @param header the CCD's with that of its exposure
 */
export function measureExposureCcd(
  pixels: CcdPixels,
  mask: Uint8Array | null,
  header: Header,
  identity: ImageIdentity,
  settings: ViewSettings,
): MeasuredCcd {
  const { exposure, ccd, band, mjd } = identity;
  const camera = header.string('INSTRUME')?.trim() ?? null;
  return {
    views: ccdViews(pixels, mask, settings),
    row: {
      ...{ exposure, ccd, band, mjd, camera, night: mjd === null ? null : nightOf(mjd), group: exposure },
      ...statistics(pixels, usableMask(mask), header),
      sky_level: positive(header.number('AVSKY')),
      airmass: positive(header.number('AIRMASS')),
      masked_fraction: maskedFraction(pixels, mask),
    },
  };
}

function statistics(pixels: CcdPixels, mask: Uint8Array | null, header: Header): Row {
  const background = estimateBackground(pixels, { mesh, mask });
  const subtracted = subtractBackground(pixels, background);
  const rms = background.globalRms;
  const stars = measureStars(subtracted, rms, mask);
  const quality = measureQuality(subtracted, mask, background, header, { stars });
  const sources = rms > 0 ? findSources(subtracted, rms, mask).regions.length : 0;
  recycleArray(subtracted.data);
  const exptime = positive(header.number('EXPTIME'));
  const { zeroPoint } = quality;
  const scale = Wcs.fromHeader(header)?.pixelScaleArcsec ?? positive(header.number('PIXSCAL1'));
  return {
    exptime,
    zero_point: zeroPoint === null || exptime === null ? null : zeroPoint - 2.5 * Math.log10(exptime),
    seeing: quality.fwhm === null || scale === null ? null : quality.fwhm * scale,
    ellipticity: quality.ellipticity,
    sky: quality.sky,
    rms: quality.rms,
    n_stars: quality.nStars,
    n_sources: sources,
    depth_factor: quality.depthFactor,
    transparency: quality.transparency,
  };
}

function positive(value: number | undefined): number | null {
  return value !== undefined && Number.isFinite(value) && value > 0 ? value : null;
}

/** `2018-03-11` of all that night, until noon. */
function nightOf(mjd: number): string {
  return new Date((Math.floor(mjd - noon) - 40_587) * 86_400_000).toISOString().slice(0, 10);
}

function maskedFraction({ data }: CcdPixels, mask: Uint8Array | null): number {
  let masked = 0;
  for (let i = 0; i < data.length; i++)
    if (data[i] - data[i] !== 0 || (mask !== null && mask[i] !== 0)) masked++;
  return masked / data.length;
}

// The features of Goldstein et al. 2015 (AJ 150, 82), Table 2, by which autoScan tells real from bogus.
import type { Plane } from '../plane.ts';
import { checkPlane } from '../plane.ts';
import { fitRoundGaussian } from './fit-round-gaussian.ts';
import type { IsophotalSource } from './isophotal-sources.ts';
import { isophotalSources } from './isophotal-sources.ts';
import { spreadModel } from './spread-model.ts';
import {
  apertureSum,
  halved,
  inPeaks,
  inScatters,
  largestColumnMedian,
  medianFilter,
} from './stamp-statistics.ts';

/** Side of the stamps the features are defined on, pixels. */
export const autoscanSide = 51;
/** The candidate's pixel in them. */
const middle = (autoscanSide - 1) / 2;
/** Radius of the aperture, pixels. */
const aperture = 5;
/** A detection farther than this from the middle is another one, pixels. */
const ownReach = 3;
/** Reference sources as far as this may be the host, arcsec. */
export const hostReachArcsec = 5;

export interface AutoscanInput {
  /** Stamps of 51 × 51 px about the candidate, times its sign; NaN where masked or outside. */
  readonly difference: Plane;
  /** Standard deviation per pixel of the difference. */
  readonly noise: Plane;
  /** The aligned reference, background-subtracted, in the science image's units; not times the sign. */
  readonly reference: Plane;
  /** PSF of the difference, of sum 1 and odd sides, and its FWHM in pixels. */
  readonly psf: Plane;
  readonly fwhm: number;
  /** The candidate's centre in the stamp, 0-based: (25, 25) less than a pixel off. */
  readonly x: number;
  readonly y: number;
  /** Flux times the sign, so above 0, and its error. */
  readonly flux: number;
  readonly fluxError: number;
  /** The faintest flux that is a candidate at all. */
  readonly limitFlux: number;
  /** Magnitude of flux 1; null where nothing tells. */
  readonly zeroPoint: number | null;
  /** Nearest source of the reference within 5″; null without one, undefined where nothing tells how large a pixel is. */
  readonly host: AutoscanHost | null | undefined;
  /** Pixels to the nearest edge of the image. */
  readonly edgeDistance: number;
  readonly ccdid: number | null;
  /** 1 to 4 for g, r, i, z. */
  readonly band: number | null;
}

/** A source of the reference near the candidate. */
export interface AutoscanHost extends Pick<IsophotalSource, 'a' | 'b' | 'flux' | 'fluxError'> {
  readonly distanceArcsec: number;
}

/** The names of the set, in the order of the published tables, with what they are and what differs here from autoScan. */
export const autoscanFeatures = {
  amp: 'amplitude of the round Gaussian fitted to the stamp over its largest |value|',
  a_image: 'root mean square along the major axis of the pixels above 1.5 noise, px',
  a_ref: 'the same of the nearest reference source within 5 arcsec',
  band: '1, 2, 3, 4 for g, r, i, z',
  b_image: 'root mean square along the minor axis, px',
  b_ref: 'the same of the nearest reference source within 5 arcsec',
  ccdid: 'number of the CCD',
  colmeds: 'largest median of a column of the stamp over its largest |value|',
  diffsumrn: 'sum over 5 × 5 bins of 2 × 2 px about the middle, in scatters of the stamp',
  ellipticity: '1 − b_image / a_image',
  flags:
    '8: pixels of it lie on the edge of the stamp; 16: a pixel of the aperture has no value (as SExtractor; no other bits)',
  flux_ratio: 'flux within 5 px of the difference less that of the reference, over |that of the reference|',
  gauss: 'sum of the squared residuals of the round Gaussian, over the stamp scaled to its largest |value|',
  gflux: 'candidate and reference flux within 5 px over the flux of the candidate',
  l1: 'Σ|value| / √|Σ value| with the sign of Σ value, over the stamp scaled to its largest |value|',
  lacosmic: 'largest value over the largest of the fine structure (3 × 3 median less its 7 × 7 median)',
  mag: 'magnitude of the difference',
  magdiff: 'magnitude of the nearest reference source, or the limit where there is none, less mag',
  maglim: '1 where no reference source lies within 5 arcsec, else 0',
  mag_from_limit: 'magnitude of the faintest flux that is a candidate, less mag',
  mag_ref: 'isophotal magnitude of the nearest reference source within 5 arcsec',
  mag_ref_err: 'its error',
  maskfrac: 'share of the stamp without a value',
  min_distance_to_edge_in_new: 'pixels to the nearest edge of the science image',
  n2sig3: 'bins at or below −2 scatters of the 5 × 5 about the middle',
  n2sig3shift: 'bins at or above 2 scatters of the 5 × 5 of the difference less those of the reference',
  n2sig5: 'bins at or below −2 scatters of the 7 × 7',
  n2sig5shift: 'bins at or above 2 scatters of the 7 × 7 of the difference less those of the reference',
  n3sig3: 'as n2sig3 for 3 scatters',
  n3sig3shift: 'as n2sig3shift for 3 scatters',
  n3sig5: 'as n2sig5 for 3 scatters',
  n3sig5shift: 'as n2sig5shift for 3 scatters',
  nn_dist_renorm: 'distance to the nearest reference source within 5 arcsec, arcsec',
  numnegrn: 'negative bins of the 7 × 7 about the middle, after the median of the stamp is taken off',
  scale: 'standard deviation of the round Gaussian, px',
  snr: 'flux over its error',
  spreaderr_model: 'error of spread_model',
  spread_model: "SExtractor's SPREAD_MODEL: 0 for a point, above for wider, below for sharper",
} as const;

export type AutoscanFeature = keyof typeof autoscanFeatures;

export interface AutoscanMeasurement {
  /** Null where a feature is not defined. */
  readonly features: Readonly<Record<AutoscanFeature, number | null>>;
  /** Why features are null, one entry for each reason: the features and the reason. */
  readonly reasons: readonly { readonly features: readonly AutoscanFeature[]; readonly reason: string }[];
}

/**
 * The 38 features of a candidate, defined as the autoScan program does. What differs: fluxes, sources of the reference and their shapes are measured on these images (autoScan looks them up in a
 * database of coadds; its magnitudes are MAG_AUTO); the limiting magnitude is that of the flux at the threshold, not the faintest detection's; masked pixels are left out of bins and filters, not
 * counted as 0; gflux takes the reference's aperture for the galaxy; the Gaussian's σ is above 0. Stamps are multiplied by the candidate's sign first.
 * @throws RangeError for stamps of another size than 51 × 51
 */
export function autoscanMeasure(input: AutoscanInput): AutoscanMeasurement {
  for (const plane of [input.difference, input.noise, input.reference]) {
    checkPlane(plane, 'autoscanMeasure');
    if (plane.width !== autoscanSide || plane.height !== autoscanSide)
      throw new RangeError(
        `autoscanMeasure: a stamp of ${plane.width}×${plane.height} pixels; cut ${autoscanSide}×${autoscanSide}`,
      );
  }
  const undefinedBy = new Map<string, AutoscanFeature[]>();
  const features = Object.fromEntries(Object.keys(autoscanFeatures).map((name) => [name, null])) as Record<
    AutoscanFeature,
    number | null
  >;
  const groups = [ofPhotometry, ofHost, ofPeaks, ofScatters, ofShape, ofPlace];
  for (const measure of groups)
    for (const [name, value] of Object.entries(measure(input)) as [AutoscanFeature, Value][]) {
      if (typeof value === 'number' && Number.isFinite(value)) features[name] = value;
      else {
        const reason = typeof value === 'string' ? value : 'not a finite number';
        undefinedBy.set(reason, [...(undefinedBy.get(reason) ?? []), name]);
      }
    }
  return { features, reasons: [...undefinedBy].map(([reason, names]) => ({ features: names, reason })) };
}

/** A number, or why there is none. */
type Value = number | string;
type Values = Partial<Record<AutoscanFeature, Value>>;

const magnitude = (flux: number) => -2.5 * Math.log10(flux);

function ofPhotometry({
  flux,
  fluxError,
  limitFlux,
  zeroPoint,
  difference,
  reference,
}: AutoscanInput): Values {
  const own = apertureSum(difference, middle, middle, aperture);
  const there = apertureSum(reference, middle, middle, aperture);
  const noValue = 'a pixel of the aperture has no value';
  return {
    mag: zeroPoint === null ? 'no zero point' : zeroPoint + magnitude(flux),
    mag_from_limit: magnitude(limitFlux) - magnitude(flux),
    snr: flux / fluxError,
    flux_ratio: own === own && there === there ? (own - there) / Math.abs(there) : noValue,
    gflux: there === there ? (there + flux) / flux : noValue,
  };
}

function ofHost({ host, flux, limitFlux, zeroPoint }: AutoscanInput): Values {
  const names = ['a_ref', 'b_ref', 'mag_ref', 'mag_ref_err', 'nn_dist_renorm'] as const;
  const none = (reason: string) => Object.fromEntries(names.map((name) => [name, reason])) as Values;
  if (host === undefined) {
    const reason = 'no pixel scale';
    return { ...none(reason), magdiff: reason, maglim: reason };
  }
  if (host === null)
    return {
      ...none(`no reference source within ${hostReachArcsec} arcsec`),
      magdiff: magnitude(limitFlux) - magnitude(flux),
      maglim: 1,
    };
  return {
    a_ref: host.a,
    b_ref: host.b,
    mag_ref: zeroPoint === null ? 'no zero point' : zeroPoint + magnitude(host.flux),
    mag_ref_err: (2.5 / Math.LN10) * (host.fluxError / host.flux),
    nn_dist_renorm: host.distanceArcsec,
    magdiff: magnitude(host.flux) - magnitude(flux),
    maglim: 0,
  };
}

function ofPeaks({ difference }: AutoscanInput): Values {
  const scaled = inPeaks(difference);
  if (scaled === null) {
    const reason = 'the stamp has no value other than 0';
    return { amp: reason, gauss: reason, scale: reason, colmeds: reason, l1: reason, lacosmic: reason };
  }
  let [sum, absolute, most] = [0, 0, -Infinity];
  for (const value of scaled.data) {
    if (!Number.isFinite(value)) continue;
    sum += value;
    absolute += Math.abs(value);
    most = Math.max(most, value);
  }
  const fit = fitRoundGaussian(scaled);
  const noFit = 'no round Gaussian fits the stamp';
  const smooth = medianFilter(scaled, 3);
  const smoother = medianFilter(smooth, 7);
  let fine = -Infinity;
  for (let i = 0; i < smooth.data.length; i++) {
    const value = smooth.data[i] - smoother.data[i];
    if (value > fine) fine = value;
  }
  return {
    amp: fit?.amplitude ?? noFit,
    scale: fit?.sigma ?? noFit,
    gauss: fit?.squares ?? noFit,
    colmeds: largestColumnMedian(scaled),
    l1: sum === 0 ? 'the stamp sums to 0' : (Math.sign(sum) * absolute) / Math.sqrt(Math.abs(sum)),
    lacosmic: fine > 0 ? most / fine : 'the stamp has no fine structure',
  };
}

function ofScatters({ difference, reference }: AutoscanInput): Values {
  const own = inScatters(halved(difference));
  const there = inScatters(halved(reference));
  const noScatter = 'the stamp is constant or has no value';
  const noReference = 'the reference stamp is constant or has no value';
  const count = (plane: Plane, half: number, test: (value: number) => boolean) => {
    let n = 0;
    for (const value of box(plane, half)) if (test(value)) n++;
    return n;
  };
  const values: Values = {};
  for (const [box, half] of [
    [3, 2],
    [5, 3],
  ] as const)
    for (const k of [2, 3] as const) {
      const name = `n${k}sig${box}` as const;
      values[name] = own === null ? noScatter : count(own, half, (value) => value <= -k);
      values[`${name}shift`] =
        own === null
          ? noScatter
          : there === null
            ? noReference
            : count(own, half, (value) => value >= k) - count(there, half, (value) => value >= k);
    }
  values.numnegrn = own === null ? noScatter : count(own, 3, (value) => value < 0);
  values.diffsumrn = own === null ? noScatter : box(own, 2).reduce((sum, value) => sum + value, 0);
  return values;
}

/** The known values of a square about the middle of a stamp of 25 × 25 bins. */
function box({ width, height, data }: Plane, half: number): number[] {
  const [cx, cy] = [width >> 1, height >> 1];
  const values: number[] = [];
  for (let y = cy - half; y <= cy + half; y++)
    for (let x = cx - half; x <= cx + half; x++)
      if (Number.isFinite(data[y * width + x])) values.push(data[y * width + x]);
  return values;
}

function ofShape({ difference, noise, psf, fwhm, x, y }: AutoscanInput): Values {
  const spread = spreadModel(difference, noise, psf, fwhm, x, y);
  const noSpread = 'no flux under the PSF';
  const own = isophotalSources(difference, noise)
    .map((source) => ({ source, distance: Math.hypot(source.x - x, source.y - y) }))
    .filter(({ source, distance }) => distance <= ownReach || source.covers(Math.round(x), Math.round(y)))
    .sort((a, b) => a.distance - b.distance)[0]?.source;
  const noSource = 'fewer than 5 connected pixels above 1.5 noise';
  const whole = apertureSum(difference, middle, middle, aperture);
  return {
    spread_model: spread?.spread ?? noSpread,
    spreaderr_model: spread?.spreadError ?? noSpread,
    a_image: own?.a ?? noSource,
    b_image: own?.b ?? noSource,
    ellipticity: own === undefined ? noSource : own.a > 0 ? 1 - own.b / own.a : 1,
    flags: (own?.truncated === true ? 8 : 0) + (whole === whole ? 0 : 16),
  };
}

function ofPlace({ difference, edgeDistance, ccdid, band }: AutoscanInput): Values {
  let missing = 0;
  for (const value of difference.data) if (!Number.isFinite(value)) missing++;
  return {
    maskfrac: missing / difference.data.length,
    min_distance_to_edge_in_new: edgeDistance,
    ccdid: ccdid ?? 'the header has no number of the CCD',
    band: band ?? 'the band is none of g, r, i, z',
  };
}

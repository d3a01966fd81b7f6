/** Bands of a cut-out in the order of its channels. */
export const cutoutBands = ['g', 'r', 'z'] as const;
/** One number for each of g, r and z. */
export type Bands = readonly [number, number, number];

/** A part of a survey's footprint, degrees: right ascensions may run below 0. */
export interface SkyArea {
  readonly ra: readonly [number, number];
  readonly dec: readonly [number, number];
}

/** What cut-outs of a survey look like. */
export interface CutoutSurvey {
  /** Side of a pixel of the coadded image, arcsec. */
  readonly pixelScaleArcsec: number;
  /** Pixels of the coadded image along one of a cut-out: their fluxes are added. */
  readonly binning: number;
  /** Median full width at half maximum of stars, arcsec. */
  readonly fwhmArcsec: Bands;
  /** Sky noise of one square arcsecond, nanomaggies (zero point 22.5). */
  readonly noise: Bands;
  /** Electrons of one nanomaggy, for the noise of the sources themselves. */
  readonly electrons: Bands;
  /** rms of what the survey's sky subtraction leaves, nanomaggies a square arcsecond. */
  readonly residual: Bands;
  /** Faintest neighbours worth drawing, r. */
  readonly faintest: number;
  readonly areas: readonly SkyArea[];
}

/** Noise of a square arcsecond of an aperture or a profile of `area` in which a source of this magnitude is `snr` times its noise. */
function noiseOfDepth(magnitude: number, snr: number, area: number): number {
  return 10 ** (0.4 * (22.5 - magnitude)) / snr / Math.sqrt(area);
}

const aperture = Math.PI * (1.95 / 2) ** 2;
/** Noise-equivalent area of a Gaussian star. */
const starArea = (fwhm: number): number => 4 * Math.PI * (fwhm / 2.3548) ** 2;

/**
 * DES: coadds of DR1 (Abbott et al. 2018, ApJS 239, 18, table 1): FWHM and the depth for a signal-to-noise ratio of 10 in 1.95″. HSC: the wide layer
 * of PDR1 (Aihara et al. 2018, PASJ 70, S8, table 2): seeing and 5σ depth of point sources. Both are shown over the same sky as the paper's cut-outs,
 * 33.5″ (its code asks the viewer for zoom 15), here 33.7″ and 32.3″. Footprints are rough; residuals are 28.3 and 29.3 mag/arcsec² (rms, g).
 */
export const cutoutSurveys = {
  des: {
    pixelScaleArcsec: 0.263,
    binning: 2,
    fwhmArcsec: [1.12, 0.96, 0.84],
    noise: [
      noiseOfDepth(24.33, 10, aperture),
      noiseOfDepth(24.08, 10, aperture),
      noiseOfDepth(22.69, 10, aperture),
    ],
    electrons: [2e4, 2.4e4, 1.8e4],
    residual: [0.0048, 0.006, 0.016],
    faintest: 25,
    areas: [
      { ra: [-60, 95], dec: [-66, -40] },
      { ra: [-10, 85], dec: [-40, -20] },
      { ra: [-12, 48], dec: [-20, 5] },
    ],
  },
  hsc: {
    pixelScaleArcsec: 0.168,
    binning: 3,
    fwhmArcsec: [0.72, 0.67, 0.63],
    noise: [
      noiseOfDepth(26.8, 5, starArea(0.72)),
      noiseOfDepth(26.4, 5, starArea(0.67)),
      noiseOfDepth(25.5, 5, starArea(0.63)),
    ],
    electrons: [2.4e5, 2.4e5, 2.3e5],
    residual: [0.0019, 0.0024, 0.0055],
    faintest: 26,
    areas: [
      { ra: [29.5, 39.5], dec: [-7, -1.5] },
      { ra: [128, 142], dec: [-2, 5] },
      { ra: [210, 226], dec: [-2, 2] },
      { ra: [236, 249], dec: [42, 45] },
    ],
  },
} as const satisfies Readonly<Record<string, CutoutSurvey>>;

export type CutoutSurveyName = keyof typeof cutoutSurveys;
export const cutoutSurveyNames = Object.keys(cutoutSurveys) as readonly CutoutSurveyName[];

/** Side of a pixel of a cut-out, arcsec. */
export function cutoutPixelArcsec(name: CutoutSurveyName): number {
  const { pixelScaleArcsec, binning } = cutoutSurveys[name];
  return pixelScaleArcsec * binning;
}

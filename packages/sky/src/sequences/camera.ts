/**
 * The Zwicky Transient Facility's camera as its science images have it: 16 CCDs of four readout channels each, pixels of 1.012″, 30 s in r
 * (Dekany et al. 2020, PASP 132, 038001; Masci et al. 2019, PASP 131, 018003; cards GAIN, READNOI and MAGZP of the images).
 */
export const ztfCamera = {
  pixelScaleArcsec: 1.012,
  /** Pixels of a readout channel. */
  width: 3072,
  height: 3080,
  /** Electrons per data number (DN). */
  gain: 6.2,
  /** Electrons. */
  readNoise: 10,
  exposureSeconds: 30,
  /** Magnitude of one DN in a clear exposure. */
  zeroPoint: 26.2,
  /** FILTERID of r. */
  filterId: 2,
} as const;

/** Side of a cut-out, pixels. */
export const cutoutSize = 28;
/** A cut-out is placed so that its object's x and y are in [13, 14), counted from 0, as those of the real data are. */
export const centrePixel = 13;

/** Electrons of a source in a clear exposure. */
export function electronsOfMagnitude(magnitude: number): number {
  return 10 ** (0.4 * (ztfCamera.zeroPoint - magnitude)) * ztfCamera.gain;
}

/** Readout channel: CCD 1–16 and quadrant 1–4. */
export interface ReadoutChannel {
  readonly ccd: number;
  readonly quadrant: number;
}

/** RCID, 0–63. */
export function channelId({ ccd, quadrant }: ReadoutChannel): number {
  return (ccd - 1) * 4 + quadrant - 1;
}

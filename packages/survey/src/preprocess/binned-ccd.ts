import { arcsinhTransform, estimateBackground, meanBin, subtractBackground } from '@blemish/imaging';
import type { Plane } from '@blemish/imaging';
import * as z from 'zod';

/** Pixels per side of the bins that are kept; all others are made of them. */
export const finestBin = 8;

/**
 * How a CCD becomes a small grey image, as the DES whole-CCD paper has it ("Artifacts in whole CCD exposures", section 3). Stored in every
 * bundle and read back from there.
 */
export const binnedPreprocess = z.strictObject({
  version: z.literal(1).default(1).describe('of what these settings mean'),
  mesh: z
    .int()
    .min(16)
    .default(256)
    .describe(
      'side of the background mesh, pixels; 256 is the survey’s: a finer one erases large faint structure',
    ),
  bin: z
    .int()
    .multipleOf(finestBin)
    .min(finestBin)
    .max(256)
    .default(finestBin)
    .describe('side of a bin, pixels; its value is the mean of its unmasked pixels'),
  scaling: z
    .enum(['arcsinh', 'printed', 'softened'])
    .default('arcsinh')
    .describe(
      'grey levels: `arcsinh`: 255 · (arcsinh I − m) / (M − m), m and M the extremes of arcsinh I; `printed`: those of I, as the paper prints it, which leaves less than one level; `softened`: 64 + 16 · arcsinh(I / kσ), which does not hang on one star',
    ),
  softening: z.number().positive().default(1).describe('`softened`: k, in units of the noise σ of a bin'),
});

export type BinnedPreprocess = z.infer<typeof binnedPreprocess>;

/** A CCD less its background in bins of {@link finestBin} pixels, the last ones partial. */
export interface BinnedCcd {
  readonly width: number;
  readonly height: number;
  /** [height, width] mean of each bin's usable pixels, ADU; 0 where it has none. */
  readonly mean: Float32Array;
  /** [height, width] usable pixels, unmasked and with a value. */
  readonly counts: Uint8Array;
  /** Sky rms of a pixel, ADU. */
  readonly rms: number;
}

/**
 * Takes the background map off, leaves masked pixels out and averages the others in bins; the plane is left alone.
 * Returns null where no pixel is usable: a result, not an error.
 * @param mask nonzero = left out; null = none is.
 * @throws RangeError for a mask of another shape.
 */
export function binCcd(plane: Plane, mask: Uint8Array | null, mesh: number): BinnedCcd | null {
  const background = estimateBackground(plane, { mesh, mask });
  const rms = background.globalRms;
  if (!(rms > 0) || !Number.isFinite(background.globalLevel)) return null;
  const { width, height, data, maskedFraction } = meanBin(
    subtractBackground(plane, background),
    mask,
    finestBin,
  );
  const counts = new Uint8Array(width * height);
  const mean = data.slice();
  for (let y = 0; y < height; y++) {
    const rows = Math.min(finestBin, plane.height - y * finestBin);
    for (let x = 0; x < width; x++) {
      const i = y * width + x;
      const pixels = rows * Math.min(finestBin, plane.width - x * finestBin);
      counts[i] = Math.round((1 - maskedFraction[i]) * pixels);
      if (counts[i] === 0) mean[i] = 0;
    }
  }
  return { width, height, mean, counts, rms };
}

/** Bins of a coarser image. */
export function binnedSize(size: number, bin: number): number {
  return Math.ceil(size / bin);
}

/**
 * The grey image of a binned CCD, ν in whole levels 0 … 255, [⌈height / step⌉, ⌈width / step⌉] for a bin of `step` finest bins. A bin
 * without a usable pixel counts as sky, I = 0.
 */
export function greyImage(ccd: BinnedCcd, { bin, scaling, softening }: BinnedPreprocess): Uint8Array {
  const values = coarsened(ccd, bin / finestBin);
  if (scaling === 'softened') arcsinhTransform(values, { rms: ccd.rms / bin, k: softening }, values);
  else arcsinhTransform(values, { variant: scaling === 'printed' ? 'printed' : 'sensible' }, values);
  const grey = new Uint8ClampedArray(values.length);
  for (let i = 0; i < values.length; i++) grey[i] = scaling === 'softened' ? 64 + 16 * values[i] : values[i];
  return new Uint8Array(grey.buffer);
}

/** Means over `step` × `step` bins, each weighing as many pixels as it has: those of the pixels themselves. */
function coarsened({ width, height, mean, counts }: BinnedCcd, step: number): Float32Array {
  const columns = Math.ceil(width / step);
  const sums = new Float64Array(columns * Math.ceil(height / step));
  const pixels = new Float64Array(sums.length);
  for (let y = 0; y < height; y++) {
    const row = Math.floor(y / step) * columns;
    for (let x = 0; x < width; x++) {
      const to = row + Math.floor(x / step);
      const i = y * width + x;
      sums[to] += mean[i] * counts[i];
      pixels[to] += counts[i];
    }
  }
  const means = new Float32Array(sums.length);
  for (let i = 0; i < sums.length; i++) if (pixels[i] > 0) means[i] = sums[i] / pixels[i];
  return means;
}

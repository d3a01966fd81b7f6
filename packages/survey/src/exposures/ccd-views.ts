import { areaMean, fillMissing, meanBin, stretchToBytes } from '@blemish/imaging';
import type { Plane } from '@blemish/imaging';
import { cropPlaces } from './crop-places.ts';
import { skyNoise } from './sky-noise.ts';
import type { SkyNoise } from './sky-noise.ts';
import { viewChannels } from './view-settings.ts';
import type { ViewSettings } from './view-settings.ts';

/** Pixels of a CCD, ADU, [height, width]; NaN = no value. */
export type CcdPixels = Plane;

/** A CCD of which less than this is unmasked is taken as it is: where all is saturated, that is what there is to see. */
const leastUnmasked = 0.05;
/**
 * `rms`: grey level of the median, levels a unit of arcsinh, and the share of the sky's rms in which arcsinh is linear: bins hold hundreds of
 * pixels, so that what matters in them is far below the noise of one.
 */
const wholeGrey = { middle: 96, scale: 16, softening: 1 / 8 };
const cropGrey = { middle: 64, scale: 16, softening: 1 };
/** `raw`: ADU, and the share of the range in which arcsinh is linear. */
const rawGrey = { low: -100, high: 65_535, scale: 'asinh', softening: 0.01 } as const;

/**
 * What a model of exposures sees of a CCD, [size, size, 1 + crops] 8-bit grey levels, channels last. Channel 0 is the whole CCD averaged in
 * size × size cells (NaN and masked pixels left out, cells without any filled from their neighbours), the others are crops at full resolution
 * around its brightest isolated sources (`cropPlaces`; what has no value there is shown as sky). No usable pixel: all 0.
 * @param mask nonzero = left out; null = none is
 * @throws RangeError for pixels or a mask of another shape
 */
export function ccdViews(pixels: CcdPixels, mask: Uint8Array | null, settings: ViewSettings): Uint8Array {
  const { size, crops } = settings;
  const used = usableMask(mask);
  const shortest = Math.min(pixels.width, pixels.height);
  const factor = Math.min(4, Math.max(1, Math.floor(shortest / size)));
  const binned = meanBin(pixels, used, factor);
  const sky = skyNoise(pixels, used);
  const channels = viewChannels(settings);
  const out = new Uint8Array(size * size * channels);
  if (!Number.isFinite(sky.median)) return out;
  const weights = new Float32Array(binned.data.length);
  for (let i = 0; i < weights.length; i++) weights[i] = 1 - binned.maskedFraction[i];
  const cells = fillMissing(areaMean(binned, weights, size, size), null, { depth: size });
  place(out, grey(cells.data, sky, settings, wholeGrey), 0, channels);
  for (const [k, corner] of cropPlaces(pixels, used, binned, sky, size, crops).entries()) {
    const crop = new Float32Array(size * size).fill(sky.median);
    const columns = Math.min(size, pixels.width);
    for (let y = 0; y < Math.min(size, pixels.height); y++)
      for (let x = 0; x < columns; x++) {
        const from = (corner.y + y) * pixels.width + corner.x + x;
        const value = pixels.data[from];
        if (value - value === 0 && (used === null || used[from] === 0)) crop[y * size + x] = value;
      }
    place(out, grey(crop, sky, settings, cropGrey), 1 + k, channels);
  }
  return out;
}

/** The mask, or null where it leaves next to nothing: then nothing is masked. */
export function usableMask(mask: Uint8Array | null): Uint8Array | null {
  if (mask === null) return null;
  let masked = 0;
  for (let i = 0; i < mask.length; i++) if (mask[i] !== 0) masked++;
  return mask.length - masked < leastUnmasked * mask.length ? null : mask;
}

function grey(
  values: Float32Array,
  { median, rms }: SkyNoise,
  { scaling }: ViewSettings,
  { middle, scale, softening }: typeof wholeGrey,
): Uint8Array {
  if (scaling === 'raw') return stretchToBytes(values, rawGrey);
  // A dead CCD has no noise: its levels are those of single ADU.
  const unit = softening * (rms > 0 ? rms : 1);
  const out = new Uint8Array(values.length);
  for (let i = 0; i < out.length; i++) {
    const level = Math.round(middle + scale * Math.asinh((values[i] - median) / unit));
    out[i] = level < 0 ? 0 : level > 255 ? 255 : level;
  }
  return out;
}

/** Writes one view into its channel. */
function place(out: Uint8Array, view: Uint8Array, channel: number, channels: number): void {
  for (let i = 0; i < view.length; i++) out[i * channels + channel] = view[i];
}

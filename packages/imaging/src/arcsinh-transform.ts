// The intensity transforms of whole-CCD artifact classification.
// Source: "Artifacts in whole CCD exposures" (DES; the project's paper 000), its equation for ν; see docs of `variant`.
import { minMaxLimits } from './limits.ts';

export interface ArcsinhOptions {
  /**
   * `softened` (default): asinh(I / (k·rms)), which is linear in the noise and does not hang on one star.
   * `sensible`: 255·(asinh I − m)/(M − m), m and M the extremes of asinh I: 0…255.
   * `printed`: the paper's formula to the letter, m and M the extremes of I: nearly constant for any real image.
   */
  readonly variant?: 'softened' | 'sensible' | 'printed';
  /** Noise per pixel, in image units; only for `softened` (default 1). */
  readonly rms?: number;
  /** Softening in units of the noise; only for `softened` (default 1). */
  readonly k?: number;
}

/**
 * arcsinh-transformed pixels, same length; `out` is filled and returned where given (it may be the input). NaN stays NaN and takes no part in the
 * extremes; where these coincide (a constant image) or do not exist, the result is 0. Throws RangeError where rms or k is not positive.
 */
export function arcsinhTransform(
  data: Float32Array,
  options: ArcsinhOptions = {},
  out: Float32Array = new Float32Array(data.length),
): Float32Array {
  const { variant = 'softened', rms = 1, k = 1 } = options;
  if (!(rms > 0) || !(k > 0))
    throw new RangeError(
      `arcsinhTransform: rms = ${rms} and k = ${k} must be positive; use 'sensible' where no noise is known`,
    );
  if (out.length !== data.length)
    throw new RangeError(`arcsinhTransform: out has ${out.length} values, ${data.length} needed`);
  if (variant === 'softened') {
    const scale = 1 / (rms * k);
    for (let i = 0; i < data.length; i++) out[i] = Math.asinh(data[i] * scale);
    return out;
  }
  const { low, high } = minMaxLimits(data);
  const m = variant === 'printed' ? low : Math.asinh(low);
  const range = (variant === 'printed' ? high : Math.asinh(high)) - m;
  for (let i = 0; i < data.length; i++) {
    const value = (255 * (Math.asinh(data[i]) - m)) / range;
    out[i] = range > 0 ? value : data[i] === data[i] ? 0 : NaN;
  }
  return out;
}

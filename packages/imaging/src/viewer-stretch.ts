// The colour stretch of the Legacy Survey viewer: nanomaggies in g, r and z to an 8-bit picture, and back.
// Source: Lupton et al. 2004 (PASP 116, 133), as the viewer's code has it: legacysurvey/imagine, map/views.py, `sdss_rgb` with the scales and the
// offset of `dr2_rgb`.

/** Bands of a linear cut-out in the order of its channels, and their factors before the stretch. They become blue, green and red. */
const scales = [6, 3.4, 2.2] as const;
/** Added to each band, so that the sky is dark grey and its noise is seen on both sides. */
const offset = 0.03;
/** Q: linear well below 1/Q, logarithmic above. */
const softness = 20;
/** The viewer's own pixels, of which its units are. */
export const viewerPixelArcsec = 0.262;

export interface ViewerStretchOptions {
  /** Side of a pixel in arcsec: fluxes are brought to the viewer's own pixels of 0.262″ before they are stretched (default 0.262). */
  readonly pixelScaleArcsec?: number;
}

/**
 * The picture that the viewer shows of a cut-out. With I the mean of max(0, s·f + 0.03) over the bands (s = 6 for g, 3.4 for r, 2.2 for z), a band becomes
 * (s·f + 0.03)·asinh(20 I) / (√20 I), cut to 0…1, times 255 without rounding up, as the viewer writes it. A sky of zero is 32.
 * @param flux nanomaggies a pixel (zero point 22.5), [pixels, 3] in the order g, r, z; NaN counts as 0, as where the viewer has no image
 * @returns [pixels, 3] in the order red (z), green (r), blue (g)
 * @throws RangeError where the length is no multiple of 3 or the pixel scale is not positive
 */
export function viewerStretch(flux: Float32Array, options: ViewerStretchOptions = {}): Uint8Array {
  const factor = toViewerPixels(flux.length, options);
  const out = new Uint8Array(flux.length);
  const band = new Float64Array(3);
  const gain = 1 / Math.sqrt(softness);
  for (let i = 0; i < flux.length; i += 3) {
    let intensity = 0;
    for (let b = 0; b < 3; b++) {
      const value = flux[i + b];
      band[b] = (value === value ? value * factor * scales[b] : 0) + offset;
      if (band[b] > 0) intensity += band[b];
    }
    intensity /= 3;
    if (!(intensity > 0)) continue;
    const stretch = (Math.asinh(softness * intensity) * gain) / intensity;
    for (let b = 0; b < 3; b++)
      out[i + 2 - b] = Math.floor(255 * Math.max(0, Math.min(1, band[b] * stretch)));
  }
  return out;
}

/**
 * The fluxes that the viewer's picture shows: the inverse of {@link viewerStretch}, good to the step of its 8 bits (a tenth of the sky's noise in the
 * survey's images) where no channel is 0 or 255. A channel at 0 or 255 says only that the flux is at most or at least what is given; NaN stands for pixels
 * with all three at 255.
 * @param bytes [pixels, 3] in the order red, green, blue
 * @returns nanomaggies a pixel, [pixels, 3] in the order g, r, z
 * @throws RangeError as `viewerStretch`
 */
export function viewerUnstretch(bytes: Uint8Array, options: ViewerStretchOptions = {}): Float32Array {
  const factor = toViewerPixels(bytes.length, options);
  const out = new Float32Array(bytes.length);
  const gain = Math.sqrt(softness);
  for (let i = 0; i < bytes.length; i += 3) {
    // The middle of the step that was cut off.
    const stretched = (bytes[i] + bytes[i + 1] + bytes[i + 2] + 1.5) / (3 * 255);
    const intensity = Math.sinh(gain * stretched) / softness;
    const full = bytes[i] + bytes[i + 1] + bytes[i + 2] === 3 * 255;
    for (let b = 0; b < 3; b++) {
      const value = ((bytes[i + 2 - b] + 0.5) / 255 / stretched) * intensity;
      out[i + b] = full ? NaN : (value - offset) / (scales[b] * factor);
    }
  }
  return out;
}

/** Factor from the flux of a pixel to that of one of the viewer's. */
function toViewerPixels(
  length: number,
  { pixelScaleArcsec = viewerPixelArcsec }: ViewerStretchOptions,
): number {
  if (length % 3 !== 0)
    throw new RangeError(
      `viewerStretch: ${length} values are no pixels of three bands; give g, r, z of each pixel in turn`,
    );
  if (!(pixelScaleArcsec > 0))
    throw new RangeError(`viewerStretch: pixelScaleArcsec = ${pixelScaleArcsec}; it must be positive`);
  return (viewerPixelArcsec / pixelScaleArcsec) ** 2;
}

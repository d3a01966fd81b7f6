import type { CcdMeasurement } from '../preprocess/ccd-features.ts';
import type { CcdPreview } from './types.ts';

/** Grey runs from this many σ of a bin's mean below the sky … */
const lowSigma = -4;
/** … to this many above, by asinh: faint structure and stars in one picture. */
const highSigma = 400;

/** The CCD as a small picture (its bins) with what is masked drawn over. */
export function preview(ccd: CcdMeasurement, mask: Int32Array | null): CcdPreview {
  const { bins, rms, plane } = ccd;
  const { width, height, factor } = bins;
  const scale = factor / rms;
  const low = Math.asinh(lowSigma);
  const range = Math.asinh(highSigma) - low;
  const pixels = new Uint8Array(width * height);
  for (let i = 0; i < pixels.length; i++) {
    const value = bins.mean[i];
    const grey = value === value ? (Math.asinh(value * scale) - low) / range : 0;
    pixels[i] = Math.round(255 * Math.min(1, Math.max(0, grey)));
  }
  const overlay = new Uint8Array(width * height);
  if (mask !== null) {
    for (let y = 0, at = 0; y < plane.height; y++) {
      const row = Math.floor(y / factor) * width;
      for (let column = 0; column < width; column++) {
        const end = y * plane.width + Math.min((column + 1) * factor, plane.width);
        let seen = 0;
        for (; at < end; at++) seen |= mask[at];
        if (seen !== 0) overlay[row + column] = 1;
      }
    }
  }
  return { width, height, pixels, overlay };
}

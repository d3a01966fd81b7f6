import type { SourceRegion } from './find-sources.ts';
import type { Plane } from './plane.ts';

/** The image a region was found on, `bin` pixels a bin. */
export interface PeakField {
  readonly plane: Plane;
  readonly mask: Uint8Array | null;
  readonly rms: number;
  readonly bin: number;
  /** Above `level`. */
  readonly saturation: number;
  /** The sky, where the plane still has it (default 0). */
  readonly level?: number;
}

/** The highest unmasked pixel of a region, above the sky; null where it is saturated, too faint (< 3σ) or sharper than a star can be. */
export function inspectPeak(field: PeakField, region: SourceRegion): number | null {
  const { plane, mask, bin, rms, saturation, level = 0 } = field;
  const { width, height, data } = plane;
  const x0 = Math.max(1, region.xMin * bin);
  const x1 = Math.min(width - 2, region.xMax * bin + bin - 1);
  const y0 = Math.max(1, region.yMin * bin);
  const y1 = Math.min(height - 2, region.yMax * bin + bin - 1);
  let best = -1;
  let highest = -Infinity;
  for (let y = y0; y <= y1; y++)
    for (let x = x0; x <= x1; x++) {
      const at = y * width + x;
      if (data[at] > highest && !(mask !== null && mask[at] !== 0)) {
        highest = data[at];
        best = at;
      }
    }
  const peak = highest - level;
  if (best < 0 || peak >= saturation || peak < 3 * rms) return null;
  let plateau = 0;
  const flat = level + 0.9995 * peak;
  for (let y = y0; y <= y1; y++) for (let x = x0; x <= x1; x++) if (data[y * width + x] >= flat) plateau++;
  if (plateau > 3 && peak > 100 * rms) return null;
  const around = 0.25 * (data[best - 1] + data[best + 1] + data[best - width] + data[best + width]) - level;
  // Noise alone makes up to ~3σ of sharpness; a star of FWHM 2 px has 0.5 of its peak.
  if (peak - around > 0.6 * peak + 3 * rms) return null;
  return peak;
}

import type { Limits } from './limits.ts';

export interface StretchOptions extends Limits {
  /** `linear` (default) or `asinh`. */
  readonly scale?: 'linear' | 'asinh';
  /** asinh only: the share of the range below which it is linear (default 0.1, astropy's AsinhStretch). */
  readonly softening?: number;
}

/**
 * 8-bit grey values: `low` and below is 0, `high` and above 255, between them linear or asinh(f/softening)/asinh(1/softening); NaN, and everything
 * where low ≥ high or a limit is NaN, is 0.
 */
export function stretchToBytes(data: Float32Array, options: StretchOptions): Uint8Array {
  const { low, high, scale = 'linear', softening = 0.1 } = options;
  if (!(softening > 0)) throw new RangeError(`stretchToBytes: softening = ${softening}; it must be positive`);
  const out = new Uint8Array(data.length);
  if (!(high > low)) return out;
  const factor = 1 / (high - low);
  const norm = 255 / Math.asinh(1 / softening);
  for (let i = 0; i < data.length; i++) {
    const fraction = (data[i] - low) * factor;
    // NaN is not above 0 and stays 0.
    if (!(fraction > 0)) continue;
    if (fraction >= 1) out[i] = 255;
    else out[i] = Math.round(scale === 'linear' ? 255 * fraction : norm * Math.asinh(fraction / softening));
  }
  return out;
}

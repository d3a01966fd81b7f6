import { medianInPlace } from '@blemish/imaging';
import type { Plane } from '@blemish/imaging';

/** Pixels looked at. */
const samples = 10_000;

/** Level and scatter of a CCD's pixels; both NaN where none is usable. */
export interface SkyNoise {
  readonly median: number;
  /** 1.4826 × the median distance from the median, so that stars do not count. */
  readonly rms: number;
}

/**
 * Median and rms of some ten thousand of a CCD's pixels, evenly spread: to a hundredth of the rms in a millisecond, whatever its size.
 * @param mask nonzero = left out; null = none is
 */
export function skyNoise({ data, width }: Plane, mask: Uint8Array | null): SkyNoise {
  let step = Math.max(1, Math.floor(data.length / samples));
  // A step that shares no divisor with the width visits all columns.
  while (divisor(step, width) > 1) step++;
  const values = new Float32Array(Math.ceil(data.length / step));
  let count = 0;
  for (let i = 0; i < data.length; i += step)
    if (data[i] - data[i] === 0 && (mask === null || mask[i] === 0)) values[count++] = data[i];
  const median = medianInPlace(values, count);
  for (let i = 0; i < count; i++) values[i] = Math.abs(values[i] - median);
  return { median, rms: 1.4826 * medianInPlace(values, count) };
}

function divisor(a: number, b: number): number {
  return b === 0 ? a : divisor(b, a % b);
}

import { simulatePatch } from '@blemish/sky';
import type { PatchOptions, StampRow } from '@blemish/sky';
import { serve } from '@blemish/engine/workers';

/** A thread of `simulate stamps`: makes all stamps of one patch at a time. */
export interface MadeStamps {
  /** [n, size, size, 3] */
  readonly pixels: Float32Array;
  /** [n, size, size] */
  readonly truth: Uint8Array;
  readonly rows: readonly StampRow[];
}

serve<PatchOptions, MadeStamps>(
  (options) => {
    const stamps = simulatePatch(options);
    const pixels = new Float32Array(stamps.reduce((sum, stamp) => sum + stamp.pixels.length, 0));
    const truth = new Uint8Array(stamps.reduce((sum, stamp) => sum + stamp.truth.length, 0));
    for (const [i, stamp] of stamps.entries()) {
      pixels.set(stamp.pixels, i * stamp.pixels.length);
      truth.set(stamp.truth, i * stamp.truth.length);
    }
    return { pixels, truth, rows: stamps.map(({ row }) => row) };
  },
  ({ pixels, truth }) => [pixels.buffer as ArrayBuffer, truth.buffer as ArrayBuffer],
);

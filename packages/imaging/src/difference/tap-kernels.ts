// Sums over many neighbours of each pixel: the inner loops of a convolution and of a matched filter, in WebAssembly (assembly/taps.as.ts).
import type { KernelViews } from '../kernel-memory.ts';
import { KernelMemory } from '../kernel-memory.ts';
import { tapsWasm } from '../wasm/taps.generated.ts';

interface TapExports {
  weightedSums(
    source: number,
    pitch: number,
    out: number,
    outPitch: number,
    count: number,
    rows: number,
    taps: number,
    offsets: number,
    weights: number,
  ): void;
}

const kernels = new KernelMemory<TapExports>(tapsWasm);

/** The kernels with at least `bytes` of memory; the views hold until the next call. */
export function tapKernels(bytes: number): KernelViews<TapExports> {
  return kernels.views(bytes);
}

/** Pixels the kernels take at a time. */
export const lane = 16;

/** Rounded up to a whole number of lanes. */
export function inLanes(count: number): number {
  return Math.ceil(count / lane) * lane;
}

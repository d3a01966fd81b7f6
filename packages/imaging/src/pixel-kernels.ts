// The package's one WebAssembly instance: the kernels of assembly/pixels.as.ts.
import { KernelMemory } from './kernel-memory.ts';
import type { KernelViews } from './kernel-memory.ts';
import { pixelsWasm } from './wasm/pixels.generated.ts';

/** Addresses in bytes, as in assembly/pixels.as.ts. */
interface KernelExports {
  clean(data: number, mask: number, count: number): void;
  moments(
    data: number,
    pitch: number,
    width: number,
    rows: number,
    low: number,
    high: number,
    pivot: number,
    out: number,
  ): void;
  fillHistogram(
    data: number,
    pitch: number,
    width: number,
    rows: number,
    pivot: number,
    inverse: number,
    offset: number,
    levels: number,
    counters: number,
  ): void;
  splineRows(
    data: number,
    pitch: number,
    rows: number,
    starts: number,
    intervals: number,
    coefficients: number,
    step: number,
    subtract: number,
  ): void;
  binStatistics(
    data: number,
    pitch: number,
    width: number,
    height: number,
    nx: number,
    binRows: number,
    factor: number,
    out: number,
    plane: number,
  ): void;
  columnSums(
    data: number,
    pitch: number,
    width: number,
    rows: number,
    scale: number,
    clip: number,
    sums: number,
    counts: number,
  ): void;
  steepLines(
    data: number,
    out: number,
    run: number,
    pitch: number,
    height: number,
    length: number,
    steps: number,
    scale: number,
  ): void;
  meanBins(
    data: number,
    pitch: number,
    width: number,
    rows: number,
    nx: number,
    factor: number,
    out: number,
    plane: number,
  ): void;
}

export type PixelKernels = KernelViews<KernelExports>;

const pixels = new KernelMemory<KernelExports>(pixelsWasm);

/** Kernels with at least `bytes` of memory. The views hold until the next call; the contents are whatever the last user left. */
export function pixelKernels(bytes: number): PixelKernels {
  return pixels.views(bytes);
}

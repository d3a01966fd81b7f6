import { KernelMemory } from '@blemish/imaging';
import type { KernelViews } from '@blemish/imaging';
import { planesWasm } from './wasm/planes.generated.ts';

/** Addresses in bytes, as in assembly/planes.as.ts. */
interface KernelExports {
  flatten(pixels: number, flat: number, count: number, saturation: number, factor: number): void;
  truthCell(
    delta: number,
    sky: number,
    mask: number,
    pitch: number,
    columns: number,
    rows: number,
    x0: number,
    y0: number,
    middleX: number,
    middleY: number,
    threshold: number,
    out: number,
  ): void;
}

const planes = new KernelMemory<KernelExports>(planesWasm);

/** Kernels with at least `bytes` of memory; see `KernelMemory`. */
export function planeKernels(bytes: number): KernelViews<KernelExports> {
  return planes.views(bytes);
}

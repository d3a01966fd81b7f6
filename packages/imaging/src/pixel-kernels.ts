// The package's one WebAssembly instance: kernels of assembly/pixels.as.ts over a small memory that strips of an image pass through. It is
// created at first use and kept; its memory grows to the largest strip asked for and never with the number of images.
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

export interface PixelKernels {
  readonly run: KernelExports;
  readonly f32: Float32Array;
  readonly i32: Int32Array;
  readonly f64: Float64Array;
  readonly u8: Uint8Array;
}

const page = 65536;
let memory: WebAssembly.Memory | undefined;
let run: KernelExports | undefined;
let views: PixelKernels | undefined;

/** Kernels with at least `bytes` of memory. The views hold until the next call; the contents are whatever the last user left. */
export function pixelKernels(bytes: number): PixelKernels {
  if (memory === undefined || run === undefined) {
    memory = new WebAssembly.Memory({ initial: 16 });
    const code = Uint8Array.from(atob(pixelsWasm), (c) => c.charCodeAt(0));
    const instance = new WebAssembly.Instance(new WebAssembly.Module(code), { env: { memory } });
    run = instance.exports as unknown as KernelExports;
  }
  const missing = Math.ceil((bytes - memory.buffer.byteLength) / page);
  if (missing > 0) memory.grow(missing);
  if (views === undefined || views.f32.buffer !== memory.buffer) {
    const { buffer } = memory;
    views = {
      run,
      f32: new Float32Array(buffer),
      i32: new Int32Array(buffer),
      f64: new Float64Array(buffer),
      u8: new Uint8Array(buffer),
    };
  }
  return views;
}

/** Hands out 16-byte-aligned addresses one after the other. */
export class Layout {
  private next = 1024;

  take(bytes: number): number {
    const at = this.next;
    this.next = (at + bytes + 15) & ~15;
    return at;
  }

  /** Bytes in all, with room for reads that overhang the last block. */
  get bytes(): number {
    return this.next + 64;
  }
}

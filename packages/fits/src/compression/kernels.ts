/**
 * The WebAssembly side of tile compression: one instance a thread, made on first use, with a scratch area that its
 * callers share. Everything that uses it runs to its end without awaiting, so nobody's scratch is overwritten.
 */
import { tileCodecsWasm } from '../wasm/tile-codecs.generated.ts';
import { ditherRandoms, randomCount } from './random.ts';
import { TileError } from './tile-error.ts';

interface Exports {
  readonly heapBase: () => number;
  readonly riceDecode: (
    src: number,
    length: number,
    dst: number,
    n: number,
    bytepix: number,
    blockSize: number,
  ) => number;
  readonly narrowPixels: (at: number, n: number, bytepix: number) => void;
  readonly riceEncode: (
    src: number,
    n: number,
    dst: number,
    bytepix: number,
    blockSize: number,
    scratch: number,
  ) => number;
  readonly hcompressSize: (src: number, length: number, dst: number) => number;
  readonly hcompressDecode: (
    src: number,
    length: number,
    dst: number,
    a: number,
    scratch: number,
    nx: number,
    ny: number,
    smooth: number,
  ) => number;
  readonly noise32: (src: number, nx: number, ny: number, scratch: number) => number;
  readonly noise64: (src: number, nx: number, ny: number, scratch: number) => number;
  readonly quantize32: (...args: QuantizeArguments) => void;
  readonly quantize64: (...args: QuantizeArguments) => void;
  readonly dequantize32: (...args: DequantizeArguments) => void;
  readonly dequantize64: (...args: DequantizeArguments) => void;
}

type QuantizeArguments = [
  src: number,
  dst: number,
  n: number,
  scale: number,
  zero: number,
  dither: number,
  start: number,
  randoms: number,
];

type DequantizeArguments = [
  src: number,
  dst: number,
  n: number,
  scale: number,
  zero: number,
  dither: number,
  start: number,
  randoms: number,
  hasBlank: number,
  blank: number,
];

const PAGE = 65536;
/** An instance that has grown beyond this is dropped after use: WebAssembly memory never shrinks. */
const keepBytes = 48 * 2 ** 20;

export class Kernels {
  readonly exports: Exports;
  readonly randoms: number;
  readonly #memory: WebAssembly.Memory;
  readonly #base: number;
  #bytes: Uint8Array<ArrayBuffer>;

  constructor() {
    this.#memory = new WebAssembly.Memory({ initial: 4 });
    const binary = Uint8Array.from(atob(tileCodecsWasm), (c) => c.charCodeAt(0));
    const instance = new WebAssembly.Instance(new WebAssembly.Module(binary), {
      env: { memory: this.#memory, abort: () => undefined },
    });
    this.exports = instance.exports as unknown as Exports;
    this.randoms = (this.exports.heapBase() + 15) & ~15;
    this.#base = this.randoms + randomCount * 4 + 64;
    this.#bytes = new Uint8Array(this.#memory.buffer);
    new Float32Array(this.#memory.buffer, this.randoms, randomCount).set(ditherRandoms());
  }

  /**
   * Room for buffers of these sizes; their addresses, 16-byte aligned, each with 64 spare bytes behind it.
   * @throws TileError when there is no such memory
   */
  reserve(...sizes: number[]): number[] {
    let at = this.#base;
    const addresses = sizes.map((size) => {
      const address = at;
      at = (at + size + 64 + 15) & ~15;
      return address;
    });
    const missing = at - this.#bytes.length;
    if (missing > 0) {
      try {
        this.#memory.grow(Math.ceil(missing / PAGE));
      } catch (error) {
        throw new TileError(`its buffers of ${at} bytes do not fit into memory`, { cause: error });
      }
      this.#bytes = new Uint8Array(this.#memory.buffer);
    }
    return addresses;
  }

  /** All memory; views of it die when `reserve` grows it. */
  get bytes(): Uint8Array {
    return this.#bytes;
  }

  get buffer(): ArrayBuffer {
    // Not the memory's own, which is slow to ask for.
    return this.#bytes.buffer;
  }
}

let shared: Kernels | null = null;

/** The thread's instance. */
export function kernels(): Kernels {
  shared ??= new Kernels();
  return shared;
}

/** Gives back the memory that a very large tile took. */
export function trimKernels(): void {
  if (shared !== null && shared.buffer.byteLength > keepBytes) shared = null;
}

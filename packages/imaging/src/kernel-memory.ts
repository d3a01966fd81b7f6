// A WebAssembly instance over a small memory that strips of an image pass through: kernels stay in the cache, and memory grows to the largest
// strip asked for and never with the number of images.

/** The memory as each of the types that kernels read and write, and the functions themselves. */
export interface KernelViews<Exports> {
  readonly run: Exports;
  readonly f32: Float32Array;
  readonly i32: Int32Array;
  readonly f64: Float64Array;
  readonly u8: Uint8Array;
  readonly u16: Uint16Array;
}

const page = 65536;

/** One compiled module (base64, with its memory imported as env.memory), instantiated at first use and kept. */
export class KernelMemory<Exports> {
  readonly #code: string;
  #memory: WebAssembly.Memory | undefined;
  #run: Exports | undefined;
  #views: KernelViews<Exports> | undefined;

  constructor(code: string) {
    this.#code = code;
  }

  /** Kernels with at least `bytes` of memory. The views hold until the next call; the contents are whatever the last user left. */
  views(bytes: number): KernelViews<Exports> {
    const memory = (this.#memory ??= new WebAssembly.Memory({ initial: 1 }));
    if (this.#run === undefined) {
      const code = Uint8Array.from(atob(this.#code), (c) => c.charCodeAt(0));
      const instance = new WebAssembly.Instance(new WebAssembly.Module(code), { env: { memory } });
      this.#run = instance.exports as unknown as Exports;
    }
    const missing = Math.ceil((bytes - memory.buffer.byteLength) / page);
    if (missing > 0) memory.grow(missing);
    if (this.#views?.f32.buffer !== memory.buffer) {
      const { buffer } = memory;
      this.#views = {
        run: this.#run,
        f32: new Float32Array(buffer),
        i32: new Int32Array(buffer),
        f64: new Float64Array(buffer),
        u8: new Uint8Array(buffer),
        u16: new Uint16Array(buffer),
      };
    }
    return this.#views;
  }
}

/** Hands out 16-byte-aligned addresses one after the other, from 1024 on. */
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

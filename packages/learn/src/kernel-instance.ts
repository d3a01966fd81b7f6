// One compiled module (base64, its memory imported as env.memory) over a memory of its own.

const page = 65536;

export class KernelInstance<Exports> {
  readonly run: Exports;
  readonly #memory: WebAssembly.Memory;
  /** Where the next block starts; the first page holds the tables of the compiler's own mathematics. */
  #next = page;

  /** @param bytes of all blocks together, known beforehand since growing would detach the views. */
  constructor(code: string, bytes: number) {
    const pages = 1 + Math.ceil((bytes + 4096) / page);
    this.#memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
    const module = new WebAssembly.Module(Uint8Array.from(atob(code), (c) => c.charCodeAt(0)));
    const instance = new WebAssembly.Instance(module, { env: { memory: this.#memory } });
    this.run = instance.exports as unknown as Exports;
  }

  /** Zeros for `count` numbers, from an address that is a multiple of 16; each block takes up to 16 bytes more than its numbers. */
  f64(count: number): Block<Float64Array> {
    const address = this.#take(count * 8);
    return { address, data: new Float64Array(this.#memory.buffer, address, count) };
  }

  f32(count: number): Block<Float32Array> {
    const address = this.#take(count * 4);
    return { address, data: new Float32Array(this.#memory.buffer, address, count) };
  }

  i32(count: number): Block<Int32Array> {
    const address = this.#take(count * 4);
    return { address, data: new Int32Array(this.#memory.buffer, address, count) };
  }

  u8(count: number): Block<Uint8Array> {
    const address = this.#take(count);
    return { address, data: new Uint8Array(this.#memory.buffer, address, count) };
  }

  #take(bytes: number): number {
    const at = this.#next;
    this.#next = Math.ceil((at + bytes) / 16) * 16;
    return at;
  }
}

/** A stretch of numbers in the memory. */
export interface Block<Data> {
  readonly address: number;
  readonly data: Data;
}

import type { Block } from '../kernel-instance.ts';

const page = 65536;
/** What a WebAssembly module that threads share may import: 4 GB. */
const mostPages = 65536;

/** A shared WebAssembly memory handed out block by block; it grows, which leaves views of what is there as they are. */
export class SharedBlocks {
  readonly memory = new WebAssembly.Memory({ initial: 1, maximum: mostPages, shared: true });
  /** Where the next block starts; the first page holds the tables of the compiler's own mathematics. */
  #next = page;

  get bytes(): number {
    return this.memory.buffer.byteLength;
  }

  /** Forgets all blocks. */
  clear(): void {
    this.#next = page;
  }

  /** `count` numbers of which none is set, at an address that is a multiple of 64. @throws RangeError beyond 4 GB. */
  f64(count: number): Block<Float64Array> {
    const address = this.take(count * 8);
    return { address, data: new Float64Array(this.memory.buffer, address, count) };
  }

  i32(count: number): Block<Int32Array> {
    const address = this.take(count * 4);
    return { address, data: new Int32Array(this.memory.buffer, address, count) };
  }

  u8(count: number): Block<Uint8Array> {
    const address = this.take(count);
    return { address, data: new Uint8Array(this.memory.buffer, address, count) };
  }

  /** Address of so many bytes. */
  take(bytes: number): number {
    const at = this.#next;
    const end = Math.ceil((at + bytes) / 64) * 64;
    const missing = Math.ceil((end - this.bytes) / page);
    if (end > mostPages * page) {
      throw new RangeError(`the data need more than 4 GB of memory here: take fewer rows, columns or leaves`);
    }
    if (missing > 0) this.memory.grow(missing);
    this.#next = end;
    return at;
  }
}

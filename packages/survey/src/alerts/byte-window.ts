import type { FileHandle } from 'node:fs/promises';

/** Bytes read at a time. */
const chunk = 1 << 19;

/** A file read from its start to its end, of which the bytes ahead alone are in memory. */
export class ByteWindow {
  /** Length of the file. */
  readonly size: number;
  /** Place of the next byte in the file. */
  offset = 0;
  readonly #file: FileHandle;
  /** The bytes ahead: a view of the memory that is used over and over. */
  #bytes: Uint8Array = new Uint8Array(0);
  #memory: Uint8Array = new Uint8Array(0);

  constructor(file: FileHandle, size: number) {
    this.#file = file;
    this.size = size;
  }

  get left(): number {
    return this.size - this.offset;
  }

  /** The bytes ahead: at least `length`, or all that are left. A view; valid until the next call. */
  async ahead(length: number): Promise<Uint8Array> {
    const have = this.#bytes.length;
    const want = Math.min(length, this.left);
    if (have >= want) return this.#bytes;
    const fill = Math.min(Math.max(want, chunk), this.left);
    if (fill > this.#memory.length) {
      const larger = new Uint8Array(fill);
      larger.set(this.#bytes);
      this.#memory = larger;
    } else this.#memory.set(this.#bytes);
    let at = have;
    while (at < fill) {
      const { bytesRead } = await this.#file.read(this.#memory, at, fill - at, this.offset + at);
      // Shorter than it was when it was opened.
      if (bytesRead === 0) break;
      at += bytesRead;
    }
    this.#bytes = this.#memory.subarray(0, at);
    return this.#bytes;
  }

  /** Leaves bytes behind. */
  skip(length: number): void {
    this.offset += length;
    this.#bytes = length >= this.#bytes.length ? new Uint8Array(0) : this.#bytes.subarray(length);
  }

  /** Moves to the next place, from the one after this, where `pattern` starts; to the end where there is none. */
  async seek(...patterns: readonly Uint8Array[]): Promise<void> {
    const longest = Math.max(...patterns.map(({ length }) => length));
    this.skip(Math.min(1, this.left));
    while (this.left > 0) {
      const bytes = Buffer.from(
        (await this.ahead(chunk)).buffer as ArrayBuffer,
        this.#bytes.byteOffset,
        this.#bytes.length,
      );
      const places = patterns.map((pattern) => bytes.indexOf(pattern)).filter((place) => place >= 0);
      if (places.length > 0) return this.skip(Math.min(...places));
      if (bytes.length >= this.left) return this.skip(this.left);
      // A pattern may begin at the end of these.
      this.skip(bytes.length - longest + 1);
    }
  }
}

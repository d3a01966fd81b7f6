import { open, rename, rm } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { encodeNpyHeader } from '../arrays/index.ts';
import { writeError } from '../errors.ts';

/** Numbers kept until they are written together. */
const waitingValues = 1 << 18;

/** Rows of an npy file [rows, …], float32, as they come; how many there are is written into the header at the end. */
export class NpyRows {
  readonly #path: string;
  readonly #partial: string;
  readonly #shape: readonly number[];
  #file: FileHandle | null = null;
  #rows = 0;
  #waiting: Float32Array[] = [];

  /** @param shape of one row */
  constructor(path: string, shape: readonly number[]) {
    this.#path = path;
    this.#partial = `${path}.partial`;
    this.#shape = shape;
  }

  async write(values: Float32Array): Promise<void> {
    this.#waiting.push(values);
    this.#rows++;
    if (this.#waiting.length * values.length >= waitingValues) await this.#flush();
  }

  async close(): Promise<void> {
    await this.#flush();
    try {
      await this.#file!.write(this.#header(), 0, null, 0);
      await this.#file!.close();
      await rename(this.#partial, this.#path);
    } catch (error) {
      await this.abort();
      throw writeError(error, this.#path);
    }
  }

  async abort(): Promise<void> {
    await this.#file?.close().catch(() => undefined);
    await rm(this.#partial, { force: true });
  }

  /** Of the same length for any number of rows. */
  #header(): Uint8Array {
    return encodeNpyHeader(new Float32Array(0), [this.#rows, ...this.#shape]);
  }

  async #flush(): Promise<void> {
    try {
      if (this.#file === null) {
        this.#file = await open(this.#partial, 'w');
        await this.#file.writeFile(this.#header());
      }
      await this.#file.writeFile(
        Buffer.concat(this.#waiting.map((row) => new Uint8Array(row.buffer, row.byteOffset, row.byteLength))),
      );
      this.#waiting = [];
    } catch (error) {
      await this.abort();
      throw writeError(error, this.#path);
    }
  }
}

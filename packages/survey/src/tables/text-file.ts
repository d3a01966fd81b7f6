import { open, rename, rm } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { writeError } from '../errors.ts';

const chunkCharacters = 1 << 16;

/** A text file written piece by piece to `<path>.partial`, which gets its name at `close`; failed writes name the file. */
export class TextFile {
  readonly path: string;
  readonly #partial: string;
  #handle: FileHandle | null = null;
  #pending: string[] = [];
  #length = 0;

  constructor(path: string) {
    this.path = path;
    this.#partial = `${path}.partial`;
  }

  async write(text: string): Promise<void> {
    this.#pending.push(text);
    this.#length += text.length;
    if (this.#length >= chunkCharacters) await this.#flush();
  }

  async close(): Promise<void> {
    await this.#flush();
    try {
      await this.#handle?.close();
      this.#handle = null;
      await rename(this.#partial, this.path);
    } catch (error) {
      await this.abort();
      throw writeError(error, this.path);
    }
  }

  async abort(): Promise<void> {
    await this.#handle?.close().catch(() => undefined);
    this.#handle = null;
    await rm(this.#partial, { force: true });
  }

  async #flush(): Promise<void> {
    try {
      this.#handle ??= await open(this.#partial, 'w');
      await this.#handle.writeFile(this.#pending.join(''));
      this.#pending = [];
      this.#length = 0;
    } catch (error) {
      await this.abort();
      throw writeError(error, this.path);
    }
  }
}

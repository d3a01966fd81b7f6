import { open, rename, rm } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { writeError } from '../errors.ts';

/** Bytes appended to `<path>.partial`; the file gets its name when it is whole and on disk. */
export class PartialFile {
  readonly path: string;
  readonly #partial: string;
  #handle: FileHandle | null = null;

  constructor(path: string) {
    this.path = path;
    this.#partial = `${path}.partial`;
  }

  async append(bytes: Uint8Array): Promise<void> {
    try {
      this.#handle ??= await open(this.#partial, 'w');
      for (let at = 0; at < bytes.length;) {
        at += (await this.#handle.write(bytes, at)).bytesWritten;
      }
    } catch (error) {
      await this.abort();
      throw writeError(error, this.path);
    }
  }

  /** @throws SurveyError DISK_FULL or OUTPUT_UNWRITABLE; then neither name stands. */
  async close(): Promise<void> {
    try {
      await this.#handle?.datasync();
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
}

/** Writes a whole file at once, under its name only when complete. */
export async function writeWhole(path: string, content: string | Uint8Array): Promise<void> {
  const file = new PartialFile(path);
  await file.append(typeof content === 'string' ? new TextEncoder().encode(content) : content);
  await file.close();
}

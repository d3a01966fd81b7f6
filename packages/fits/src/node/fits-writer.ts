import type { FileHandle } from 'node:fs/promises';
import { open, rename, rm } from 'node:fs/promises';
import { FitsError } from '../errors.ts';
import { Header } from '../header.ts';
import type { OutputHdu } from '../write/output.ts';
import { encodeHdu } from '../write/encode-hdu.ts';
import type { OutputTable } from '../write/encode-table.ts';

const fullDisk = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

/**
 * Writes a FITS file HDU by HDU into `path + '.partial'` and renames it on close, so that a file of the final name is
 * always whole. Any failure closes the descriptor and removes the partial file.
 */
export class FitsWriter {
  readonly path: string;
  readonly #partial: string;
  #handle: FileHandle | null;
  #count = 0;

  private constructor(path: string, partial: string, handle: FileHandle) {
    this.path = path;
    this.#partial = partial;
    this.#handle = handle;
  }

  /** @throws FitsError WRITE_FAILED, DISK_FULL */
  static async create(path: string): Promise<FitsWriter> {
    const partial = `${path}.partial`;
    try {
      return new FitsWriter(path, partial, await open(partial, 'w'));
    } catch (cause) {
      throw writeError(path, cause);
    }
  }

  /**
   * Appends an image or a table. The first becomes the primary HDU; before a compressed image or a table an empty one
   * is written.
   * @throws FitsError DISK_FULL, WRITE_FAILED (the writer is finished then); RangeError for impossible HDUs; Error after close
   */
  async append(hdu: OutputHdu | OutputTable): Promise<void> {
    const handle = this.#open();
    const bytes = encodeHdu(hdu, this.#count === 0);
    try {
      for (let done = 0; done < bytes.length;) {
        const { bytesWritten } = await handle.write(bytes, done, bytes.length - done);
        done += bytesWritten;
      }
      this.#count++;
    } catch (cause) {
      await this.abort();
      throw writeError(this.path, cause);
    }
  }

  /** Finishes the file and gives it its name. @throws FitsError DISK_FULL, WRITE_FAILED */
  async close(): Promise<void> {
    const handle = this.#open();
    if (this.#count === 0) await this.append({ header: new Header(), shape: [], data: null });
    try {
      // A disk on the network may only now say that it is full.
      await handle.sync();
      this.#handle = null;
      await handle.close();
      await rename(this.#partial, this.path);
    } catch (cause) {
      await this.abort();
      await rm(this.#partial, { force: true });
      throw writeError(this.path, cause);
    }
  }

  /** Throws away what was written. Harmless after close or a second time. */
  async abort(): Promise<void> {
    const handle = this.#handle;
    if (handle === null) return;
    this.#handle = null;
    // A failing close or removal must not hide the error that brought us here.
    await handle.close().catch(() => undefined);
    await rm(this.#partial, { force: true }).catch(() => undefined);
  }

  #open(): FileHandle {
    if (this.#handle === null) throw new Error(`the writer of ${this.path} is closed`);
    return this.#handle;
  }
}

/** An error of the file system while `path` was written, as DISK_FULL or WRITE_FAILED. */
export function writeError(path: string, cause: unknown): FitsError {
  const code = (cause as NodeJS.ErrnoException).code ?? '';
  const message = cause instanceof Error ? cause.message : String(cause);
  return new FitsError(fullDisk.has(code) ? 'DISK_FULL' : 'WRITE_FAILED', message, { path, cause });
}

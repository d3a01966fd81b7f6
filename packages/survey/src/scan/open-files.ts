import type { FitsFile } from '@blemish/fits';
import { openFitsFile } from '@blemish/fits/node';

/** Keeps the last few files of a thread open: the CCDs of an exposure come one after the other from the same three files. */
export class OpenFiles {
  readonly #limit: number;
  readonly #files = new Map<string, Promise<FitsFile>>();

  constructor(limit = 4) {
    this.#limit = limit;
  }

  /** @throws FitsError */
  async open(path: string): Promise<FitsFile> {
    const known = this.#files.get(path);
    if (known) {
      // Last used, last closed.
      this.#files.delete(path);
      this.#files.set(path, known);
      return known;
    }
    while (this.#files.size >= this.#limit) {
      const [oldest, file] = this.#files.entries().next().value!;
      this.#files.delete(oldest);
      await (await file).close();
    }
    const opened = openFitsFile(path);
    this.#files.set(path, opened);
    try {
      return await opened;
    } catch (error) {
      this.#files.delete(path);
      throw error;
    }
  }

  /** Closes what is open. */
  async close(): Promise<void> {
    const files = [...this.#files.values()];
    this.#files.clear();
    for (const file of files) await (await file).close();
  }
}

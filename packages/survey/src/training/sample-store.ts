import { existsSync } from 'node:fs';
import { mkdir, open, readFile, rename, writeFile } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import type { CcdSample } from './ccd-sample.ts';
import type { RecordFormat } from './record-format.ts';

/** Samples a chunk file holds: what is lost when making them is interrupted. */
const chunkSize = 50;

/**
 * A set of samples on disk, in chunk files of fixed-size records. Making it resumes at the first missing chunk; `key` tells sets made
 * from other settings apart. Samples are read one by one, so memory does not grow with the set.
 */
export class SampleStore<Sample = CcdSample> {
  readonly folder: string;
  readonly length: number;
  readonly #format: RecordFormat<Sample>;
  readonly #chunks: readonly FileHandle[];

  private constructor(
    folder: string,
    length: number,
    format: RecordFormat<Sample>,
    chunks: readonly FileHandle[],
  ) {
    this.folder = folder;
    this.length = length;
    this.#format = format;
    this.#chunks = chunks;
  }

  /**
   * Opens the set in `folder`, making what is missing of it first.
   * @param make yields samples `from`, `from + 1`, … `to − 1`, in order.
   */
  static async open<Sample>(
    folder: string,
    key: string,
    length: number,
    format: RecordFormat<Sample>,
    make: (from: number, to: number) => AsyncIterable<Sample>,
  ): Promise<SampleStore<Sample>> {
    await mkdir(folder, { recursive: true });
    const keyFile = join(folder, 'key.json');
    if (!existsSync(keyFile)) await writeFile(keyFile, key);
    else if ((await readFile(keyFile, 'utf8')) !== key) {
      throw new RangeError(
        `${folder} holds samples made from other settings; remove it, or train into another folder`,
      );
    }
    const count = Math.ceil(length / chunkSize);
    let first = 0;
    while (first < count && existsSync(chunkPath(folder, first))) first++;
    if (first < count) {
      let chunk = first;
      let packed: Uint8Array[] = [];
      const flush = async () => {
        const path = chunkPath(folder, chunk);
        const partial = `${path}.partial`;
        await writeFile(partial, packed);
        await rename(partial, path);
        packed = [];
        chunk++;
      };
      for await (const sample of make(first * chunkSize, length)) {
        packed.push(format.pack(sample));
        if (packed.length === chunkSize) await flush();
      }
      if (packed.length > 0) await flush();
    }
    return SampleStore.reopen(folder, length, format);
  }

  /** Opens a set that {@link open} has made, in another thread say. */
  static async reopen<Sample>(
    folder: string,
    length: number,
    format: RecordFormat<Sample>,
  ): Promise<SampleStore<Sample>> {
    const count = Math.ceil(length / chunkSize);
    const chunks = await Promise.all(
      Array.from({ length: count }, (_, chunk) => open(chunkPath(folder, chunk), 'r')),
    );
    return new SampleStore(folder, length, format, chunks);
  }

  async read(index: number): Promise<Sample> {
    const file = this.#chunks[Math.floor(index / chunkSize)];
    if (!file || index < 0 || index >= this.length) {
      throw new RangeError(`sample ${index} is outside this set of ${this.length}`);
    }
    const { bytes } = this.#format;
    const record = new Uint8Array(bytes);
    await file.read(record, 0, bytes, (index % chunkSize) * bytes);
    return this.#format.unpack(record);
  }

  async close(): Promise<void> {
    await Promise.all(this.#chunks.map((file) => file.close()));
  }
}

function chunkPath(folder: string, chunk: number): string {
  return join(folder, `chunk-${String(chunk).padStart(4, '0')}.bin`);
}

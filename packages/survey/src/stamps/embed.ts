import { open, rename, rm } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { encodeNpyHeader } from '../arrays/index.ts';
import { openBundle } from '../bundle.ts';
import { writeError } from '../errors.ts';
import type { Failure } from '../errors.ts';
import { tableFile } from '../tables/index.ts';
import type { Column } from '../tables/index.ts';
import { writing } from './predict.ts';
import { runStamps } from './run-stamps.ts';
import type { RunStampsOptions } from './run-stamps.ts';

export interface EmbedOptions extends RunStampsOptions {
  /** Bundle folder or name of a shipped model. */
  readonly model: string;
  /** `.npy` [stamps, dimensions] float32, or a table with the columns `path, index, e_0 …`. */
  readonly out: string;
}

export interface EmbedSummary {
  readonly model: string;
  readonly sha256: string;
  readonly dimensions: number;
  readonly stamps: number;
  /** Stamps none of whose pixels has a value: a row of NaN in an array, of nulls in a table. */
  readonly empty: number;
  readonly files: number;
  readonly out: string;
  readonly failed: readonly Failure[];
  readonly interrupted: boolean;
}

/**
 * Writes a model's numbers for every stamp, one row each in the order of the inputs. A file that fails has no rows.
 * @throws SurveyError MODEL_NOT_FOUND, MODEL_INVALID, MODEL_TASK, NO_STAMPS, OPTION_INVALID, OUTPUT_UNWRITABLE, DISK_FULL
 */
export async function embed(options: EmbedOptions): Promise<EmbedSummary> {
  const bundle = await openBundle(options.model, 'encoder');
  const { description, sha256 } = bundle;
  const { dimensions, name, version } = description;
  const metadata = { model: name, model_version: version, model_sha256: sha256 };
  const sink = options.out.toLowerCase().endsWith('.npy')
    ? new NpyRows(options.out, dimensions)
    : new TableRows(options.out, dimensions, metadata);
  let empty = 0;
  const run = await writing(sink, () =>
    runStamps(bundle, options, async ({ path, index, values, empty: isEmpty }) => {
      if (isEmpty) empty++;
      await sink.write(path, index, values ?? new Float32Array(dimensions).fill(NaN));
    }),
  );
  return { model: name, sha256, dimensions, empty, out: options.out, ...run };
}

class TableRows {
  readonly #table: ReturnType<typeof tableFile>;

  constructor(path: string, dimensions: number, metadata: Readonly<Record<string, string>>) {
    this.#table = tableFile(path, embeddingColumns(dimensions), metadata);
  }

  write(path: string, index: number, values: Float32Array): Promise<void> {
    const numbers = Array.from(values, (value, k) => [`e_${k}`, value] as const);
    return this.#table.write({ path, index, ...Object.fromEntries(numbers) });
  }

  close(): Promise<void> {
    return this.#table.close();
  }

  abort(): Promise<void> {
    return this.#table.abort();
  }
}

function embeddingColumns(dimensions: number): readonly Column[] {
  return [
    { name: 'path', type: 'string', description: 'input file' },
    { name: 'index', type: 'int', description: 'place of the stamp in its file, from 0' },
    ...Array.from({ length: dimensions }, (_, k): Column => ({
      name: `e_${k}`,
      type: 'double',
      description: `number ${k} of the model's answer; null where no pixel has a value`,
    })),
  ];
}

/** Rows of an npy file as they come; how many there are is written into the header at the end. */
class NpyRows {
  readonly #path: string;
  readonly #partial: string;
  readonly #width: number;
  #file: FileHandle | null = null;
  #rows = 0;
  #waiting: Float32Array[] = [];

  constructor(path: string, width: number) {
    this.#path = path;
    this.#partial = `${path}.partial`;
    this.#width = width;
  }

  async write(_path: string, _index: number, values: Float32Array): Promise<void> {
    this.#waiting.push(values);
    this.#rows++;
    if (this.#waiting.length >= 1024) await this.#flush();
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
    return encodeNpyHeader(new Float32Array(0), [this.#rows, this.#width]);
  }

  async #flush(): Promise<void> {
    try {
      if (this.#file === null) {
        this.#file = await open(this.#partial, 'w');
        await this.#file.writeFile(this.#header());
      }
      await this.#file.writeFile(Buffer.concat(this.#waiting.map(({ buffer }) => new Uint8Array(buffer))));
      this.#waiting = [];
    } catch (error) {
      await this.abort();
      throw writeError(error, this.#path);
    }
  }
}

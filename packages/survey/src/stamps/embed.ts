import { openBundle } from '../bundle.ts';
import type { Failure } from '../errors.ts';
import { tableFile } from '../tables/index.ts';
import type { Column } from '../tables/index.ts';
import { NpyRows } from './npy-rows.ts';
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
    ? new NpyRows(options.out, [dimensions])
    : new TableRows(options.out, dimensions, metadata);
  let empty = 0;
  const run = await writing(sink, () =>
    runStamps(bundle, options, async ({ path, index, values, empty: isEmpty }) => {
      if (isEmpty) empty++;
      const numbers = values ?? new Float32Array(dimensions).fill(NaN);
      await (sink instanceof NpyRows ? sink.write(numbers) : sink.write(path, index, numbers));
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

import { openBundle } from '../bundle.ts';
import type { Failure } from '../errors.ts';
import { tableFile } from '../tables/index.ts';
import type { Column } from '../tables/index.ts';
import { alertColumns, alertRow } from './alert-columns.ts';
import { isAlertName } from './open-stamps.ts';
import { NpyRows } from './npy-rows.ts';
import { SetColumns } from './set-columns.ts';
import { writing } from './predict.ts';
import { findStamps, runStamps } from './run-stamps.ts';
import type { RunStampsOptions } from './run-stamps.ts';
import type { StampAnswer } from './stamp-batch.ts';

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
  /** How many stamps have no numbers, by reason: rows likewise. */
  readonly unscored: Readonly<Record<string, number>>;
  readonly files: number;
  readonly out: string;
  readonly failed: readonly Failure[];
  readonly interrupted: boolean;
}

/**
 * Writes a model's numbers for every stamp, one row each in the order of the inputs. A file that fails has no rows. Of a set of CCDs
 * the table has exposure, CCD, group and reasons too.
 * @throws SurveyError MODEL_NOT_FOUND, MODEL_INVALID, MODEL_TASK, NO_STAMPS, OPTION_INVALID, OUTPUT_UNWRITABLE, DISK_FULL
 */
export async function embed(options: EmbedOptions): Promise<EmbedSummary> {
  const bundle = await openBundle(options.model, 'encoder');
  const { description, sha256 } = bundle;
  const { dimensions, name, version } = description;
  const metadata = { model: name, model_version: version, model_sha256: sha256 };
  const found = await findStamps(options);
  const alerts = found.files.some((file) => isAlertName(file.path));
  const known = await SetColumns.of(options.inputs);
  const sink = options.out.toLowerCase().endsWith('.npy')
    ? new NpyRows(options.out, [dimensions])
    : new TableRows(options.out, dimensions, metadata, alerts, known);
  let empty = 0;
  const onAnswer = async (answer: StampAnswer): Promise<void> => {
    if (answer.empty) empty++;
    const numbers = answer.values ?? new Float32Array(dimensions).fill(NaN);
    await (sink instanceof NpyRows ? sink.write(numbers) : sink.write(answer, numbers));
  };
  const run = await writing(sink, () => runStamps(bundle, options, onAnswer, found));
  return { model: name, sha256, dimensions, empty, out: options.out, ...run };
}

class TableRows {
  readonly #table: ReturnType<typeof tableFile>;
  readonly #alerts: boolean;
  readonly #known: SetColumns;

  constructor(
    path: string,
    dimensions: number,
    metadata: Readonly<Record<string, string>>,
    alerts: boolean,
    known: SetColumns,
  ) {
    const columns = [...places, ...known.columns, ...embeddingColumns(dimensions)];
    this.#table = tableFile(path, alerts ? [...columns, reason, ...alertColumns] : columns, metadata);
    this.#alerts = alerts;
    this.#known = known;
  }

  write(answer: StampAnswer, values: Float32Array): Promise<void> {
    const { path, index, facts } = answer;
    const numbers = Array.from(values, (value, k) => [`e_${k}`, value] as const);
    const about = this.#alerts ? { reason: answer.reason, ...alertRow(facts) } : null;
    return this.#table.write({
      path,
      index,
      ...this.#known.row(path, index),
      ...Object.fromEntries(numbers),
      ...about,
    });
  }

  close(): Promise<void> {
    return this.#table.close();
  }

  abort(): Promise<void> {
    return this.#table.abort();
  }
}

const reason: Column = {
  name: 'reason',
  type: 'string',
  description: 'why there are no numbers; null where there are',
};

const places: readonly Column[] = [
  { name: 'path', type: 'string', description: 'input file' },
  { name: 'index', type: 'int', description: 'place of the stamp in its file, from 0' },
];

function embeddingColumns(dimensions: number): readonly Column[] {
  return Array.from({ length: dimensions }, (_, k): Column => ({
    name: `e_${k}`,
    type: 'double',
    description: `number ${k} of the model's answer; null where no pixel has a value`,
  }));
}

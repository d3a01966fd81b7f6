import type { StampDescription } from '../bundle-description.ts';
import { openBundle } from '../bundle.ts';
import type { Failure } from '../errors.ts';
import { probabilityColumn } from '../taxonomy.ts';
import { csvHeader, csvRow, tableFile } from '../tables/index.ts';
import type { Column, Row, TableSink } from '../tables/index.ts';
import { alertColumns, alertRow } from './alert-columns.ts';
import { isAlertName } from './open-stamps.ts';
import { findStamps, runStamps } from './run-stamps.ts';
import type { RunStampsOptions } from './run-stamps.ts';
import type { StampAnswer } from './stamp-batch.ts';
import { decided, decidedColumn, sureAnswer, uncertaintyColumns } from './trained-columns.ts';

export interface PredictOptions extends RunStampsOptions {
  /** Bundle folder or name of a shipped model. */
  readonly model: string;
  /** Table to write, its format by its ending; null: none. */
  readonly out: string | null;
  /** Gets every row in order, as a table of the model's columns. */
  readonly onRow?: ((row: Row, columns: readonly Column[]) => void) | undefined;
}

export interface PredictSummary {
  readonly model: string;
  readonly sha256: string;
  readonly stamps: number;
  /** Stamps none of whose pixels has a value. */
  readonly empty: number;
  /** How many stamps have no probability, by reason. */
  readonly unscored: Readonly<Record<string, number>>;
  readonly files: number;
  readonly out: string | null;
  readonly failed: readonly Failure[];
  readonly interrupted: boolean;
}

/**
 * Scores stamps with a model of the task `stamp`: one row per stamp, in the order of the inputs. Interrupted, it keeps the rows done.
 * @throws SurveyError MODEL_NOT_FOUND, MODEL_INVALID, MODEL_TASK, NO_STAMPS, OPTION_INVALID, OUTPUT_UNWRITABLE, DISK_FULL
 */
export async function predict(options: PredictOptions): Promise<PredictSummary> {
  const bundle = await openBundle(options.model, 'stamp');
  const { description, sha256 } = bundle;
  const found = await findStamps(options);
  const alerts = found.files.some((file) => isAlertName(file.path));
  const columns = [...predictionColumns(description), ...(alerts ? alertColumns : [])];
  const metadata = { model: description.name, model_version: description.version, model_sha256: sha256 };
  const table = options.out === null ? null : tableFile(options.out, columns, metadata);
  let empty = 0;
  const onAnswer = async (answer: StampAnswer): Promise<void> => {
    const { path, index, values, spread, reason } = answer;
    if (answer.empty) empty++;
    const row = {
      path,
      index,
      ...(values === null ? { probability: null } : probabilities(values, description)),
      ...(spread === null ? null : { spread }),
      reason,
      model: description.name,
      model_sha256: sha256,
      ...(alerts ? alertRow(answer.facts) : null),
    };
    options.onRow?.(row, columns);
    await table?.write(row);
  };
  const run = await writing(table, () => runStamps(bundle, options, onAnswer, found));
  return { model: description.name, sha256, empty, out: options.out, ...run };
}

/** Closes the table where all went well, else leaves nothing of it. */
export async function writing<T>(
  table: Pick<TableSink, 'close' | 'abort'> | null,
  body: () => Promise<T>,
): Promise<T> {
  try {
    const result = await body();
    await table?.close();
    return result;
  } catch (error) {
    await table?.abort();
    throw error;
  }
}

/** The table of predictions of a model. */
export function predictionColumns(
  description: Pick<StampDescription, 'classes' | 'negative' | 'decision' | 'architecture'>,
): readonly Column[] {
  const { classes, negative } = description;
  const several = classes.length > 1;
  return [
    { name: 'path', type: 'string', description: 'input file' },
    { name: 'index', type: 'int', description: 'place of the stamp in its file, from 0' },
    {
      name: 'probability',
      type: 'double',
      description: several
        ? 'probability of the likeliest class; null where there is a reason'
        : `probability of ${classes[0]}; null where there is a reason`,
      ucd: 'stat.probability',
    },
    ...(several
      ? [
          {
            name: 'class',
            type: 'string',
            description: 'the likeliest class',
            ucd: 'meta.code.class',
          } as const,
          ...classes.map((name): Column => ({
            name: probabilityColumn(name),
            type: 'double',
            description: `probability of ${name}`,
            ucd: 'stat.probability',
          })),
        ]
      : negative === undefined
        ? []
        : [decidedColumn(classes[0], negative)]),
    ...uncertaintyColumns(description),
    { name: 'reason', type: 'string', description: 'why there is no probability; null where there is one' },
    { name: 'model', type: 'string', description: 'model bundle', ucd: 'meta.software' },
    { name: 'model_sha256', type: 'string', description: "hash of the model's network and description" },
  ];
}

/** The network's numbers as probabilities, under the names of the columns. */
export function probabilities(
  values: ArrayLike<number>,
  description: Pick<StampDescription, 'classes' | 'output' | 'calibration' | 'negative' | 'decision'>,
): Row {
  const { classes, output, calibration } = description;
  const temperature = calibration?.temperature ?? 1;
  const numbers = Array.from(values, (value) => value / temperature);
  if (classes.length === 1) {
    const probability = output === 'logit' ? 1 / (1 + Math.exp(-numbers[0])) : numbers[0];
    return { probability, ...decided(probability, description) };
  }
  const shares = output === 'logit' ? softmax(numbers) : numbers;
  const best = shares.indexOf(Math.max(...shares));
  return {
    probability: shares[best],
    class: classes[best],
    ...sureAnswer(classes[best], shares[best], description),
    ...Object.fromEntries(classes.map((name, k) => [probabilityColumn(name), shares[k]])),
  };
}

function softmax(logits: readonly number[]): number[] {
  const most = Math.max(...logits);
  const powers = logits.map((logit) => Math.exp(logit - most));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}

/** Rows as CSV text, the header before the first. */
export function csvLines(write: (text: string) => void): (row: Row, columns: readonly Column[]) => void {
  let started = false;
  return (row, columns) => {
    if (!started) write(csvHeader(columns));
    started = true;
    write(csvRow(columns, row));
  };
}

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ThresholdChoice } from '@blemish/evaluate';
import type { ThresholdOptions } from '../analyser/types.ts';
import type { Bundle } from '../bundle.ts';
import type { TableTask } from '../table-recipe.ts';
import { SurveyError, toFailure } from '../errors.ts';
import type { Failure } from '../errors.ts';
import { embedObjects } from '../frames/index.ts';
import { tableFile } from '../tables/index.ts';
import type { Column, Row } from '../tables/index.ts';
import { thresholdOf } from './evaluate-table.ts';
import { decidingFrames, judgedFrameColumns, frameRows, judgeFrames, oddFrom } from './frame-rows.ts';
import { decide, finalProbabilities } from './measure.ts';
import { predictionRows, tablePredictionColumns } from './predictions.ts';
import { scoreRows } from './scores.ts';
import { readObjects } from './sequence-input.ts';
import { loadTableModel } from './table-model.ts';
import type { TableModel } from './table-model.ts';
import { readRows } from './table-rows.ts';
import type { TableRows } from './row-types.ts';

export interface PredictTableOptions {
  readonly inputs: readonly string[];
  /** Table to write, its format by its ending; null: none. */
  readonly out: string | null;
  readonly thresholds?: ThresholdOptions | undefined;
  /** Objects with frames: the inputs are pictures, which this encoder describes first. */
  readonly encoder?: string | undefined;
  /** Objects with frames: table to write with what is said of each frame; null: none. */
  readonly frames?: string | null | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onRow?: ((row: Row, columns: readonly Column[]) => void) | undefined;
  readonly onNote?: ((note: string) => void) | undefined;
  readonly onFailure?: ((failure: Failure) => void) | undefined;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

export interface PredictTableSummary {
  readonly model: string;
  readonly sha256: string;
  readonly rows: number;
  readonly files: number;
  readonly threshold: ThresholdChoice | null;
  readonly out: string | null;
  readonly failed: readonly Failure[];
  readonly interrupted: boolean;
}

/**
 * Scores the rows of tables, or objects by their frames: one row each, in the order of the inputs. An input that cannot be read or scored
 * is a failure of its own and the others go on.
 * @throws SurveyError MODEL_INVALID, OPTION_INVALID, OUTPUT_UNWRITABLE, DISK_FULL
 */
export async function predictTable(
  bundle: Bundle<TableTask>,
  options: PredictTableOptions,
): Promise<PredictTableSummary> {
  const { description, sha256 } = bundle;
  const { columns: roles, reading, name, version, task } = description;
  const { frames } = reading;
  if (frames === undefined && (options.encoder !== undefined || options.frames != null)) {
    throw new SurveyError('OPTION_INVALID', '--encoder and --frames are for models of objects with frames', {
      path: bundle.folder,
    });
  }
  const model = await loadTableModel(bundle);
  const threshold = thresholdOf(model, options.thresholds ?? {});
  const columns = [
    ...tablePredictionColumns(description.classes, roles.id, false),
    ...(frames === undefined ? [] : objectColumns),
  ];
  const metadata = { model: name, model_version: version, model_sha256: sha256 };
  const open = (path: string | null | undefined, what: readonly Column[]) =>
    path == null ? null : tableFile(path, what, metadata);
  const sink = open(options.out, columns);
  const frameSink = open(options.frames, task === 'sequence' ? judgedFrameColumns(roles.id!) : []);
  const failed: Failure[] = [];
  let rows = 0;
  let files = 0;
  const fail = (failure: Failure) => {
    failed.push(failure);
    options.onFailure?.(failure);
  };
  const embedded = await mkdtempOf(options.encoder);
  try {
    for (const [k, path] of options.inputs.entries()) {
      if (options.signal?.aborted) break;
      options.onProgress?.(k, options.inputs.length);
      const before = rows;
      try {
        const source =
          embedded === null ? path : await embedInput(path, join(embedded, String(k)), options, fail);
        const blocks =
          frames === undefined
            ? [await readRows(path, { ...roles, label: null, group: null }, reading)]
            : readObjects(source, roles, reading, frames, embedded === null ? undefined : path);
        for await (const table of blocks) {
          if (options.signal?.aborted) break;
          table.notes.forEach((note) => options.onNote?.(note));
          for (const { id, reason } of table.leftOut ?? [])
            fail({ path, hdu: null, code: 'FRAMES_MISSING', error: `${path}: ${id}: ${reason}` });
          if (table.x.rows === 0) continue;
          const judged = await judgeRows(model, table, threshold, path);
          for (const { row, frames: own } of judged) {
            options.onRow?.(row, columns);
            await sink?.write(row);
            for (const frame of own) await frameSink?.write(frame);
            rows++;
          }
        }
        if (rows > before) files++;
      } catch (error) {
        if (error instanceof SurveyError && writeErrors.has(error.code)) throw error;
        fail(toFailure(error, path, null, 'TABLE_UNREADABLE'));
      }
    }
    await sink?.close();
    await frameSink?.close();
  } catch (error) {
    await sink?.abort();
    await frameSink?.abort();
    throw error;
  } finally {
    await model.pipeline.close?.();
    if (embedded !== null) await rm(embedded, { recursive: true, force: true });
  }
  const interrupted = options.signal?.aborted === true;
  return { model: name, sha256, rows, files, threshold, out: options.out, failed, interrupted };
}

/** What ends a prediction, whichever input it comes with. */
const writeErrors: ReadonlySet<string> = new Set(['OUTPUT_UNWRITABLE', 'DISK_FULL']);

/** Frames named in the row of an object. */
const told = 5;

/** What is said of an object beside its class. */
export const objectColumns: readonly Column[] = [
  { name: 'frames', type: 'int', description: 'frames judged by' },
  {
    name: 'odd_frames',
    type: 'int',
    description: `of them unlike the others, from ${oddFrom} robust deviations on`,
  },
  {
    name: 'top_frames',
    type: 'string',
    description: 'rows in its array, from 0, of the frames that say most, the first most of all',
  },
];

/** One row for each of the table's, and those of its frames. */
async function judgeRows(
  { pipeline, bundle: { description } }: TableModel,
  table: TableRows,
  threshold: ThresholdChoice | null,
  path: string,
): Promise<readonly { readonly row: Row; readonly frames: Iterable<Row> }[]> {
  const { classes, columns: roles } = description;
  const scored = await scoreRows(pipeline, table);
  const probabilities = finalProbabilities(scored, description.decision);
  const id = table.ids === null ? null : { name: roles.id!, values: table.ids };
  const predictions = [
    ...predictionRows({
      // Arrays made on the way are not what was given.
      originOf: (row) => ({ ...table.originOf(row), ...(description.task === 'sequence' && { path }) }),
      classes,
      probabilities,
      decided: decide(probabilities, classes.length, threshold?.threshold ?? null),
      id,
    }),
  ];
  if (table.x.sequences === undefined) return predictions.map((row) => ({ row, frames: [] }));
  const judged = await judgeFrames(pipeline, table.x, table.frameNumbers);
  return predictions.map((row, i) => {
    const frames = judged[i];
    const object = {
      frames: frames.oddness.length,
      odd_frames: frames.oddness.filter((value) => value >= oddFrom).length,
      top_frames: decidingFrames(frames, told)
        .map((frame) => frames.numbers?.[frame] ?? frame)
        .join(' '),
    };
    const named = { name: id!.name, value: id!.values[i] };
    return { row: { ...row, ...object }, frames: frameRows(named, frames, row['probability'] as number) };
  });
}

async function mkdtempOf(encoder: string | undefined): Promise<string | null> {
  return encoder === undefined ? null : mkdtemp(join(tmpdir(), 'blemish-frames-'));
}

/** The pictures of an input as arrays in a folder. */
async function embedInput(
  path: string,
  out: string,
  { encoder, signal, onNote }: PredictTableOptions,
  onFailure: (failure: Failure) => void,
): Promise<string> {
  await embedObjects({
    model: encoder!,
    inputs: [path],
    out,
    signal,
    onNote,
    // What is too few is the model's to say.
    minFrames: 1,
    onFailure,
  });
  return out;
}

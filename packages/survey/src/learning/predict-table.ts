import type { ThresholdChoice } from '@blemish/evaluate';
import type { ThresholdOptions } from '../analyser/types.ts';
import type { Bundle } from '../bundle.ts';
import type { TableTask } from '../table-recipe.ts';
import { toFailure } from '../errors.ts';
import type { Failure } from '../errors.ts';
import { tableFile } from '../tables/index.ts';
import type { Column, Row } from '../tables/index.ts';
import { thresholdOf } from './evaluate-table.ts';
import { decide, finalProbabilities } from './measure.ts';
import { predictionRows, tablePredictionColumns } from './predictions.ts';
import { scoreRows } from './scores.ts';
import { loadTableModel } from './table-model.ts';
import { readRows } from './table-rows.ts';

export interface PredictTableOptions {
  readonly inputs: readonly string[];
  /** Table to write, its format by its ending; null: none. */
  readonly out: string | null;
  readonly thresholds?: ThresholdOptions | undefined;
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
 * Scores the rows of tables: one row each, in the order of the inputs. A table that cannot be read or scored is a failure of its own and the
 * others go on.
 * @throws SurveyError MODEL_INVALID, OPTION_INVALID, OUTPUT_UNWRITABLE, DISK_FULL
 */
export async function predictTable(
  bundle: Bundle<TableTask>,
  options: PredictTableOptions,
): Promise<PredictTableSummary> {
  const model = await loadTableModel(bundle);
  const { description, sha256 } = bundle;
  const { classes, columns: roles, reading, name, version } = description;
  const threshold = thresholdOf(model, options.thresholds ?? {});
  const columns = tablePredictionColumns(classes, roles.id, false);
  const metadata = { model: name, model_version: version, model_sha256: sha256 };
  const sink = options.out === null ? null : tableFile(options.out, columns, metadata);
  const failed: Failure[] = [];
  let rows = 0;
  let files = 0;
  try {
    for (const [k, path] of options.inputs.entries()) {
      if (options.signal?.aborted) break;
      options.onProgress?.(k, options.inputs.length);
      let table;
      let probabilities;
      try {
        table = await readRows(path, { ...roles, label: null, group: null }, reading);
        const scored = await scoreRows(model.pipeline, table);
        probabilities = finalProbabilities(scored, description.decision);
      } catch (error) {
        const failure = toFailure(error, path, null, 'TABLE_UNREADABLE');
        failed.push(failure);
        options.onFailure?.(failure);
        continue;
      }
      table.notes.forEach((note) => options.onNote?.(note));
      const predictions = predictionRows({
        originOf: table.originOf,
        classes,
        probabilities,
        decided: decide(probabilities, classes.length, threshold?.threshold ?? null),
        id: table.ids === null ? null : { name: roles.id!, values: table.ids },
      });
      for (const row of predictions) {
        options.onRow?.(row, columns);
        await sink?.write(row);
        rows++;
      }
      files++;
    }
    await sink?.close();
  } catch (error) {
    await sink?.abort();
    throw error;
  } finally {
    await model.pipeline.close?.();
  }
  const interrupted = options.signal?.aborted === true;
  return { model: name, sha256, rows, files, threshold, out: options.out, failed, interrupted };
}

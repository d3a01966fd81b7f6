import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { ClassificationMetrics, ThresholdChoice } from '@blemish/evaluate';
import type { ThresholdOptions } from '../analyser/types.ts';
import type { Bundle } from '../bundle.ts';
import type { TableTask } from '../table-recipe.ts';
import type { Row } from '../tables/index.ts';
import { SurveyError } from '../errors.ts';
import { writeWhole } from '../outputs/partial-file.ts';
import { checkThresholds } from '../scan/options.ts';
import { tableThreshold } from './decision.ts';
import type { LabelledRows } from './fit-table.ts';
import { frameRows, judgedFrameColumns, judgeFrames } from './frame-rows.ts';
import type { JudgedFrames } from './frame-rows.ts';
import { describeFile, loadLabelledTable, tablePath } from './load-data.ts';
import { decide, finalProbabilities, measureRows } from './measure.ts';
import { predictionRows, writePredictedRows, writeRows } from './predictions.ts';
import { writeTableReport } from './report.ts';
import { scoreRows } from './scores.ts';
import { shuffledImportance } from './shuffled-importance.ts';
import { loadTableModel } from './table-model.ts';
import type { TableModel } from './table-model.ts';
import { tagFigures } from './tag-figures.ts';
import type { TagFigure } from './tag-figures.ts';

export interface EvaluateTableOptions {
  /** Table, or the folder that holds the recipe's test table. */
  readonly data: string;
  readonly bootstrap?: number | undefined;
  /** Folder for `metrics.json`, `predictions.parquet`, `frames.parquet` of rows with frames, and `report.html`; null: none is written. */
  readonly out: string | null;
  readonly seed?: number | undefined;
  readonly thresholds?: ThresholdOptions | undefined;
  readonly command?: string | undefined;
}

/** What `evaluate` prints: the figures, and where the files are. */
export interface TableEvaluation extends ClassificationMetrics {
  readonly model: string;
  readonly sha256: string;
  readonly data: string;
  readonly thresholdChoice: ThresholdChoice | null;
  /** Two classes: share of rows flagged, by the words of the rows; empty without words. */
  readonly byTag: readonly TagFigure[];
  readonly notes: readonly string[];
  readonly out: string | null;
}

/**
 * Measures a model on the labelled rows of a table it was not trained on.
 * @throws SurveyError DATASET_SEEN, MODEL_INVALID, OPTION_INVALID, TABLE_…
 */
export async function evaluateTable(
  bundle: Bundle<TableTask>,
  options: EvaluateTableOptions,
): Promise<TableEvaluation> {
  const model = await loadTableModel(bundle);
  const { description, sha256 } = bundle;
  const threshold = thresholdOf(model, options.thresholds ?? {});
  const path = await tablePath(options.data, description.reading.test);
  const { columns, classes, labels, reading } = description;
  const { rows, notes } = await loadLabelledTable(path, columns, { names: classes, labels }, reading);
  const file = await describeFile(rows.files[0]);
  const seen = description.provenance.data.find((each) => each.sha256 === file.sha256);
  if (seen !== undefined) {
    throw new SurveyError('DATASET_SEEN', `is ${seen.name}, with which the model was made`, { path });
  }
  const probabilities = finalProbabilities(await scoreRows(model.pipeline, rows), description.decision);
  const out = options.out === null ? null : resolve(options.out);
  const shuffled = out === null ? null : await shuffledImportance(model.pipeline, rows, options.seed);
  const frames =
    out === null || rows.x.sequences === undefined
      ? null
      : await judgeFrames(model.pipeline, rows.x, rows.frameNumbers);
  await model.pipeline.close?.();
  const metrics = measureRows(rows, probabilities, {
    threshold: threshold?.threshold ?? null,
    samples: options.bootstrap,
    seed: options.seed,
  });
  const result: TableEvaluation = {
    ...metrics,
    model: description.name,
    sha256,
    data: path,
    thresholdChoice: threshold,
    byTag: tagFigures(rows, probabilities, threshold?.threshold ?? 0.5),
    notes,
    out,
  };
  if (out !== null) {
    await mkdir(out, { recursive: true });
    await writeWhole(
      join(out, 'metrics.json'),
      `${JSON.stringify({ ...result, columnImportance: shuffled, file }, null, 1)}\n`,
    );
    const metadata = { model: description.name, model_version: description.version, model_sha256: sha256 };
    const predicted = predictedRows(rows, probabilities, threshold, columns.id);
    await writePredictedRows(join(out, 'predictions.parquet'), predicted, metadata);
    if (frames !== null) {
      const epochs = allFrameRows(rows.ids!, columns.id!, frames, predictionRows(predicted));
      await writeRows(join(out, 'frames.parquet'), judgedFrameColumns(columns.id!), epochs, metadata);
    }
    await writeTableReport(join(out, 'report.html'), {
      title: `${description.name} on ${file.name}`,
      command: options.command ?? `blemish evaluate ${bundle.folder} --data ${options.data}`,
      measuredOn: file.name,
      description,
      sha256,
      rows,
      probabilities,
      metrics,
      threshold,
      byTag: result.byTag,
      frames,
      notes,
      importance: [],
      shuffled,
      files: [file],
    });
  }
  return result;
}

/** A row for each frame of each object. */
function* allFrameRows(
  ids: readonly string[],
  name: string,
  frames: readonly JudgedFrames[],
  predictions: Iterable<Row>,
): Generator<Row> {
  let i = 0;
  for (const { probability } of predictions) {
    yield* frameRows({ name, value: ids[i] }, frames[i], probability as number);
    i++;
  }
}

/** The threshold of a model for two classes; null for more. @throws SurveyError OPTION_INVALID */
export function thresholdOf(
  { bundle, validation }: TableModel,
  asked: ThresholdOptions,
): ThresholdChoice | null {
  checkThresholds(asked);
  const { decision, classes } = bundle.description;
  if (decision !== null && validation !== null) return tableThreshold(validation, decision, asked);
  if (Object.values(asked).every((value) => value === undefined)) return null;
  throw new SurveyError(
    'OPTION_INVALID',
    `a threshold is for two classes and this model has ${classes.length}: the likeliest is decided for`,
  );
}

function predictedRows(
  { originOf, classes, ids, y }: LabelledRows,
  probabilities: Float64Array,
  threshold: ThresholdChoice | null,
  id: string | null,
) {
  return {
    originOf,
    classes,
    probabilities,
    decided: decide(probabilities, classes.length, threshold?.threshold ?? null),
    id: ids === null || id === null ? null : { name: id, values: ids },
    labels: y,
  };
}

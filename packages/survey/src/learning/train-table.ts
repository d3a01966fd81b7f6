import { mkdir, readFile, rm } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import type { ThresholdChoice } from '@blemish/evaluate';
import type { FittedClassifier } from '@blemish/learn';
import { sha256, writeBundle } from '../bundle.ts';
import type { TableDescription } from '../bundle-description.ts';
import { SurveyError } from '../errors.ts';
import { writeWhole } from '../outputs/partial-file.ts';
import type { RecipeFile } from '../recipe.ts';
import type { TableRecipe } from '../table-recipe.ts';
import type { TrainOptions, TrainResult } from '../training/train-ccd.ts';
import { version } from '../version.ts';
import { fitDecision, positiveProbabilities, tableThreshold } from './decision.ts';
import type { TableDecision, ValidationRows } from './decision.ts';
import { fitRows, foldsOf, groupNumbers, holdOut, outOfFold, takeRows } from './fit-table.ts';
import type { FitContext, LabelledRows } from './fit-table.ts';
import { judgeFrames } from './frame-rows.ts';
import type { JudgedFrames } from './frame-rows.ts';
import { describeFile, loadLabelledTable, loadTrainingTable, readingBeside, tablePath } from './load-data.ts';
import type { DataFile, TrainingTable } from './load-data.ts';
import { decide, finalProbabilities, measureRows, plainFigures } from './measure.ts';
import { tableModelCard } from './model-card.ts';
import { writePredictedRows } from './predictions.ts';
import { sharedRows } from './shared-rows.ts';
import { scoreRows } from './scores.ts';
import type { RowScores } from './scores.ts';
import { shuffledImportance } from './shuffled-importance.ts';
import type { ShuffledImportance } from './shuffled-importance.ts';
import { encodeTableModel } from './table-model.ts';
import { writeTableReport } from './report.ts';
import { tagFigures } from './tag-figures.ts';

/** A fitted pipeline with rows it has not seen, from which calibration and threshold come. */
export interface ValidatedFit {
  readonly pipeline: FittedClassifier;
  readonly validation: LabelledRows;
  readonly scored: RowScores;
  /** Which rows these are, for reports. */
  readonly how: string;
  /** Rows the pipeline was fitted on. */
  readonly trained: number;
  /** What makes figures on these rows too good. */
  readonly notes: readonly string[];
  /** On rows the model has not seen: of folds, those of the first by the model without it. */
  readonly shuffled: ShuffledImportance | null;
  /** What is said of the frames of each of these rows by a model that has not seen it; null where rows have no frames. */
  readonly frames: readonly JudgedFrames[] | null;
}

/**
 * Trains a classifier on a table and leaves a run: `recipe.toml`, `bundle/`, `metrics.json`, `predictions.parquet` and `report.html`,
 * all figures on validation rows. The test table is not opened.
 * @throws SurveyError OUTPUT_EXISTS, OPTION_INVALID, TABLE_…
 */
export async function trainTable(file: RecipeFile<TableRecipe>, options: TrainOptions): Promise<TrainResult> {
  const { recipe: read, text } = file;
  const recipe: TableRecipe = options.seed === undefined ? read : { ...read, seed: options.seed };
  if (options.device === 'webgpu') {
    throw new SurveyError(
      'OPTION_INVALID',
      'classifiers of tables are trained on the processor; leave --device out',
    );
  }
  const { signal, onProgress = () => undefined } = options;
  const out = resolve(options.out ?? join('runs', recipe.name));
  await refuseOtherRun(out, options);
  const step = (message: string) => (share: number) =>
    onProgress({ done: Math.round(100 * share), total: 100, message });
  step('reading')(0);
  const table = await loadTrainingTable(options.data, recipe);
  if (options.force) await removeRun(out);
  try {
    const fitted = await fitValidated(table, recipe, options.data!, {
      seed: recipe.seed,
      signal,
      onProgress: step(`training '${recipe.model.learner}'`),
    });
    const notes = [...table.notes, ...fitted.notes, ...fitted.pipeline.warnings];
    const metrics = await writeRun(out, file, { ...table, notes }, fitted, recipe);
    // Last: a folder with it holds a whole run.
    await writeWhole(join(out, 'recipe.toml'), text);
    await fitted.pipeline.close?.();
    for (const note of notes) options.onNote?.(note);
    return { out, interrupted: false, metrics };
  } catch (error) {
    if (signal?.aborted) return { out, interrupted: true, metrics: {} };
    throw error;
  }
}

/** Fits on all training rows, and scores rows the fit has not seen: another file, a share held out, or every row out of its fold. */
export async function fitValidated(
  { rows, roles, classes }: TrainingTable,
  recipe: TableRecipe,
  data: string,
  { onProgress = () => undefined, ...context }: FitContext,
): Promise<ValidatedFit> {
  const { split, data: settings } = recipe;
  if (settings.validation !== undefined) {
    const path = await tablePath(data, settings.validation);
    const validation = (await loadLabelledTable(path, roles, classes, readingBeside(settings, rows))).rows;
    const notes = sharedRows(rows, validation);
    const pipeline = await fitRows(rows, recipe, { ...context, onProgress });
    return {
      pipeline,
      validation,
      scored: await scoreRows(pipeline, validation),
      shuffled: await shuffledImportance(pipeline, validation, split.seed, context.signal),
      frames: await framesOf(pipeline, validation),
      how: `rows of ${settings.validation}`,
      trained: rows.x.rows,
      notes,
    };
  }
  if (split.validation !== undefined) {
    const { train, held } = holdOut(rows, split.validation, split.seed);
    const pipeline = await fitRows(takeRows(rows, train), recipe, { ...context, onProgress });
    const validation = takeRows(rows, held);
    return {
      pipeline,
      validation,
      scored: await scoreRows(pipeline, validation),
      shuffled: await shuffledImportance(pipeline, validation, split.seed, context.signal),
      frames: await framesOf(pipeline, validation),
      how: `${held.length} of ${rows.x.rows} training rows, held out`,
      trained: train.length,
      notes: [],
    };
  }
  const folds = foldsOf(rows, split.folds, split.seed);
  const share = split.folds / (split.folds + 1);
  let shuffled: ShuffledImportance | null = null;
  const judged: JudgedFrames[] = [];
  const scored = await outOfFold(
    rows,
    recipe,
    folds,
    { ...context, onProgress: (done) => onProgress(share * done) },
    async (model, unseen, fold) => {
      if (fold === 0) shuffled = await shuffledImportance(model, unseen, split.seed, context.signal);
      const found = await framesOf(model, unseen);
      found?.forEach((frames, i) => (judged[folds[fold].held[i]] = frames));
    },
  );
  const pipeline = await fitRows(rows, recipe, {
    ...context,
    onProgress: (done) => onProgress(share + (1 - share) * done),
  });
  onProgress(1);
  return {
    pipeline,
    validation: rows,
    scored,
    shuffled,
    frames: rows.x.sequences === undefined ? null : judged,
    trained: rows.x.rows,
    notes: [],
    how: `training rows, each out of its fold (${split.folds} folds)`,
  };
}

async function framesOf(
  model: FittedClassifier,
  { x, frameNumbers }: LabelledRows,
): Promise<JudgedFrames[] | null> {
  return x.sequences === undefined ? null : judgeFrames(model, x, frameNumbers);
}

/** Calibration and threshold of two classes; nothing of more. */
export function decisionOf(
  { scored, validation }: ValidatedFit,
  recipe: TableRecipe,
): {
  readonly decision: TableDecision | null;
  readonly validationRows: ValidationRows | null;
  readonly notes: readonly string[];
} {
  if (scored.scores === null) {
    const asked = Object.keys(recipe.decision).filter((key) => key !== 'calibration');
    const note = `decision.${asked.join(', decision.')}: for two classes only; of ${validation.classes.length} the likeliest is decided for`;
    return { decision: null, validationRows: null, notes: asked.length === 0 ? [] : [note] };
  }
  const { decision, notes } = fitDecision(scored, validation.y, recipe.decision);
  const { groups } = validation;
  const validationRows: ValidationRows = {
    scores: positiveProbabilities(scored, decision),
    labels: validation.y,
    groups: groups === null ? null : groupNumbers(groups),
  };
  return { decision, validationRows, notes };
}

async function writeRun(
  out: string,
  { path: recipePath, text }: RecipeFile<TableRecipe>,
  { rows, roles, classes, notes }: TrainingTable,
  fitted: ValidatedFit,
  recipe: TableRecipe,
): Promise<Readonly<Record<string, number | null>>> {
  const { validation, scored, pipeline } = fitted;
  const { decision, validationRows, notes: more } = decisionOf(fitted, recipe);
  const threshold = validationRows === null ? null : recipeThreshold(validationRows, decision!, recipePath);
  const probabilities = finalProbabilities(scored, decision);
  const metrics = measureRows(validation, probabilities, { threshold: threshold?.threshold ?? null });
  const byTag = tagFigures(validation, probabilities, threshold?.threshold ?? 0.5);
  const files: DataFile[] = [];
  for (const file of rows.files) files.push(await describeFile(file));
  if (validation.path !== rows.path) files.push(await describeFile(validation.files[0]));
  const { pipeline: saved, bytes } = encodeTableModel(pipeline, validationRows);
  const description: TableDescription = {
    format: 1,
    name: recipe.name,
    version,
    task: recipe.task,
    trainedOn: `${fitted.trained} rows of ${rows.files.map(({ path }) => basename(path)).join(', ')}`,
    created: new Date().toISOString(),
    classes: [...classes.names],
    labels: { ...classes.labels },
    columns: { ...roles, label: roles.label!, tags: roles.tags ?? null, features: [...roles.features] },
    reading: {
      test: recipe.data.test,
      ...(recipe.data.columns === undefined ? {} : { columns: recipe.data.columns }),
      ...(recipe.data.join === undefined ? {} : { join: recipe.data.join }),
      ...(recipe.data.derive === undefined ? {} : { derive: recipe.data.derive }),
      ...(recipe.data.frames === undefined
        ? {}
        : { frames: { ...recipe.data.frames, numbers: rows.x.sequences!.features } }),
    },
    learner: recipe.model.learner,
    pipeline: { ...saved, settings: { ...saved.settings } },
    decision: decision === null ? null : { ...decision, calibration: plain(decision.calibration) },
    validation: fitted.how,
    validationMetrics: plainFigures(metrics),
    provenance: {
      recipe: recipePath,
      recipeSha256: sha256(text),
      data: files,
      seed: recipe.seed,
      versions: { blemish: version, node: process.versions.node },
    },
  };
  await mkdir(out, { recursive: true });
  await writeBundle(join(out, 'bundle'), description, bytes, tableModelCard(description, metrics));
  await writeWhole(
    join(out, 'metrics.json'),
    `${JSON.stringify({ measuredOn: fitted.how, ...metrics, thresholdChoice: threshold, byTag, columnImportance: fitted.shuffled, notes: [...notes, ...more], provenance: description.provenance }, null, 1)}\n`,
  );
  await writePredictedRows(
    join(out, 'predictions.parquet'),
    {
      originOf: (i) => ({ ...validation.originOf(i), path: basename(validation.originOf(i).path) }),
      classes: classes.names,
      probabilities,
      decided: decide(probabilities, classes.names.length, threshold?.threshold ?? null),
      id: validation.ids === null ? null : { name: roles.id!, values: validation.ids },
      labels: validation.y,
    },
    { model: recipe.name, measured_on: fitted.how },
  );
  await writeTableReport(join(out, 'report.html'), {
    title: `${recipe.name}: validation`,
    command: `blemish train ${recipePath}`,
    measuredOn: fitted.how,
    description,
    sha256: null,
    rows: validation,
    probabilities,
    metrics,
    threshold,
    byTag,
    frames: fitted.frames,
    notes: [...notes, ...more],
    importance: [...pipeline.importance].sort((a, b) => b.value - a.value),
    shuffled: fitted.shuffled,
    files,
  });
  return description.validationMetrics;
}

/** @throws SurveyError RECIPE_INVALID where the validation rows cannot give the threshold the recipe asks for */
function recipeThreshold(rows: ValidationRows, decision: TableDecision, path: string): ThresholdChoice {
  try {
    return tableThreshold(rows, decision, {});
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new SurveyError('RECIPE_INVALID', `decision: ${cause.message}`, { path, cause });
  }
}

function plain(
  calibration: TableDecision['calibration'],
): NonNullable<TableDescription['decision']>['calibration'] {
  if (calibration === null || calibration.kind === 'platt') return calibration;
  if (calibration.kind === 'temperature') throw new RangeError('tables are not calibrated by temperature');
  return { ...calibration, scores: [...calibration.scores], probabilities: [...calibration.probabilities] };
}

async function removeRun(out: string): Promise<void> {
  await rm(join(out, 'bundle'), { recursive: true, force: true });
  await rm(join(out, 'recipe.toml'), { force: true });
}

/** A folder with a run is kept unless it is asked to be replaced. @throws SurveyError OUTPUT_EXISTS, OPTION_INVALID */
async function refuseOtherRun(
  out: string,
  { resume, force }: Pick<TrainOptions, 'resume' | 'force'>,
): Promise<void> {
  if (resume) {
    throw new SurveyError(
      'OPTION_INVALID',
      'a classifier of a table is trained in one go and cannot be resumed; leave --resume out, or replace the run with --force',
    );
  }
  if (force) return;
  const before = await readFile(join(out, 'recipe.toml'), 'utf8').catch(() => null);
  if (before !== null)
    throw new SurveyError('OUTPUT_EXISTS', 'this folder holds a run already', { path: out });
}

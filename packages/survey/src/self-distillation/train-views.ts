import { stat } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { initialWeights, train } from '@blemish/engine';
import type { EpochSummary, Metrics, Weights } from '@blemish/engine';
import { SurveyError } from '../errors.ts';
import type { RecipeFile } from '../recipe.ts';
import type { SelfDistillationRecipe } from '../self-distillation-recipe.ts';
import { batchesPerEpoch } from '../training/frame-batches.ts';
import { needDevice, startRun } from '../training/run-folder.ts';
import type { TrainOptions, TrainResult } from '../training/train-ccd.ts';
import { findCollapse } from './collapse.ts';
import type { Collapse } from './collapse.ts';
import { cropBatches, validationBatches } from './crop-batches.ts';
import { greyScaleOf } from './crop-view.ts';
import { measureViews } from './measure-views.ts';
import { viewNetwork, viewTraining } from './view-network.ts';
import type { ViewRun } from './view-run.ts';
import { holdOutViews, readViewSet } from './view-set.ts';
import type { ViewParts, ViewSet } from './view-set.ts';
import { writeViewRun } from './write-view-run.ts';

const runFiles = ['recipe.toml', 'checkpoints', 'bundle', 'metrics.json', 'report.html'];

/**
 * Trains a vision transformer on views of CCDs without labels (DINO, Caron et al. 2021) and leaves a run: `checkpoints/`, `recipe.toml`,
 * `metrics.json`, `report.html` and `bundle/`, the encoder with the teacher's weights. Interrupted, it goes on with `resume`, and the result
 * is that of one go. A training that collapses ends with its report, and without a bundle.
 * @throws SurveyError OPTION_INVALID, DEVICE_NOT_FOUND, OUTPUT_EXISTS, RESUME_MISMATCH, INPUT_NOT_FOUND, STAMP_SHAPE, STAMP_SET_INVALID,
 * VIEWS_REFUSED, EMBEDDINGS_COLLAPSED, OUTPUT_UNWRITABLE
 */
export async function trainViews(
  file: RecipeFile<SelfDistillationRecipe>,
  options: TrainOptions,
): Promise<TrainResult> {
  const { path: recipePath, text, recipe: read } = file;
  const recipe = options.seed === undefined ? read : { ...read, seed: options.seed };
  const { data, signal, resume = false, onProgress = () => undefined, onNote = () => undefined } = options;
  if (data === undefined) {
    throw new SurveyError(
      'OPTION_INVALID',
      'this recipe learns from views of CCDs; say where they are with --data',
      {
        path: recipePath,
      },
    );
  }
  await needDevice(options.device ?? 'cpu');
  await stat(data).catch((cause: unknown) => {
    throw new SurveyError('INPUT_NOT_FOUND', 'no such folder', { path: data, cause });
  });
  onProgress({ done: 0, total: 1, message: 'reading views' });
  const set = await readViewSet(data, recipe);
  const parts = holdOutViews(set, recipe);
  const made = viewNetwork(recipe, set);
  if (recipe.training.keep === 'probe') needLabels(set, parts);
  const out = resolve(options.out ?? join('runs', recipe.name));
  await startRun({ out, text, seed: recipe.seed, resume, force: options.force, files: runFiles });
  const grey = greyScaleOf(set.pixels, set.size ** 2 * set.views, parts.training);
  const run: ViewRun = { file, recipe, data, out, set, parts, grey, ...made };
  try {
    const { weights, collapse, notes, stopped } = await trainNetwork(run, { ...options, onNote });
    if (stopped) return { out, interrupted: true, metrics: {} };
    onProgress({ done: 1, total: 1, message: 'measuring' });
    const figures = await measureViews(weights, { ...run, threads: availableParallelism() });
    const metrics = await writeViewRun(run, { weights, figures, collapse, notes });
    if (collapse !== null && recipe.collapse.action === 'stop') {
      throw new SurveyError('EMBEDDINGS_COLLAPSED', collapse.message, { path: out });
    }
    return { out, interrupted: false, metrics };
  } catch (error) {
    if (signal?.aborted) return { out, interrupted: true, metrics: {} };
    throw error;
  }
}

/** @throws SurveyError VIEWS_REFUSED */
function needLabels({ labels, path }: ViewSet, parts: ViewParts): void {
  const has = (part: Uint32Array) => part.some((place) => (labels?.[place] ?? '') !== '');
  if (has(parts.training) && has(parts.validation)) return;
  const what = 'training.keep = "probe" needs labels among the CCDs trained on and held out; take "last"';
  throw new SurveyError('VIEWS_REFUSED', what, { path });
}

interface Trained {
  /** The teacher's. */
  readonly weights: Weights;
  /** The last one found. */
  readonly collapse: Collapse | null;
  readonly notes: readonly string[];
  readonly stopped: boolean;
}

/** Ends a training whose embeddings have become all alike. */
class Collapsed extends Error {
  override readonly name = 'Collapsed';
}

async function trainNetwork(run: ViewRun, options: TrainOptions): Promise<Trained> {
  const { recipe, out, set, parts, grey, network, largeSize } = run;
  const { training } = recipe;
  const threads = availableParallelism();
  let weights = initialWeights(network, recipe.seed);
  if (training.epochs === 0) return { weights, collapse: null, notes: [], stopped: false };
  const stepsPerEpoch = batchesPerEpoch(parts.training.length, training.batch);
  const { options: settings, temperature, schedule, decaySchedule } = viewTraining(recipe, stepsPerEpoch);
  const batches = { set, grey, recipe, largeSize, temperature };
  const totalSteps = stepsPerEpoch * training.epochs;
  const notes: string[] = [];
  let collapse: Collapse | null = null;
  const judge = ({ epoch, validation }: EpochSummary): void => {
    if (epoch + 1 < recipe.collapse.from_epoch) return;
    const found = findCollapse(validation, recipe.collapse, recipe.model.head.outputs);
    if (found === null) return;
    collapse = found;
    const note = `epoch ${epoch + 1}: ${found.message}`;
    notes.push(note);
    options.onNote?.(note);
    if (recipe.collapse.action === 'stop') throw new Collapsed();
  };
  let average = NaN;
  try {
    const result = await train({
      network,
      ...settings,
      schedule,
      decaySchedule,
      seed: recipe.seed,
      device: options.device ?? 'cpu',
      threads,
      epochs: training.epochs,
      data: cropBatches({ ...batches, places: parts.training }),
      validate: async ({ epoch, weights: teacher, session }) => {
        weights = teacher;
        const losses = await validationLosses(
          validationBatches({ ...batches, places: parts.validation }, session.steps),
          (feeds) => session.evaluate(feeds),
        );
        // The number of the epoch is what chooses the last one.
        return { ...losses, ...(await measureViews(teacher, { ...run, threads })), epoch: epoch + 1 };
      },
      monitor: { metric: training.keep === 'probe' ? 'probe' : 'epoch', mode: 'max' },
      checkpointDir: join(out, 'checkpoints'),
      checkpointSteps: 100,
      resume: options.resume ?? false,
      onEpoch: judge,
      onProgress: ({ epoch, step, result: { loss } }) => {
        average = Number.isNaN(average) ? loss : 0.98 * average + 0.02 * loss;
        const message = `training, epoch ${epoch + 1}/${training.epochs}, loss ${average.toFixed(3)}`;
        options.onProgress?.({ done: step, total: totalSteps, message });
      },
      ...(options.signal ? { signal: options.signal } : {}),
    });
    return { weights: result.weights, collapse, notes, stopped: result.stopped === 'aborted' };
  } catch (error) {
    if (!(error instanceof Collapsed)) throw error;
    return { weights, collapse, notes, stopped: false };
  }
}

/** Means over held-out CCDs. */
async function validationLosses(
  batches: Iterable<Record<string, Float32Array>>,
  evaluate: (feeds: Record<string, Float32Array>) => Promise<Metrics>,
): Promise<Metrics> {
  const sums: Record<string, number> = {};
  let count = 0;
  for (const feeds of batches) {
    const n = feeds['temperature'].length;
    for (const [name, value] of Object.entries(await evaluate(feeds)))
      sums[name] = (sums[name] ?? 0) + n * value;
    count += n;
  }
  return Object.fromEntries(Object.entries(sums).map(([name, sum]) => [name, sum / count]));
}

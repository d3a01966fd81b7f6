import { mkdir } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { SurveyError } from '../errors.ts';
import type { ExposureRecipe } from '../exposure-recipe.ts';
import type { RecipeFile } from '../recipe.ts';
import { startRun } from '../training/run-folder.ts';
import type { TrainOptions, TrainResult } from '../training/train-ccd.ts';
import { drawLabels } from './draw-labels.ts';
import { readExposureSet } from './exposure-set.ts';
import { writeExposureRun } from './exposure-run.ts';
import { openSetInputs } from './set-inputs.ts';

const runFiles = [
  'recipe.toml',
  'checkpoints',
  'bundle',
  'metrics.json',
  'predictions.parquet',
  'report.html',
];

/**
 * Trains a model of exposures on few labels and leaves a run: `recipe.toml`, `embeddings.npy` where an encoder is asked, `bundle/`,
 * `metrics.json`, `predictions.parquet` and `report.html`. All figures are of labelled exposures by heads that have not seen them.
 * @throws SurveyError OPTION_INVALID, OUTPUT_EXISTS, RESUME_MISMATCH, STAMP_SET_INVALID, TABLE_…, MODEL_…, RECIPE_INVALID
 */
export async function trainExposures(
  file: RecipeFile<ExposureRecipe>,
  options: TrainOptions,
): Promise<TrainResult> {
  const recipe = settledRecipe(file, options);
  const { signal, resume, force } = options;
  if (options.data === undefined) {
    throw new SurveyError(
      'OPTION_INVALID',
      'this recipe learns from a set of CCDs; say where it is with --data',
      {
        path: file.path,
      },
    );
  }
  const out = resolve(options.out ?? join('runs', recipe.name));
  const set = await readExposureSet(options.data, recipe.data.labels);
  const notes: string[] = [];
  const note = (text: string): void => {
    if (notes.includes(text)) return;
    notes.push(text);
    options.onNote?.(text);
  };
  set.notes.forEach(note);
  const labels = drawLabels(set, recipe.data, recipe.seed);
  labels.notes.forEach(note);
  const threads = availableParallelism();
  const progress = (message: string) => (done: number, total: number) =>
    options.onProgress?.({ done, total, message });
  const inputs = await openSetInputs(set, recipe, { threads, path: file.path, cache: out });
  try {
    await startRun({ out, text: file.text, seed: recipe.seed, resume, force, files: runFiles });
    await mkdir(out, { recursive: true });
    const metrics = await writeExposureRun({
      ...{ out, file, recipe, set, labels, inputs, threads, signal, notes, note },
      data: options.data,
      onProgress: progress('training heads'),
    });
    return { out, interrupted: false, metrics };
  } catch (error) {
    if (signal?.aborted) return { out, interrupted: true, metrics: {} };
    throw error;
  } finally {
    await inputs.close();
  }
}

/** The recipe with what the command says instead. */
export function settledRecipe(
  { recipe }: RecipeFile<ExposureRecipe>,
  { seed, encoder }: Pick<TrainOptions, 'seed' | 'encoder'>,
): ExposureRecipe {
  return {
    ...recipe,
    ...(seed === undefined ? {} : { seed }),
    ...(encoder === undefined ? {} : { inputs: { ...recipe.inputs, encoder } }),
  };
}

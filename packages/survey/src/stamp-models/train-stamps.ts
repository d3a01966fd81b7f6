import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { SurveyError } from '../errors.ts';
import type { RecipeFile } from '../recipe.ts';
import { stampNetworks } from '../stamp-recipe.ts';
import type { StampRecipe } from '../stamp-recipe.ts';
import { readStampSet, stampSetHash } from '../stamps/read-stamp-set.ts';
import type { StampSet } from '../stamps/read-stamp-set.ts';
import { needDevice, startRun } from '../training/run-folder.ts';
import type { TrainOptions, TrainResult } from '../training/train-ccd.ts';
import { fitStamps } from './fit-stamps.ts';
import { labelNames, labelStamps, textColumns } from './stamp-labels.ts';
import { stampParts } from './stamp-parts.ts';
import { writeStampRun } from './stamp-run.ts';

const runFiles = [
  'recipe.toml',
  'checkpoints',
  'bundle',
  'metrics.json',
  'predictions.parquet',
  'report.html',
];

/**
 * Trains a classifier of stamps and leaves a run: `recipe.toml`, `checkpoints/`, `metrics.json`, `predictions.parquet`, `report.html` and
 * `bundle/`. `data` is the set of labelled stamps. Interrupted, a network goes on with `resume`, and the losses are those of one go.
 * @throws SurveyError OPTION_INVALID, DEVICE_NOT_FOUND, OUTPUT_EXISTS, RESUME_MISMATCH, INPUT_NOT_FOUND, ARRAY_INVALID, STAMP_SHAPE,
 * STAMP_SET_INVALID, MODEL_…, RECIPE_INVALID, TABLE_…
 */
export async function trainStamps(
  file: RecipeFile<StampRecipe>,
  options: TrainOptions,
): Promise<TrainResult> {
  const asked = options.seed === undefined ? file.recipe : { ...file.recipe, seed: options.seed };
  const { signal, resume = false, device = 'cpu' } = options;
  const { onProgress = () => undefined, onNote = () => undefined } = options;
  if (options.data === undefined) {
    throw new SurveyError(
      'OPTION_INVALID',
      'this recipe learns from labelled stamps; say where the set is with --data',
      { path: file.path },
    );
  }
  if (asked.model.learner === 'cnn' && asked.model.network === undefined) {
    throw new SurveyError('RECIPE_INVALID', `model.network: name one of ${stampNetworks.join(', ')}`, {
      path: file.path,
    });
  }
  await needDevice(device);
  const out = resolve(options.out ?? join('runs', asked.name));
  const set = await readStampSet(options.data, textColumns(asked.data));
  const recipe = withAbout(asked, set);
  const stamps = labelStamps(set, recipe.data, recipe.preprocess);
  const parts = stampParts(stamps, recipe);
  const { text } = file;
  await startRun({ out, text, seed: recipe.seed, resume, force: options.force, files: runFiles });
  const stopped: TrainResult = { out, interrupted: true, metrics: {} };
  const notes: string[] = [];
  const note = (text: string): void => {
    notes.push(text);
    onNote(text);
  };
  if (stamps.blank.length > 0) {
    note(
      `left out: ${stamps.blank.length} stamps that cannot be judged, the first in row ${stamps.blank[0].place + 1} (${stamps.blank[0].reason})`,
    );
  }
  try {
    const fitted = await fitStamps({
      ...{ recipe, stamps, parts, device, signal },
      seed: recipe.seed,
      folder: join(out, 'checkpoints'),
      threads: availableParallelism(),
      onProgress: (done, total, message) => onProgress({ done, total, message: `training, ${message}` }),
      onNote: note,
    });
    if (fitted === null) return stopped;
    onProgress({ done: 1, total: 1, message: 'measuring' });
    const metrics = await writeStampRun({
      ...{ out, file, recipe, stamps, parts, fitted, notes, note },
      labels: labelNames(set, recipe.data).labels,
      data: options.data,
      sha256: stampSetHash(set, recipe.data.label),
      threads: availableParallelism(),
    });
    return { out, interrupted: false, metrics };
  } catch (error) {
    if (signal?.aborted) return stopped;
    throw error;
  }
}

/** What the set says of itself stands in every report, whatever the recipe says. */
export function withAbout(recipe: StampRecipe, { simulated }: StampSet): StampRecipe {
  if (!simulated || /simulat/i.test(recipe.about ?? '')) return recipe;
  const own = recipe.about === undefined ? '' : `${recipe.about} `;
  return { ...recipe, about: `${own}Simulated stamps: no real pixel.` };
}

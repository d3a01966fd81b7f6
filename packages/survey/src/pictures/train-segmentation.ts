import { basename, join, resolve } from 'node:path';
import { thumbnailSize } from '@blemish/sky';
import type { SegmentationDescription } from '../bundle-description.ts';
import { sha256, writeBundle } from '../bundle.ts';
import { SurveyError } from '../errors.ts';
import { writeWhole } from '../outputs/partial-file.ts';
import type { RecipeFile } from '../recipe.ts';
import { plural } from '../report/format.ts';
import type { SegmentationRecipe } from '../segmentation-recipe.ts';
import { readEpochs } from '../training/epochs.ts';
import { needDevice, startRun } from '../training/run-folder.ts';
import type { TrainOptions, TrainResult } from '../training/train-ccd.ts';
import { version } from '../version.ts';
import { fitPictures } from './fit-pictures.ts';
import type { FittedPictures } from './fit-pictures.ts';
import type { MarkedPicture, MarkedPictures } from './marked-pictures.ts';
import { readMarkedPictures } from './marked-pictures.ts';
import { measurePictures } from './measure-pictures.ts';
import type { PictureFigures } from './measure-pictures.ts';
import { holdOutPictures } from './picture-folds.ts';
import { encodeWeights, judgeWith, refuseSeenByStart, startOf } from './picture-model.ts';
import type { Outcome, Start } from './picture-model.ts';
import { pictureCard } from './picture-card.ts';
import { writePictureReport } from './picture-report.ts';
import { markedSamples } from './samples.ts';
import { simulatedPictures } from './simulated-pictures.ts';
import { tellFailures } from './tell-failures.ts';

/**
 * Trains a network that marks pixels of pictures and leaves a run: `checkpoints/`, `recipe.toml`, `metrics.json`, `report.html` and `bundle/`. A share of
 * the pictures is held out: they choose the epoch and the thresholds, so their figures are on the good side; `crossval` and `evaluate` are the test.
 * @throws SurveyError OPTION_INVALID, DEVICE_NOT_FOUND, OUTPUT_EXISTS, RESUME_MISMATCH, INPUT_NOT_FOUND, PICTURES_REFUSED, MODEL_…, OUTPUT_UNWRITABLE
 */
export async function trainSegmentation(
  file: RecipeFile<SegmentationRecipe>,
  options: TrainOptions,
): Promise<TrainResult> {
  const recipe = options.seed === undefined ? file.recipe : { ...file.recipe, seed: options.seed };
  const { signal, onProgress = () => undefined, onNote = () => undefined, resume = false } = options;
  await needDevice(options.device ?? 'cpu');
  const start = await startOf(recipe, file.path);
  const out = resolve(options.out ?? join('runs', recipe.name));
  try {
    const read = await openPictures(recipe, file.path, options);
    tellFailures(read, onNote);
    const parts = holdOutPictures(read.pictures, recipe);
    refuseSeenByStart(start, parts.held, file.path);
    const { text } = file;
    await startRun({ out, text, seed: recipe.seed, resume, force: options.force, files: runFiles });
    const fitted = await fitPictures({
      recipe,
      training: markedSamples(parts.training),
      validation: markedSamples(parts.held),
      start: start?.weights,
      checkpoints: join(out, 'checkpoints'),
      resume,
      device: options.device,
      signal,
      onProgress: (done, total, message) => onProgress({ done, total, message }),
    });
    onProgress({ done: 1, total: 1, message: 'measuring' });
    const shape = { size: recipe.data.size, width: recipe.model.width };
    const settings = { ...fitted.thresholds, size: recipe.data.size, tile: recipe.data.tile };
    const outcomes = await judgeWith(shape, fitted.trained.weights, parts.held, settings);
    return await writeRun({
      out,
      file,
      recipe,
      data: options.data,
      read,
      start,
      fitted,
      outcomes,
      training: parts.training,
    });
  } catch (error) {
    if (signal?.aborted) return { out, interrupted: true, metrics: {} };
    throw error;
  }
}

const runFiles = ['recipe.toml', 'checkpoints', 'bundle', 'metrics.json', 'report.html'];

/** The pictures of `--data`, or simulated ones where the recipe says so. @throws SurveyError as the training */
async function openPictures(
  recipe: SegmentationRecipe,
  path: string,
  { data, onProgress, signal }: TrainOptions,
): Promise<MarkedPictures> {
  const { size, thumbnails } = recipe.data;
  if (thumbnails === undefined) return readMarkedPictures(resolve(needData(data, path)), size);
  if (data !== undefined)
    throw new SurveyError('OPTION_INVALID', 'this recipe simulates its own pictures; leave --data out', {
      path,
    });
  if (size !== thumbnailSize)
    throw new SurveyError('RECIPE_INVALID', `data.size: simulated pictures have ${thumbnailSize} pixels`, {
      path,
    });
  const report = (done: number) => onProgress?.({ done, total: thumbnails, message: 'simulating pictures' });
  return simulatedPictures(thumbnails, recipe.seed, report, signal);
}

/** @throws SurveyError OPTION_INVALID */
export function needData(data: string | undefined, path: string): string {
  if (data !== undefined) return data;
  throw new SurveyError(
    'OPTION_INVALID',
    'this recipe learns from marked pictures; say where they are with --data',
    {
      path,
    },
  );
}

interface Run {
  readonly out: string;
  readonly file: RecipeFile<SegmentationRecipe>;
  readonly recipe: SegmentationRecipe;
  readonly data: string | undefined;
  readonly read: MarkedPictures;
  readonly start: Start | null;
  readonly fitted: FittedPictures;
  readonly outcomes: readonly Outcome[];
  readonly training: readonly MarkedPicture[];
}

async function writeRun(run: Run): Promise<TrainResult> {
  const { out, file, recipe, data, read, fitted, outcomes } = run;
  const figures = measurePictures(outcomes.map(({ judged }) => judged));
  const description = describe(run, figures);
  await writeBundle(
    join(out, 'bundle'),
    description,
    encodeWeights(fitted.trained.weights),
    pictureCard(description),
  );
  const { trained, thresholds } = fitted;
  const epochs = await readEpochs(join(out, 'checkpoints', 'metrics.jsonl'));
  const summary = {
    validation: figures,
    thresholds,
    best: trained.best,
    epochs,
    failed: read.failed,
    notes: read.notes,
    provenance: description.provenance,
  };
  await writeWhole(join(out, 'metrics.json'), `${JSON.stringify(summary, null, 1)}\n`);
  await writePictureReport(join(out, 'report.html'), {
    title: recipe.name,
    measuredOn: description.validation,
    command: `blemish train ${file.path}${data === undefined ? '' : ` --data ${data}`} --out ${out}`,
    models: [{ name: recipe.name, figures, outcomes, epochs }],
    differences: [],
    read,
    provenance: [
      ['recipe', file.path],
      ['started from', description.provenance.start?.name ?? 'random weights'],
      ...Object.entries(description.provenance.versions),
    ],
  });
  return { out, interrupted: false, metrics: description.validationMetrics, failed: read.failed };
}

function describe(run: Run, { metrics, n }: PictureFigures): SegmentationDescription {
  const { file, recipe, data, start, fitted, outcomes, training } = run;
  const name = data === undefined ? 'simulated focal planes' : basename(resolve(data));
  // A simulated picture is nobody's test.
  const used = data === undefined ? [] : [...training, ...outcomes.map(({ picture }) => picture)];
  return {
    format: 1,
    name: recipe.name,
    version,
    task: 'segmentation',
    trainedOn: `${plural(training.length, 'picture')} of ${name}${start === null ? '' : `, starting from ${start.name}`}.`,
    created: new Date().toISOString(),
    input: { size: recipe.data.size, tile: recipe.data.tile },
    network: { name: recipe.model.network, width: recipe.model.width },
    decision: {
      threshold: fitted.thresholds.threshold,
      brightnessThreshold: fitted.thresholds.brightnessThreshold,
    },
    validation: `${plural(n, 'picture')} held out of ${name}, which chose epoch and thresholds`,
    validationMetrics: {
      auc: metrics.auc.value,
      iou: metrics.iou.value,
      loss: fitted.trained.best?.value ?? null,
    },
    provenance: {
      recipe: file.path,
      recipeSha256: sha256(file.text),
      seed: recipe.seed,
      start: start === null ? null : { name: start.name, sha256: start.sha256 },
      data: [
        ...used.map((picture) => ({ name: picture.name, sha256: picture.sha256 })),
        ...(start?.data ?? []),
      ],
      versions: { blemish: version, node: process.versions.node },
    },
  };
}

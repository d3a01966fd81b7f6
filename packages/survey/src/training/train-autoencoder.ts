import { stat } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { cosine, constant, exportOnnx, train, variationalLoss } from '@blemish/engine';
import type { Schedule, TrainResult as NetworkTraining, Weights } from '@blemish/engine';
import { splitRows } from '@blemish/evaluate';
import { vae, vaeEncoder } from '@blemish/learn';
import type { AutoencoderRecipe } from '../autoencoder-recipe.ts';
import type { EncoderDescription } from '../bundle-description.ts';
import { sha256, writeBundle } from '../bundle.ts';
import { SurveyError } from '../errors.ts';
import { writeWhole } from '../outputs/partial-file.ts';
import type { RecipeFile } from '../recipe.ts';
import { renderAutoencoderReport } from '../report/autoencoder-report.ts';
import { version } from '../version.ts';
import { autoencoderCard } from './autoencoder-card.ts';
import { readEpochs } from './epochs.ts';
import { batchesPerEpoch, frameInput, plainBatches, trainingBatches } from './frame-batches.ts';
import { FrameStore } from './frame-store.ts';
import type { StoredObject } from './frame-store.ts';
import { measureAutoencoder, placesOf } from './measure-autoencoder.ts';
import type { AutoencoderMeasure } from './measure-autoencoder.ts';
import { needDevice, startRun } from './run-folder.ts';
import type { TrainOptions, TrainResult } from './train-ccd.ts';

const preprocess = { version: 1, name: 'min-max' } as const;
/** Failures shown one by one; all are in `metrics.json`. */
const shownFailures = 20;

/**
 * Trains a variational autoencoder on frames of objects and leaves a run: `frames/` (the frames as the network takes them; made again if
 * removed), `checkpoints/`, `recipe.toml`, `metrics.json`, `report.html` and `bundle/`, the encoder, whose answer is the means.
 * Interrupted, it goes on with `resume`, and the losses are those of one go.
 * @throws SurveyError OPTION_INVALID, DEVICE_NOT_FOUND, OUTPUT_EXISTS, RESUME_MISMATCH, NO_STAMPS, FRAMES_REFUSED, OUTPUT_UNWRITABLE
 */
export async function trainAutoencoder(
  file: RecipeFile<AutoencoderRecipe>,
  options: TrainOptions,
): Promise<TrainResult> {
  const { path: recipePath, text, recipe: read } = file;
  const recipe = options.seed === undefined ? read : { ...read, seed: options.seed };
  const { data, signal, resume = false, onProgress = () => undefined, onNote = () => undefined } = options;
  if (data === undefined) {
    throw new SurveyError(
      'OPTION_INVALID',
      'this recipe learns from frames; say where they are with --data',
      {
        path: recipePath,
      },
    );
  }
  await needDevice(options.device ?? 'cpu');
  const out = resolve(options.out ?? join('runs', recipe.name));
  await stat(data).catch((cause: unknown) => {
    throw new SurveyError('INPUT_NOT_FOUND', 'no such folder', { path: data, cause });
  });
  await startRun({ out, text, seed: recipe.seed, resume, force: options.force, files: runFiles });
  const stopped: TrainResult = { out, interrupted: true, metrics: {} };
  try {
    const store = await FrameStore.open(join(out, 'frames'), {
      data: resolve(data),
      input: frameInput,
      preprocess,
      signal,
      onProgress: (done, total) => onProgress({ done, total, message: 'reading frames' }),
    });
    try {
      tell(store, onNote);
      const parts = holdOut(store.index.objects, recipe, data);
      const trained = await trainNetwork(recipe, store, parts, { ...options, out });
      if (trained.stopped === 'aborted') return stopped;
      onProgress({ done: 1, total: 1, message: 'measuring' });
      const measure = await measureAutoencoder({
        store,
        training: Uint32Array.from(placesOf(parts.training)),
        validation: parts.validation,
        recipe,
        weights: trained.weights,
        threads: availableParallelism(),
      });
      const single = 'one object alone was held out: intervals by object have no width';
      const added = parts.validation.length === 1 ? [single] : [];
      added.forEach(onNote);
      const notes = [...store.index.notes, ...added];
      const metrics = await writeRun({ out, file, recipe, data, store, parts, trained, measure, notes });
      return { out, interrupted: false, metrics, failed: store.index.failed };
    } finally {
      await store.close();
    }
  } catch (error) {
    if (signal?.aborted) return stopped;
    throw error;
  }
}

const runFiles = ['recipe.toml', 'frames', 'checkpoints', 'bundle', 'metrics.json', 'report.html'];

function tell({ index }: FrameStore, onNote: (note: string) => void): void {
  index.notes.forEach(onNote);
  for (const { error } of index.failed.slice(0, shownFailures)) onNote(`left out: ${error}`);
  const more = index.failed.length - shownFailures;
  if (more > 0) onNote(`left out: ${more} more, which are in metrics.json`);
  if (index.empty > 0) onNote(`left out: ${index.empty} frames without a pixel that has a value`);
}

interface Parts {
  readonly training: readonly StoredObject[];
  readonly validation: readonly StoredObject[];
}

/** Whole objects: frames of one object are alike. @throws SurveyError FRAMES_REFUSED */
function holdOut(objects: readonly StoredObject[], { data, seed }: AutoencoderRecipe, path: string): Parts {
  // Frames are what is divided, so that one object of many does not make the share another.
  const places = placesOf(objects);
  const groups = Uint32Array.from(objects.flatMap(({ count }, o) => Array<number>(count).fill(o)));
  const shares = { training: 1 - data.validation, validation: data.validation };
  try {
    const { training, validation } = splitRows(places.length, shares, { groups, seed });
    const objectsOf = (rows: Uint32Array) =>
      [...new Set(rows.map((row) => groups[row]))].map((o) => objects[o]);
    return { training: objectsOf(training), validation: objectsOf(validation) };
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    const detail = `frames of ${objects.length} objects cannot be divided: ${cause.message}`;
    throw new SurveyError('FRAMES_REFUSED', detail, { path, cause });
  }
}

/** The best epoch is the one of lowest validation loss. */
async function trainNetwork(
  recipe: AutoencoderRecipe,
  store: FrameStore,
  parts: Parts,
  { out, resume, device, onProgress, signal }: TrainOptions & { readonly out: string },
): Promise<NetworkTraining> {
  const { training: settings, model } = recipe;
  const places = Uint32Array.from(placesOf(parts.training));
  const held = Uint32Array.from(placesOf(parts.validation));
  const totalSteps = batchesPerEpoch(places.length, settings.batch) * settings.epochs;
  let average = NaN;
  return train({
    network: vae({ latent: model.latent }),
    targets: { target: ['N', frameInput.channels, frameInput.height, frameInput.width] },
    loss(b, { reconstruction: reconstructions, mean, logVariance }, { target: images }) {
      const tensors = { images, reconstructions, mean, logVariance };
      const { loss, ...losses } = variationalLoss(b, tensors, { beta: settings.kl_weight });
      return { loss, parts: losses };
    },
    optimizer: { kind: 'adam', learningRate: settings.learning_rate },
    schedule: scheduleOf(settings, totalSteps),
    seed: recipe.seed,
    device: device ?? 'cpu',
    threads: availableParallelism(),
    epochs: settings.epochs,
    data: trainingBatches({ store, places, recipe }),
    validate: async ({ session }) => {
      const sums = { loss: 0, reconstruction: 0, divergence: 0 };
      for await (const batch of plainBatches({ store, places: held, recipe })) {
        const losses = await session.evaluate(batch);
        const share = batch['noise'].length / (model.latent * held.length);
        for (const name of ['loss', 'reconstruction', 'divergence'] as const)
          sums[name] += share * losses[name];
      }
      return sums;
    },
    checkpointDir: join(out, 'checkpoints'),
    checkpointSteps: 500,
    resume: resume ?? false,
    onProgress: ({ epoch, step, result }) => {
      average = Number.isNaN(average) ? result.loss : 0.98 * average + 0.02 * result.loss;
      const message = `training, epoch ${epoch + 1}/${settings.epochs}, loss ${average.toExponential(3)}`;
      onProgress?.({ done: step, total: totalSteps, message });
    },
    ...(settings.patience === undefined ? {} : { earlyStopping: { patience: settings.patience } }),
    ...(signal ? { signal } : {}),
  });
}

function scheduleOf(
  { schedule, warm_up: warmUp }: AutoencoderRecipe['training'],
  totalSteps: number,
): Schedule {
  if (schedule === 'constant') return constant;
  return cosine({ totalSteps, warmupSteps: Math.floor(warmUp * totalSteps), final: 0.01 });
}

interface RunResult {
  readonly out: string;
  readonly file: RecipeFile<AutoencoderRecipe>;
  readonly recipe: AutoencoderRecipe;
  readonly data: string;
  readonly store: FrameStore;
  readonly parts: Parts;
  readonly trained: NetworkTraining;
  readonly measure: AutoencoderMeasure;
  readonly notes: readonly string[];
}

async function writeRun(run: RunResult): Promise<TrainResult['metrics']> {
  const { out, store, parts, trained, measure } = run;
  const { figures } = measure;
  const { objects, frames, padded, empty, failed } = store.index;
  const epochs = await readEpochs(join(out, 'checkpoints', 'metrics.jsonl'));
  const description = describe(run);
  const network = exportOnnx(vaeEncoder({ latent: description.dimensions }), encoderWeights(trained.weights));
  await writeBundle(join(out, 'bundle'), description, network, autoencoderCard(description, figures));
  const count = (part: readonly StoredObject[]) => ({ objects: part.length, frames: placesOf(part).length });
  const summary = {
    validation: description.validationMetrics,
    best: trained.best,
    reconstruction: figures,
    epochs,
    data: {
      ...{ objects: objects.length, frames, padded, empty },
      training: count(parts.training),
      validation: count(parts.validation),
    },
    notes: run.notes,
    failed,
    provenance: description.provenance,
  };
  await writeWhole(join(out, 'metrics.json'), `${JSON.stringify(summary, null, 1)}\n`);
  await writeWhole(
    join(out, 'report.html'),
    renderAutoencoderReport({
      description,
      generatedAt: new Date().toISOString(),
      command: `blemish train ${run.file.path} --data ${run.data} --out ${out}`,
      epochs,
      best: trained.best?.epoch ?? null,
      training: count(parts.training),
      measure,
      index: store.index,
      notes: run.notes,
    }),
  );
  return description.validationMetrics!;
}

function describe({ file, recipe, data, store, parts, trained, measure }: RunResult): EncoderDescription {
  const { latent } = recipe.model;
  const { objects, frames, sha256: hash } = store.index;
  const { logCosh, squaredError } = measure.figures;
  return {
    format: 1,
    name: recipe.name,
    version,
    task: 'encoder',
    trainedOn: `${placesOf(parts.training).length} frames of ${parts.training.length} objects in ${basename(resolve(data))}.`,
    created: new Date().toISOString(),
    input: frameInput,
    network: { input: 'image', output: 'mean' },
    preprocess,
    dimensions: latent,
    means: latent,
    validationMetrics: {
      loss: trained.best?.value ?? null,
      log_cosh: logCosh.network.value,
      log_cosh_mean_frame: logCosh['mean frame'].value,
      log_cosh_principal_components: logCosh['principal components'].value,
      squared_error: squaredError.network.value,
      squared_error_mean_frame: squaredError['mean frame'].value,
      squared_error_principal_components: squaredError['principal components'].value,
    },
    provenance: {
      kind: 'training',
      recipe: file.path,
      recipeSha256: sha256(file.text),
      seed: recipe.seed,
      data: { name: basename(resolve(data)), objects: objects.length, frames, sha256: hash },
      versions: { blemish: version, node: process.versions.node },
    },
  };
}

function encoderWeights(weights: Weights): Weights {
  return Object.fromEntries(Object.entries(weights).filter(([name]) => name.startsWith('encoder.')));
}

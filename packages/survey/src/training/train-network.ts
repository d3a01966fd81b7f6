import { cosine, initialWeights, loadWeights, train } from '@blemish/engine';
import { BatchLoader } from '@blemish/engine/workers';
import type { Device, TrainingOptions, TrainResult, Weights } from '@blemish/engine';
import { ccdUnet } from '@blemish/learn';
import type { CcdUnet } from '@blemish/learn';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { SurveyError } from '../errors.ts';
import { cellSize } from '../preprocess/evidence.ts';
import { channels, evidenceKinds, scalars } from '../preprocess/settings.ts';
import type { CcdRecipe } from '../recipe.ts';
import type { ArtifactClass } from '../taxonomy.ts';
import type { BatchSettings } from './batch-worker.ts';
import type { TrainingProgress } from './progress.ts';
import type { SampleStore } from './sample-store.ts';

export interface NetworkTraining {
  readonly recipe: CcdRecipe;
  readonly classes: readonly ArtifactClass[];
  readonly training: SampleStore;
  readonly validation: SampleStore;
  readonly out: string;
  readonly resume: boolean;
  readonly device: Device;
  readonly onProgress: (progress: TrainingProgress) => void;
  readonly signal: AbortSignal | undefined;
}

export function ccdNetwork({ preprocess, model }: CcdRecipe, classes: number): CcdUnet {
  return ccdUnet({
    channels: channels.length,
    evidence: evidenceKinds.length,
    height: preprocess.canvasHeight,
    width: preprocess.canvasWidth,
    starSize: preprocess.starSize,
    scalars: scalars.length,
    classes,
    base: model.width,
  });
}

/** Network, loss and optimizer of a recipe: what a training is but its data. */
export function ccdTraining(recipe: CcdRecipe, classes: number) {
  const settings = recipe.training;
  const rows = (recipe.preprocess.canvasHeight * recipe.preprocess.binFactor) / cellSize;
  const columns = (recipe.preprocess.canvasWidth * recipe.preprocess.binFactor) / cellSize;
  return {
    network: ccdNetwork(recipe, classes),
    targets: {
      labels: ['N', classes],
      labelWeights: ['N', classes],
      cells: ['N', classes, rows, columns],
      cellWeights: ['N', classes, 1, 1],
      cellEmphasis: ['N', classes, 1, 1],
    },
    loss(b, { logits, map, numbers }, { labels, labelWeights, cells, cellWeights, cellEmphasis }) {
      const entropy = b.bceWithLogits(logits, labels);
      // 1 − p of the right answer: what the network gets wrong weighs more (a gentle form of Lin et al. 2017).
      const miss = b.relu(b.sub(b.scalar(1), b.exp(b.neg(entropy))));
      const hardness = b.add(b.scale(miss, settings.hard_example_weight), b.scalar(1));
      const label = b.weightedMean(b.mul(entropy, hardness), labelWeights);
      const weights = b.mul(b.add(b.mul(cells, cellEmphasis), b.scalar(1)), cellWeights);
      const cell = b.weightedMean(b.bceWithLogits(map, cells), weights);
      const alone = b.weightedMean(b.bceWithLogits(numbers, labels), labelWeights);
      const loss = b.add(
        b.add(label, b.scale(cell, settings.map_weight)),
        b.scale(alone, settings.numbers_weight),
      );
      return { loss, parts: { label, cell, numbers: alone } };
    },
    optimizer: {
      learningRate: settings.learning_rate,
      weightDecay: settings.weight_decay,
      beta2: settings.beta2,
    },
    gradientClip: settings.clip_norm,
    averageDecay: settings.ema,
    seed: recipe.seed,
  } satisfies TrainingOptions<'logits' | 'map' | 'numbers', CcdTarget> & { readonly network: CcdUnet };
}

type CcdTarget = 'labels' | 'labelWeights' | 'cells' | 'cellWeights' | 'cellEmphasis';

/** Trains the network of a recipe; the best epoch is the one of lowest loss on the first `data.judged` validation CCDs. */
export async function trainNetwork(options: NetworkTraining): Promise<TrainResult> {
  const { recipe, classes, training, validation, out, resume, device, onProgress, signal } = options;
  const settings = recipe.training;
  const perEpoch = Math.ceil(training.length / settings.batch);
  const totalSteps = perEpoch * settings.epochs;
  let average = NaN;
  const loader = (store: SampleStore, forTraining: boolean) =>
    new BatchLoader({
      module: new URL('./batch-worker.ts', import.meta.url),
      settings: {
        folder: store.folder,
        length: store.length,
        recipe,
        training: forTraining,
      } satisfies BatchSettings,
      workers: loaderThreads(),
    });
  const trainingBatches = loader(training, true);
  const validationBatches = loader(validation, false);
  const validationCount = Math.ceil(Math.min(validation.length, recipe.data.judged) / settings.batch);

  try {
    return await train({
      ...ccdTraining(recipe, classes.length),
      ...(await startingWeights(recipe, classes.length)),
      schedule: cosine({ totalSteps, warmupSteps: Math.floor(settings.warm_up * totalSteps), final: 0.01 }),
      device,
      threads: availableParallelism(),
      epochs: settings.epochs,
      data: { from: (epoch, first) => trainingBatches.epoch(epoch, perEpoch, first) },
      validate: async ({ session }) => {
        const names = ['loss', 'label', 'cell', 'numbers'] as const;
        const sums = { loss: 0, label: 0, cell: 0, numbers: 0 };
        for await (const batch of validationBatches.epoch(0, validationCount)) {
          const losses = await session.evaluate(batch, { averaged: true });
          for (const name of names) sums[name] += losses[name] / validationCount;
        }
        return sums;
      },
      checkpointDir: join(out, 'checkpoints'),
      checkpointSteps: 200,
      resume,
      onProgress: ({ epoch, step, result }) => {
        average = Number.isNaN(average) ? result.loss : 0.98 * average + 0.02 * result.loss;
        onProgress({
          done: step,
          total: totalSteps,
          message: `training, epoch ${epoch + 1}/${settings.epochs}, loss ${average.toFixed(4)}`,
        });
      },
      ...(signal ? { signal } : {}),
    });
  } finally {
    await trainingBatches.close();
    await validationBatches.close();
  }
}

/**
 * The weights that a recipe starts from, over those drawn from its seed: parameters that are new, or of another shape, stay as drawn.
 * @throws SurveyError INPUT_NOT_FOUND; RECIPE_INVALID where nothing fits
 */
async function startingWeights(recipe: CcdRecipe, classes: number): Promise<{ readonly weights?: Weights }> {
  const { start } = recipe.model;
  if (start === undefined) return {};
  const path = join(start, 'checkpoints', 'best.safetensors');
  let known: Weights;
  try {
    known = (await loadWeights(path)).weights;
  } catch (cause) {
    throw new SurveyError('INPUT_NOT_FOUND', 'model.start: the weights of this run cannot be read', {
      path,
      cause,
    });
  }
  const drawn = initialWeights(ccdNetwork(recipe, classes), recipe.seed);
  const fitting = Object.entries(known).filter(
    ([name, { shape }]) => drawn[name] !== undefined && String(drawn[name].shape) === String(shape),
  );
  if (fitting.length === 0)
    throw new SurveyError('RECIPE_INVALID', 'model.start: no parameter of that run fits this network', {
      path,
    });
  return { weights: { ...drawn, ...Object.fromEntries(fitting) } };
}

/** One thread makes a batch faster than a processor trains on it; a graphics card needs several. */
function loaderThreads(): number {
  return Math.max(1, Math.min(8, Math.floor(availableParallelism() / 2)));
}

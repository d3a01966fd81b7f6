import { cosine, train } from '@blemish/engine';
import type { Device, TrainingOptions, TrainResult } from '@blemish/engine';
import { ccdUnet } from '@blemish/learn';
import type { CcdUnet } from '@blemish/learn';
import { Rng } from '@blemish/sky';
import { join } from 'node:path';
import { channels, scalars } from '../preprocess/settings.ts';
import type { CcdRecipe } from '../recipe.ts';
import type { ArtifactClass } from '../taxonomy.ts';
import { makeBatch } from './ccd-batches.ts';
import type { Augmentation, CcdBatch } from './ccd-batches.ts';
import { cellSize } from './ccd-labels.ts';
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
      labels: ['N', classes + 1],
      labelWeights: ['N', classes + 1],
      cells: ['N', classes, rows, columns],
      cellWeights: ['N', classes, 1, 1],
      cellEmphasis: ['N', classes, 1, 1],
    },
    loss(b, { logits, map }, { labels, labelWeights, cells, cellWeights, cellEmphasis }) {
      const label = b.weightedMean(b.bceWithLogits(logits, labels), labelWeights);
      const weights = b.mul(b.add(b.mul(cells, cellEmphasis), b.scalar(1)), cellWeights);
      const cell = b.weightedMean(b.bceWithLogits(map, cells), weights);
      return { loss: b.add(label, b.scale(cell, settings.map_weight)), parts: { label, cell } };
    },
    optimizer: {
      learningRate: settings.learning_rate,
      weightDecay: settings.weight_decay,
      beta2: settings.beta2,
    },
    gradientClip: settings.clip_norm,
    averageDecay: settings.ema,
    seed: recipe.seed,
  } satisfies TrainingOptions<'logits' | 'map', CcdTarget> & { readonly network: CcdUnet };
}

type CcdTarget = 'labels' | 'labelWeights' | 'cells' | 'cellWeights' | 'cellEmphasis';

/** Trains the network of a recipe; the best epoch is the one of lowest validation loss. */
export async function trainNetwork(options: NetworkTraining): Promise<TrainResult> {
  const { recipe, classes, training, validation, out, resume, device, onProgress, signal } = options;
  const settings = recipe.training;
  const perEpoch = Math.ceil(training.length / settings.batch);
  const totalSteps = perEpoch * settings.epochs;
  let average = NaN;
  const batches = (store: SampleStore, order: readonly number[], augmentation?: Augmentation) =>
    readBatches(store, order, recipe, classes, augmentation);

  return train({
    ...ccdTraining(recipe, classes.length),
    schedule: cosine({ totalSteps, warmupSteps: Math.floor(settings.warm_up * totalSteps), final: 0.01 }),
    device,
    epochs: settings.epochs,
    data: (epoch) => {
      const rng = new Rng(recipe.seed, 1000 + epoch);
      return batches(training, shuffled(training.length, rng), { rng, crop: settings.crop });
    },
    validate: async ({ session }) => {
      const sums = { loss: 0, label: 0, cell: 0 };
      let n = 0;
      for await (const batch of batches(
        validation,
        Array.from({ length: validation.length }, (_, i) => i),
      )) {
        const losses = await session.evaluate(batch, { averaged: true });
        for (const name of ['loss', 'label', 'cell'] as const) sums[name] += losses[name];
        n++;
      }
      return { loss: sums.loss / n, label: sums.label / n, cell: sums.cell / n };
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
}

/** Batches in the given order; all random draws come from the augmentation's generator, so an epoch is repeatable. */
async function* readBatches(
  store: SampleStore,
  order: readonly number[],
  { preprocess, training }: CcdRecipe,
  classes: readonly ArtifactClass[],
  augmentation?: Augmentation,
): AsyncGenerator<CcdBatch & Record<string, Float32Array>> {
  for (let from = 0; from < order.length; from += training.batch) {
    const samples = await Promise.all(order.slice(from, from + training.batch).map((i) => store.read(i)));
    const batch = makeBatch(samples, classes, preprocess, training.minimum_snr, augmentation);
    yield { ...batch };
  }
}

/** Fisher–Yates. */
function shuffled(n: number, rng: Rng): number[] {
  const order = Array.from({ length: n }, (_, i) => i);
  for (let i = n - 1; i > 0; i--) {
    const j = rng.integer(0, i);
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}

import { availableParallelism } from 'node:os';
import { binaryCrossEntropy, cosine, dice, train } from '@blemish/engine';
import type { Device, TrainingOptions, TrainResult, Weights } from '@blemish/engine';
import type { PictureUnet } from '@blemish/learn';
import type { SegmentationRecipe } from '../segmentation-recipe.ts';
import { brightnessAboveSurroundings } from './judge-pictures.ts';
import { batchesPerEpoch, binSide, plainBatches, trainingBatches } from './picture-batches.ts';
import { openPictureNetwork, pictureNetwork } from './picture-network.ts';
import type { SampleSource } from './samples.ts';
import { majority } from './tiles.ts';

export interface FitPicturesOptions {
  readonly recipe: SegmentationRecipe;
  readonly training: SampleSource;
  /** Choose the epoch and the thresholds. */
  readonly validation: SampleSource;
  /** Weights to start from; drawn at random where there are none. */
  readonly start?: Weights | undefined;
  readonly checkpoints?: string | undefined;
  readonly resume?: boolean | undefined;
  readonly device?: Device | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((done: number, total: number, message: string) => void) | undefined;
}

/** What a training gives: the network's weights, and from where on a pixel counts as marked. */
export interface FittedPictures {
  readonly trained: TrainResult;
  readonly thresholds: Thresholds;
}

export interface Thresholds {
  /** Of the network's probability. */
  readonly threshold: number;
  /** Of the brightness above the surroundings, which the network is compared with. */
  readonly brightnessThreshold: number;
  /** Overlap of the network with the majority there, all validation pictures together. */
  readonly validationIou: number;
}

/** Trains a network on pictures; the best epoch is the one of lowest validation loss. @throws the abort of `signal` */
export async function fitPictures(options: FitPicturesOptions): Promise<FittedPictures> {
  const { recipe, training, validation, start, checkpoints, resume, device, signal, onProgress } = options;
  const settings = recipe.training;
  const totalSteps = batchesPerEpoch(training.length, settings.batch) * settings.epochs;
  let average = NaN;
  const trained = await train({
    ...segmentation(recipe),
    ...(start === undefined ? {} : { weights: start }),
    schedule: cosine({ totalSteps, warmupSteps: Math.floor(settings.warm_up * totalSteps), final: 0.01 }),
    device: device ?? 'cpu',
    threads: availableParallelism(),
    epochs: settings.epochs,
    data: trainingBatches(training, recipe),
    validate: async ({ session }) => {
      const sums = { loss: 0, crossEntropy: 0, dice: 0 };
      for (const batch of plainBatches(validation, recipe)) {
        const losses = await session.evaluate(batch, { averaged: true });
        const cells = (recipe.data.size / binSide / 2) ** 2;
        const share = batch['share'].length / (validation.length * cells);
        for (const name of ['loss', 'crossEntropy', 'dice'] as const) sums[name] += share * losses[name];
      }
      return sums;
    },
    onProgress: ({ epoch, step, result }) => {
      average = Number.isNaN(average) ? result.loss : 0.95 * average + 0.05 * result.loss;
      const message = `training, epoch ${epoch + 1}/${settings.epochs}, loss ${average.toFixed(4)}`;
      onProgress?.(step, totalSteps, message);
    },
    ...(checkpoints === undefined ? {} : { checkpointDir: checkpoints, resume: resume ?? false }),
    ...(signal ? { signal } : {}),
  });
  signal?.throwIfAborted();
  return { trained, thresholds: await chooseThresholds(recipe, trained.weights, validation) };
}

/** Network, loss and optimizer of a recipe: what a training is but its data. */
function segmentation({ data, model, training, seed }: SegmentationRecipe) {
  const cells = data.size / binSide / 2;
  return {
    network: pictureNetwork({ size: data.size, width: model.width }),
    targets: { share: ['N', 1, cells, cells], majority: ['N', 1, cells, cells] },
    loss(b, { logits }, { share, majority: targets }) {
      const crossEntropy = binaryCrossEntropy(b, { logits, targets: share });
      const overlap = dice(b, { probabilities: b.sigmoid(logits), targets });
      const loss = b.add(crossEntropy, b.scale(overlap, training.dice));
      return { loss, parts: { crossEntropy, dice: overlap } };
    },
    optimizer: { learningRate: training.learning_rate, weightDecay: training.weight_decay },
    gradientClip: 1,
    averageDecay: training.ema,
    seed,
  } satisfies TrainingOptions<'logits', 'share' | 'majority'> & { readonly network: PictureUnet };
}

const probabilities = Array.from({ length: 19 }, (_, k) => (k + 1) / 20);
const brightnesses = Array.from({ length: 40 }, (_, k) => k + 1);

/** Those of a grid with which the masks of all validation pictures together overlap most with the majority. */
async function chooseThresholds(
  { data, model }: SegmentationRecipe,
  weights: Weights,
  validation: SampleSource,
): Promise<Thresholds> {
  const network = await openPictureNetwork(
    { size: data.size, width: model.width },
    weights,
    availableParallelism(),
  );
  const byNetwork = new OverlapGrid(probabilities);
  const byBrightness = new OverlapGrid(brightnesses);
  try {
    for (let i = 0; i < validation.length; i++) {
      const { pixels, votes, voters } = validation.sample(0, i);
      const truth = majority(votes, voters);
      byNetwork.add(truth, await network.probabilities(pixels));
      byBrightness.add(truth, brightnessAboveSurroundings(pixels, data.size));
    }
  } finally {
    await network.close();
  }
  const { threshold, iou } = byNetwork.best();
  return { threshold, validationIou: iou, brightnessThreshold: byBrightness.best().threshold };
}

/** Pixels of all pictures, marked and not, counted between each threshold and the next. */
class OverlapGrid {
  readonly #thresholds: readonly number[];
  readonly #marked: Float64Array;
  readonly #other: Float64Array;
  #truth = 0;

  /** @param thresholds ascending, evenly spaced */
  constructor(thresholds: readonly number[]) {
    this.#thresholds = thresholds;
    this.#marked = new Float64Array(thresholds.length);
    this.#other = new Float64Array(thresholds.length);
  }

  add(truth: Uint8Array, scores: Float32Array): void {
    const [first] = this.#thresholds;
    const step = this.#thresholds[1] - first;
    for (let i = 0; i < truth.length; i++) {
      this.#truth += truth[i];
      if (scores[i] < first) continue;
      const k = Math.min(this.#thresholds.length - 1, Math.floor((scores[i] - first) / step));
      (truth[i] === 1 ? this.#marked : this.#other)[k]++;
    }
  }

  /** The threshold and its overlap. */
  best(): { threshold: number; iou: number } {
    let [intersection, predicted] = [0, 0];
    let best = { threshold: this.#thresholds[0], iou: -1 };
    for (let k = this.#thresholds.length - 1; k >= 0; k--) {
      intersection += this.#marked[k];
      predicted += this.#marked[k] + this.#other[k];
      const union = this.#truth + predicted - intersection;
      const iou = union > 0 ? intersection / union : 0;
      if (iou > best.iou) best = { threshold: this.#thresholds[k], iou };
    }
    return best;
  }
}

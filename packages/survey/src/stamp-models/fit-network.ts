import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import {
  binaryCrossEntropy,
  categoricalCrossEntropy,
  cosine,
  constant,
  exportOnnx,
  loadModel,
  loadWeights,
  saveWeights,
  train,
} from '@blemish/engine';
import type { Device, Feeds, ParameterGroup, Weights } from '@blemish/engine';
import { Rng } from '@blemish/sky';
import type { StampRecipe } from '../stamp-recipe.ts';
import { readEpochs } from '../training/epochs.ts';
import type { EpochFigures } from '../training/epochs.ts';
import { shuffle } from '../training/shuffle.ts';
import { drawChange, StampFeed } from './stamp-feed.ts';
import { featureLayers, stampNetwork } from './stamp-network.ts';
import type { LabelledStamps } from './stamp-labels.ts';
import { logitLoss, stampFigures, stampProbabilities } from './stamp-figures.ts';
import type { StampParts } from './stamp-parts.ts';

/** What a network is trained from, and how. */
export interface NetworkFit {
  readonly recipe: StampRecipe;
  readonly stamps: LabelledStamps;
  readonly parts: Pick<StampParts, 'training' | 'validation'>;
  /** Of everything random in it. */
  readonly seed: number;
  /** Where checkpoints go, and the weights once it is done. */
  readonly folder: string;
  /** Weights to start from; absent: at random. */
  readonly start?: Weights | undefined;
  readonly device: Device;
  readonly threads: number;
  readonly onProgress: (done: number, total: number, message: string) => void;
  readonly signal?: AbortSignal | undefined;
}

/** What any classifier of stamps is fitted from. */
export interface StampFit extends NetworkFit {
  readonly onNote: (note: string) => void;
}

export interface FittedNetwork {
  readonly weights: Weights;
  readonly epochs: readonly EpochFigures[];
}

const orderStream = 70_000_000;
const changeStream = 80_000_000;
const finished = 'finished.safetensors';

/** Logits of a network for so many classes: of two, one. */
export function outputsOf(classes: readonly string[]): number {
  return classes.length === 2 ? 1 : classes.length;
}

/**
 * Trains one network on cross-entropy; the epoch of least validation loss is kept. Null where the signal stopped it; called again with the
 * same folder it goes on, and a training that is done is not begun anew.
 */
export async function fitNetwork(fit: NetworkFit): Promise<FittedNetwork | null> {
  const { recipe, stamps, parts, folder, signal, threads } = fit;
  const { training: settings, model } = recipe;
  const log = join(folder, 'metrics.jsonl');
  const done = join(folder, finished);
  await mkdir(folder, { recursive: true });
  if (existsSync(done)) {
    return { weights: (await loadWeights(done)).weights, epochs: await readEpochs(log) };
  }
  const outputs = outputsOf(stamps.classes);
  const architecture = { name: model.network!, dropout: model.dropout };
  const frozen = model.freeze === 'features';
  const network = stampNetwork(architecture, stamps.set, outputs, frozen);
  const feed = new StampFeed(stamps.set, { version: 1, name: recipe.preprocess });
  const steps = settings.epochs * Math.ceil(parts.training.places.length / settings.batch);
  const weightsOfClasses = classWeights(fit);
  let average = NaN;
  const result = await train({
    network,
    targets: { answer: ['N', outputs] },
    loss(b, { logits }, { answer }) {
      const tensors = { logits, targets: answer };
      if (outputs > 1) {
        const options = weightsOfClasses === null ? {} : { classWeights: weightsOfClasses };
        return { loss: categoricalCrossEntropy(b, tensors, options) };
      }
      const [zeros, ones] = weightsOfClasses ?? [1, 1];
      return { loss: binaryCrossEntropy(b, tensors, { classWeights: [zeros, ones] }) };
    },
    optimizer: {
      kind: settings.optimizer,
      defaults: 'keras',
      learningRate: settings.learning_rate,
      weightDecay: 0,
    },
    groups: parameterGroups(recipe),
    schedule: settings.schedule === 'constant' ? constant : cosine({ totalSteps: steps, final: 0.01 }),
    epochs: settings.epochs,
    seed: fit.seed,
    device: fit.device,
    threads,
    data: { from: (epoch, first) => batches(fit, feed, outputs, epoch, first) },
    validate: async ({ weights }) => validationFigures(exportOnnx(network, weights), fit, feed),
    checkpointDir: folder,
    checkpointSteps: 500,
    resume: true,
    onProgress: ({ epoch, step, result: { loss } }) => {
      average = Number.isNaN(average) ? loss : 0.95 * average + 0.05 * loss;
      fit.onProgress(step, steps, `epoch ${epoch + 1}/${settings.epochs}, loss ${average.toFixed(4)}`);
    },
    ...(fit.start === undefined ? {} : { weights: fit.start }),
    ...(settings.ema === undefined ? {} : { averageDecay: settings.ema }),
    ...(settings.patience === undefined ? {} : { earlyStopping: { patience: settings.patience } }),
    ...(signal ? { signal } : {}),
  });
  if (result.stopped === 'aborted') return null;
  await saveWeights(done, result.weights);
  return { weights: result.weights, epochs: await readEpochs(log) };
}

function parameterGroups({ training: { l2 }, model }: StampRecipe): ParameterGroup[] {
  const frozen = model.network === 'deepshadows-cnn' ? [...featureLayers, 'norm*'] : featureLayers;
  return [
    ...(l2.conv > 0 ? [{ parameters: 'conv*.weight', l2: l2.conv }] : []),
    ...(l2.dense > 0 ? [{ parameters: 'hidden.weight', l2: l2.dense }] : []),
    ...(model.freeze === 'features' ? [{ parameters: frozen, frozen: true }] : []),
  ];
}

/** Factors that make every class count alike, with mean 1 over the stamps; null: none. */
function classWeights({ recipe, stamps, parts }: NetworkFit): number[] | null {
  if (recipe.training.class_weights === 'none') return null;
  const { y } = parts.training;
  return stamps.classes.map((_, c) => {
    const own = y.reduce((sum, label) => sum + (label === c ? 1 : 0), 0);
    return own === 0 ? 1 : y.length / (stamps.classes.length * own);
  });
}

/** The batches of an epoch from `first` on, in an order and with changes that hang on seed, epoch and place alone. */
function* batches(
  { recipe, stamps, parts: { training }, seed }: NetworkFit,
  feed: StampFeed,
  outputs: number,
  epoch: number,
  first: number,
): Generator<Feeds> {
  const { batch } = recipe.training;
  const order = shuffle(Array.from(training.places.keys()), new Rng(seed, orderStream + epoch));
  for (let from = first * batch; from < order.length; from += batch) {
    const rows = order.slice(from, from + batch);
    const places = rows.map((row) => training.places[row]);
    const image = feed.take(places, (i) =>
      drawChange(recipe.augment, stamps.set, new Rng(seed + epoch, changeStream + places[i])),
    );
    yield {
      image,
      answer: targets(
        rows.map((row) => training.y[row]),
        outputs,
      ),
    };
  }
}

/** Labels as the loss compares them: 0 or 1 for one output, else one of each row is 1. */
function targets(labels: readonly number[], outputs: number): Float32Array {
  if (outputs === 1) return Float32Array.from(labels);
  const out = new Float32Array(labels.length * outputs);
  labels.forEach((label, i) => (out[i * outputs + label] = 1));
  return out;
}

async function validationFigures(
  network: Uint8Array,
  { parts, stamps, threads }: NetworkFit,
  feed: StampFeed,
): Promise<Record<string, number>> {
  const logits = await networkLogits(network, feed, parts.validation.places, threads);
  const { y } = parts.validation;
  const { auc, accuracy } = stampFigures(
    y,
    stampProbabilities(logits, stamps.classes.length),
    stamps.classes,
  );
  return {
    loss: logitLoss(logits, y, stamps.classes.length),
    ...(auc === null ? {} : { auc }),
    ...(accuracy === null ? {} : { accuracy }),
  };
}

/** Values of a block of stamps given to a network at most: 8 MB. */
const blockValues = 1 << 21;

/** What a network answers for the stamps at these places, [n, outputs] in double precision. */
export async function networkLogits(
  network: Uint8Array,
  feed: StampFeed,
  places: Int32Array,
  threads: number,
): Promise<Float64Array> {
  const model = await loadModel(network, { threads });
  try {
    const parts: Float32Array[] = [];
    const block = Math.max(1, Math.min(256, Math.floor(blockValues / feed.size)));
    for (let from = 0; from < places.length; from += block) {
      const image = feed.take(places.subarray(from, from + block));
      parts.push((await model.run({ image }))['logits'].data);
    }
    const out = new Float64Array(parts.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const part of parts) {
      out.set(part, at);
      at += part.length;
    }
    return out;
  } finally {
    await model.close();
  }
}

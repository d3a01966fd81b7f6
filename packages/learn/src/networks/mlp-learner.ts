import { categoricalCrossEntropy, exportOnnx, loadModel, train } from '@blemish/engine';
import type { Feeds, LoadedModel, Weights } from '@blemish/engine';
import * as z from 'zod';
import { contrast, softmaxRows } from '../bayes/posterior.ts';
import { checkInput, checkSinglePrecision, checkTraining } from '../check-training.ts';
import type { FitContext, Learner, Model, TrainingData } from '../learner.ts';
import { matrix } from '../matrix.ts';
import type { Matrix } from '../matrix.ts';
import { savedSettings } from '../saved.ts';
import { loadMembers, savedMembers } from '../saved-weights.ts';
import { holdOut, shuffled } from './hold-out.ts';
import { mlp } from './mlp.ts';
import type { MlpOptions } from './mlp.ts';

const version = 1;
const share = z.number().min(0).lt(1);
const activation = z.enum(['relu', 'tanh', 'gelu', 'silu']);
const hidden = z.array(z.int().min(1)).min(1);
const optionsSchema = z.strictObject({
  hidden: hidden.default([128, 64]).describe('units of each hidden layer'),
  activation: activation.default('gelu').describe('what follows each hidden layer'),
  dropout: share.default(0.4).describe("share of each hidden layer's units dropped in training"),
  weightDecay: z
    .number()
    .nonnegative()
    .default(1e-2)
    .describe('shrinks weights each step by this times the learning rate (AdamW)'),
  learningRate: z.number().positive().default(2e-3).describe('step size of Adam'),
  batch: z.int().min(1).default(128).describe('rows of a step'),
  epochs: z.int().min(1).default(200).describe('passes over the training rows at most'),
  patience: z
    .int()
    .min(1)
    .default(15)
    .describe('passes without a lower loss on the held-out rows before it stops'),
  holdOut: share
    .gt(0)
    .default(0.1)
    .describe('share of each class of the training rows held out to choose the pass whose weights are kept'),
  members: z.int().min(1).default(1).describe('networks trained from different seeds, their logits averaged'),
});
export type MlpLearnerOptions = z.output<typeof optionsSchema>;
const settingsSchema = z.strictObject({
  features: z.int(),
  classes: z.int(),
  hidden,
  activation,
  dropout: share,
  members: z.int(),
});
type Settings = z.output<typeof settingsSchema>;

/**
 * A multilayer perceptron trained by Adam with decoupled weight decay (Loshchilov & Hutter 2019) on softmax cross-entropy in mini-batches:
 * the SkyNet of the papers' comparisons (Graff et al. 2014: feed-forward network, weights penalized, training stopped where the loss
 * of held-out rows rises; theirs steps by conjugate gradients over all rows). The weights kept are those of the pass with the lowest
 * loss on the held-out rows. Arithmetic is single precision on one thread, so that a seed fixes every bit.
 */
export const mlpLearner: Learner<MlpLearnerOptions> = {
  name: 'mlp',
  title: 'Multilayer perceptron with early stopping (SkyNet: Graff et al. 2014)',
  options: optionsSchema,
  missing: 'refused',
  scaleSensitive: true,
  async fit(data, options, context) {
    checkTraining(data, 'refused');
    checkSinglePrecision(data.x, data.columns);
    const { hidden, activation, dropout, members } = options;
    const { classes } = data;
    const settings: Settings = { features: data.x.columns, classes, hidden, activation, dropout, members };
    const networks: Weights[] = [];
    for (let k = 0; k < members; k++) {
      networks.push(await trainMember(data, settings, options, context, k));
    }
    return model(settings, networks);
  },
  async load(parts) {
    const settings = savedSettings(parts, 'mlp', version, settingsSchema);
    return model(settings, loadMembers(parts, settings.members));
  },
};

async function trainMember(
  data: TrainingData,
  settings: MlpOptions,
  options: MlpLearnerOptions,
  { seed, signal, onProgress }: FitContext,
  member: number,
): Promise<Weights> {
  const { epochs, batch, members } = options;
  // A member's own number, spread over the seeds so that neighboring seeds share no member.
  const own = (seed + Math.imul(member, 0x9e3779b9)) >>> 0;
  const { kept, heldOut } = holdOut(data, options.holdOut, own);
  const rows = feeds(data);
  const judge = rows(heldOut);
  const { weights, stopped } = await train({
    network: mlp(settings),
    targets: { classes: ['N', settings.classes] },
    loss: (b, { logits }, { classes }) => ({
      loss: categoricalCrossEntropy(b, { logits, targets: classes }),
    }),
    optimizer: { kind: 'adamw', learningRate: options.learningRate, weightDecay: options.weightDecay },
    epochs,
    seed: own,
    threads: 1,
    earlyStopping: { patience: options.patience },
    *data(epoch) {
      const order = shuffled(kept, own, `epoch ${epoch}`);
      for (let from = 0; from < order.length; from += batch) yield rows(order.subarray(from, from + batch));
    },
    validate: ({ session }) => session.evaluate(judge),
    onEpoch: ({ epoch }) => onProgress?.(member * epochs + epoch + 1, members * epochs),
    ...(signal && { signal }),
  });
  if (stopped === 'aborted') signal?.throwIfAborted();
  onProgress?.((member + 1) * epochs, members * epochs);
  return weights;
}

/** Chosen rows as the network is fed: targets are 1 for the row's class, times the row's weight over the mean of weights above 0. */
function feeds({ x, y, classes, weights }: TrainingData): (chosen: Int32Array) => Feeds {
  let total = 0;
  let count = 0;
  for (let i = 0; i < x.rows; i++) {
    const weight = weights?.[i] ?? 1;
    total += weight;
    if (weight > 0) count++;
  }
  return (chosen) => {
    const features = new Float32Array(chosen.length * x.columns);
    const targets = new Float32Array(chosen.length * classes);
    for (const [at, i] of chosen.entries()) {
      features.set(x.data.subarray(i * x.columns, (i + 1) * x.columns), at * x.columns);
      targets[at * classes + y[i]] = ((weights?.[i] ?? 1) * count) / total;
    }
    return { features, classes: targets };
  };
}

/** Rows given to the network at a time. */
const predictRows = 4096;

async function model(settings: Settings, networks: readonly Weights[]): Promise<Model> {
  const { features, classes } = settings;
  const network = mlp(settings);
  const members: LoadedModel[] = [];
  for (const weights of networks) {
    members.push(await loadModel(exportOnnx(network, weights), { threads: 1 }));
  }

  /** [n, K]: mean over members. */
  async function logits(x: Matrix, columns?: readonly string[]): Promise<Matrix> {
    checkInput(x, features, 'refused', columns);
    checkSinglePrecision(x, columns);
    const result = matrix(x.rows, classes);
    for (let from = 0; from < x.rows; from += predictRows) {
      const to = Math.min(x.rows, from + predictRows);
      const block = Float32Array.from(x.data.subarray(from * features, to * features));
      for (const member of members) {
        const { data } = (await member.run({ features: block })).logits;
        for (let at = 0; at < data.length; at++)
          result.data[from * classes + at] += data[at] / members.length;
      }
    }
    return result;
  }

  return {
    kind: 'mlp',
    columns: features,
    classes,
    predictProba: async (x, columns) => softmaxRows(await logits(x, columns)),
    decisionFunction: async (x, columns) => contrast(await logits(x, columns)),
    save: () => ({
      kind: 'mlp',
      version,
      settings: { ...settings },
      arrays: savedMembers(networks),
    }),
    async close() {
      for (const member of members) await member.close();
    },
  };
}

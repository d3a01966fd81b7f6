import {
  binaryCrossEntropy,
  compileTraining,
  exportOnnx,
  initialWeights,
  loadModel,
  variationalLoss,
} from '@blemish/engine';
import type { Feeds, NetworkDefinition, TrainingOptions } from '@blemish/engine';
import { deepShadowsCnn, sequenceClassifier, vae, vit } from '@blemish/learn';
import { openBundle } from '@blemish/survey';
import { median } from '../results.ts';
import { numbers, randomInputs } from './random-numbers.ts';

/** One thing to time: its name is what `engine_peer.py` knows it by. */
export interface Work {
  readonly name: string;
  readonly kind: 'train' | 'infer';
  /** What the ratio to the peer's time may be at most. */
  readonly limit: number;
}

/** Something that runs once per call, its data at hand. */
export interface Running {
  once(): Promise<unknown>;
  close(): Promise<void>;
}

export interface WorkSize {
  readonly batch?: number;
  /** Factor on the channels, where the network has such a setting. */
  readonly dim?: number;
}

export const works: readonly Work[] = [
  { name: 'deepshadows-train', kind: 'train', limit: 1 },
  { name: 'deepshadows-infer', kind: 'infer', limit: 0.5 },
  { name: 'vae-train', kind: 'train', limit: 1 },
  { name: 'bigru-train', kind: 'train', limit: 1 },
  { name: 'vit-train', kind: 'train', limit: 1 },
  { name: 'scan-infer', kind: 'infer', limit: 0.5 },
];

const binary: Pick<TrainingOptions, 'targets' | 'loss'> = {
  targets: { answer: ['N', 1] },
  loss: (b, { logits }, { answer }) => ({ loss: binaryCrossEntropy(b, { logits, targets: answer }) }),
};

/** @throws RangeError for a name that is not in `works`. */
export async function startWork(name: string, threads: number, size: WorkSize = {}): Promise<Running> {
  switch (name) {
    case 'deepshadows-train': {
      const n = size.batch ?? 64;
      return training(deepShadowsCnn(), binary, threads, {
        image: numbers(n * 3 * 64 * 64, 1),
        answer: alternating(n),
      });
    }
    case 'deepshadows-infer': {
      const network = deepShadowsCnn();
      const onnx = exportOnnx(network, initialWeights(network, 1));
      return inference(onnx, threads, { image: numbers((size.batch ?? 256) * 3 * 64 * 64, 1) });
    }
    case 'vae-train': {
      const n = size.batch ?? 128;
      const images = numbers(n * 28 * 28, 1);
      const objective: Pick<TrainingOptions, 'targets' | 'loss'> = {
        targets: { images: ['N', 1, 28, 28] },
        loss: (b, { reconstruction, mean, logVariance }, targets) => ({
          loss: variationalLoss(b, {
            images: targets['images'],
            reconstructions: reconstruction,
            mean,
            logVariance,
          }).loss,
        }),
      };
      return training(vae(), objective, threads, { image: images, noise: numbers(n * 36, 2), images });
    }
    case 'bigru-train': {
      const n = size.batch ?? 32;
      const network = sequenceClassifier({ features: 36, cell: 'gru', bidirectional: true, classes: 1 });
      return training(network, binary, threads, {
        frames: numbers(n * 450 * 36, 1),
        lengths: new Float32Array(n).fill(450),
        answer: alternating(n),
      });
    }
    case 'vit-train': {
      const n = size.batch ?? 32;
      const network = vit(size.dim === undefined ? {} : { dim: size.dim });
      return training(network, binary, threads, { image: numbers(n * 64 * 64, 1), answer: alternating(n) });
    }
    case 'scan-infer': {
      const { network } = await openBundle(null);
      return inference(network, threads, null);
    }
    default:
      throw new RangeError(`no work is called "${name}"; there are ${works.map((w) => w.name).join(', ')}`);
  }
}

const alternating = (n: number) => Float32Array.from({ length: n }, (_, i) => i % 2);

function training(
  network: NetworkDefinition,
  objective: Pick<TrainingOptions, 'targets' | 'loss'>,
  threads: number,
  feeds: Feeds,
): Promise<Running> {
  const session = compileTraining(network, { ...objective, threads, optimizer: { kind: 'adam' }, seed: 1 });
  return Promise.resolve({ once: () => session.step(feeds), close: () => session.close() });
}

/** `feeds` null: one sample of random numbers for each input. */
async function inference(
  onnx: Uint8Array,
  threads: number,
  feeds: Readonly<Record<string, Float32Array>> | null,
): Promise<Running> {
  // As the peer's, the fastest variant: a small network gains nothing from a second thread on cores that share their arithmetic.
  const models = await Promise.all(
    [...new Set([1, threads])].map((count) => loadModel(onnx, { threads: count })),
  );
  const [model] = models;
  const inputs =
    feeds ??
    randomInputs(
      model,
      model.inputs.map(({ name }) => name),
    );
  let [fastest, least] = [model, Infinity];
  for (const candidate of models) {
    const times: number[] = [];
    for (let i = 0; i < 5; i++) {
      const start = performance.now();
      await candidate.run(inputs);
      times.push(performance.now() - start);
    }
    const typical = median(times);
    if (typical < least) [fastest, least] = [candidate, typical];
  }
  for (const other of models) if (other !== fastest) await other.close();
  return { once: () => fastest.run(inputs), close: () => fastest.close() };
}

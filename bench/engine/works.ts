import {
  binaryCrossEntropy,
  exportOnnx,
  initialWeights,
  selfDistillation,
  variationalLoss,
} from '@blemish/engine';
import type { TrainingOptions } from '@blemish/engine';
import {
  deepShadowsCnn,
  selfDistilledVit,
  sequenceClassifier,
  transformerSizes,
  vae,
  viewEncoder,
  vit,
} from '@blemish/learn';
import { openBundle } from '@blemish/survey';
import { startSampled } from '../sequences/works.ts';
import { startStamps } from '../stamps/works.ts';
import { numbers } from './random-numbers.ts';
import { inference, training } from './running.ts';
import type { Running, Work } from './running.ts';

export interface WorkSize {
  readonly batch?: number;
  /** Factor on the channels, where the network has such a setting. */
  readonly dim?: number;
  /** Folder of batches of sequences, all of which the work runs once (`sequences/sample.ts`). */
  readonly sample?: string;
  /** Folder of stamps and alerts that the work scores (`stamps/sample.ts`). */
  readonly stamps?: string;
}

export const works: readonly Work[] = [
  { name: 'deepshadows-train', kind: 'train', limit: 1 },
  { name: 'deepshadows-infer', kind: 'infer', limit: 0.5 },
  { name: 'vae-train', kind: 'train', limit: 1 },
  { name: 'bigru-train', kind: 'train', limit: 1 },
  { name: 'vit-train', kind: 'train', limit: 1 },
  { name: 'self-distillation-train', kind: 'train', limit: 0.9 },
  { name: 'views-infer', kind: 'infer', limit: 0.9 },
  { name: 'scan-infer', kind: 'infer', limit: 0.5 },
];

const binary: Pick<TrainingOptions, 'targets' | 'loss'> = {
  targets: { answer: ['N', 1] },
  loss: (b, { logits }, { answer }) => ({ loss: binaryCrossEntropy(b, { logits, targets: answer }) }),
};

/** @throws RangeError for a name that is not in `works`. */
export async function startWork(name: string, threads: number, size: WorkSize = {}): Promise<Running> {
  if (size.sample !== undefined) return startSampled(name, threads, size.sample);
  if (size.stamps !== undefined) return startStamps(name, threads, size.stamps);
  switch (name) {
    case 'deepshadows-train': {
      const n = size.batch ?? 64;
      return training(deepShadowsCnn(), binary, threads, [
        {
          image: numbers(n * 3 * 64 * 64, 1),
          answer: alternating(n),
        },
      ]);
    }
    case 'deepshadows-infer': {
      const network = deepShadowsCnn();
      const onnx = exportOnnx(network, initialWeights(network, 1));
      return inference(onnx, threads, [{ image: numbers((size.batch ?? 256) * 3 * 64 * 64, 1) }]);
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
      return training(vae(), objective, threads, [{ image: images, noise: numbers(n * 36, 2), images }]);
    }
    case 'bigru-train': {
      const n = size.batch ?? 32;
      const network = sequenceClassifier({ features: 36, cell: 'gru', bidirectional: true, classes: 1 });
      return training(network, binary, threads, [
        {
          frames: numbers(n * 450 * 36, 1),
          lengths: new Float32Array(n).fill(450),
          answer: alternating(n),
        },
      ]);
    }
    case 'vit-train': {
      const n = size.batch ?? 32;
      const network = vit(size.dim === undefined ? {} : { dim: size.dim });
      return training(network, binary, threads, [{ image: numbers(n * 64 * 64, 1), answer: alternating(n) }]);
    }
    case 'self-distillation-train': {
      const n = size.batch ?? 32;
      const network = selfDistilledVit({
        transformer: {
          ...transformerSizes.tiny,
          size: 64,
          ...(size.dim === undefined ? {} : { dim: size.dim }),
        },
        head: { hidden: 512, bottleneck: 128, outputs: 1024 },
        large: { count: 2, size: 64 },
        small: { count: 4, size: 32 },
      });
      const objective: TrainingOptions = {
        targets: {},
        loss: (b, { student, teacher }) => ({ loss: selfDistillation(b, { student, teacher }).loss }),
        optimizer: { kind: 'adamw' },
        averageDecay: 0.996,
      };
      const feeds = { large: numbers(n * 2 * 64 * 64, 1), small: numbers(n * 4 * 32 * 32, 2) };
      return training(network, objective, threads, [feeds]);
    }
    case 'views-infer': {
      const transformer = { ...transformerSizes.tiny, size: 64 };
      const network = viewEncoder({ transformer, views: 4, mean: 0.5, deviation: 0.3 });
      const onnx = exportOnnx(network, initialWeights(network, 1));
      return inference(onnx, threads, [{ views: numbers((size.batch ?? 64) * 4 * 64 * 64, 1) }]);
    }
    case 'scan-infer': {
      const { network } = await openBundle(null);
      return inference(network, threads);
    }
    default:
      throw new RangeError(`no work is called "${name}"; there are ${works.map((w) => w.name).join(', ')}`);
  }
}

const alternating = (n: number) => Float32Array.from({ length: n }, (_, i) => i % 2);

import { categoricalCrossEntropy, exportOnnx, initialWeights } from '@blemish/engine';
import type { Feeds, TrainingOptions } from '@blemish/engine';
import { attentionNetwork, recurrentNetwork, unscaled } from '@blemish/learn';
import type { SequenceNetwork } from '@blemish/learn';
import { inference, training } from '../engine/running.ts';
import type { Running, Work } from '../engine/running.ts';
import { readSample } from './sample.ts';
import type { Sample } from './sample.ts';

/** `vae-train` is the one of `bench engine`; the others go through the batches of the sample. */
export const sequenceWorks: readonly Work[] = [
  { name: 'bigru-train', kind: 'train', limit: 0.5, sampled: true },
  { name: 'vae-train', kind: 'train', limit: 1 },
  { name: 'attention-train', kind: 'train', limit: 1, sampled: true },
  { name: 'bigru-infer', kind: 'infer', limit: 0.5, sampled: true },
];

/** Step size, L2 penalty and clipping as of recipes/ztf-sequences. */
const optimizer = { kind: 'adam', learningRate: 2e-3, weightDecay: 1e-5 } as const;
const gradientClip = 1;
const classes = 2;

/** Runs once through all batches of the sample in `folder`, fed as the learners `recurrent` and `attention` feed them. */
export async function startSampled(name: string, threads: number, folder: string): Promise<Running> {
  const sample = await readSample(folder);
  const { features } = sample.rows;
  const common = { features, columns: 0, classes, members: 1, longest: 2048, stride: 1 };
  const bigru = () =>
    recurrentNetwork({ ...common, cell: 'gru', bidirectional: true, hidden: 128 }, unscaled(features));
  switch (name) {
    case 'bigru-train':
      return trainingSampled(bigru(), sample, threads);
    case 'attention-train':
      return trainingSampled(
        attentionNetwork({ ...common, hidden: 64, heads: 4, dropout: 0.3 }, unscaled(features)),
        sample,
        threads,
      );
    case 'bigru-infer': {
      const own = bigru();
      const { network } = own;
      const onnx = exportOnnx(network, initialWeights(network, 1));
      const all = fed(own, sample).map(({ frames, lengths }) => ({
        frames: {
          data: frames,
          shape: [lengths.length, frames.length / lengths.length / features, features],
        },
        lengths: { data: lengths, shape: [lengths.length] },
      }));
      return inference(onnx, threads, all);
    }
    default:
      throw new RangeError(
        `no work is called "${name}"; there are ${sequenceWorks.map((work) => work.name).join(', ')}`,
      );
  }
}

function trainingSampled(own: SequenceNetwork, sample: Sample, threads: number): Running {
  const objective: TrainingOptions = {
    targets: { answers: ['N', classes], sampleWeights: ['N'] },
    loss: (b, { logits }, { answers, sampleWeights }) => ({
      loss: categoricalCrossEntropy(b, { logits, targets: answers, sampleWeights }),
    }),
    optimizer,
    gradientClip,
  };
  const answers = Float32Array.from({ length: sample.batchSize * classes }, (_, i) => (i ^ (i >> 1)) & 1);
  const sampleWeights = new Float32Array(sample.batchSize).fill(1);
  const feeds = fed(own, sample).map((inputs) => ({ ...inputs, answers, sampleWeights }));
  return training(own.network, objective, threads, feeds);
}

/** The inputs of each batch. */
function fed(own: SequenceNetwork, { rows, batchSize, batches }: Sample): Feeds[] {
  const x = { rows: rows.lengths.length, columns: 0, data: new Float64Array(0), sequences: rows };
  return Array.from({ length: batches }, (_, k) =>
    own.feeds(
      x,
      Array.from({ length: batchSize }, (_, i) => k * batchSize + i),
      batchSize,
      0,
    ),
  );
}

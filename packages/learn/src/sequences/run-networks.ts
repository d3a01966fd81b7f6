import { exportOnnx, loadModel } from '@blemish/engine';
import type { ArrayValue, NetworkDefinition, Weights } from '@blemish/engine';
import { matrix } from '../matrix.ts';
import type { Matrix } from '../matrix.ts';
import { framesRead, paddedSteps } from './padded-batch.ts';
import type { ReadingOptions } from './padded-batch.ts';
import { requireSequences } from './require-sequences.ts';
import type { Sequences } from './sequences.ts';

/** A network over frames with the way to feed it. */
export interface SequenceNetwork {
  readonly network: NetworkDefinition<string, 'logits'>;
  readonly classes: number;
  readonly reading: ReadingOptions;
  /** Inputs for chosen rows read from frame `first` on, filled up to `size` rows, by name. */
  feeds(
    x: Matrix,
    rows: ArrayLike<number>,
    size: number,
    first: number,
  ): Readonly<Record<string, Float32Array>>;
}

export interface RunningNetworks {
  /** [n, classes]: mean over the networks. */
  logits(x: Matrix): Promise<Matrix>;
  /** [frames of all rows]: shares of the frames, mean over heads and networks, of networks with an output `attention`. */
  attention(x: Matrix): Promise<Float64Array>;
  close(): Promise<void>;
}

/** Frames a network is given at once, padding included: what bounds its memory. */
const framesAtOnce = 32_768;

/** Networks of one architecture, ready to run on one thread. */
export async function openSequenceNetworks(
  own: SequenceNetwork,
  members: readonly Weights[],
): Promise<RunningNetworks> {
  const { network, classes, reading } = own;
  const share = 1 / (members.length * reading.stride);
  const models = await Promise.all(
    members.map((weights) => loadModel(exportOnnx(network, weights), { threads: 1 })),
  );
  const entries = Object.entries(network.inputs);

  /** Answers of each network to each batch from each first frame, rows of like length together. */
  async function each(
    x: Matrix,
    visit: (rows: Int32Array, answer: Readonly<Record<string, ArrayValue>>, first: number) => void,
  ): Promise<void> {
    const all = requireSequences(x, `'${network.name}'`);
    for (const rows of batchesByLength(all, reading)) {
      for (let first = 0; first < reading.stride; first++) await judge(all, x, rows, first, visit);
    }
  }

  async function judge(
    all: Sequences,
    x: Matrix,
    rows: Int32Array,
    first: number,
    visit: (rows: Int32Array, answer: Readonly<Record<string, ArrayValue>>, first: number) => void,
  ): Promise<void> {
    const feeds = own.feeds(x, rows, rows.length, first);
    const steps = feeds['frames'].length / rows.length / all.features;
    const shaped = Object.fromEntries(
      entries.map(([name, shape]) => [
        name,
        {
          data: feeds[name],
          shape: shape.map((extent) => (extent === 'N' ? rows.length : extent === 'T' ? steps : extent)),
        },
      ]),
    );
    for (const model of models) visit(rows, await model.run(shaped), first);
  }

  return {
    async logits(x) {
      const result = matrix(x.rows, classes);
      await each(x, (rows, { logits: { data } }) => {
        rows.forEach((row, b) => {
          for (let k = 0; k < classes; k++) result.data[row * classes + k] += data[b * classes + k] * share;
        });
      });
      return result;
    },
    async attention(x) {
      const { lengths } = requireSequences(x, `'${network.name}'`);
      const starts = new Float64Array(lengths.length);
      for (let i = 1; i < lengths.length; i++) starts[i] = starts[i - 1] + lengths[i - 1];
      const shares = new Float64Array(lengths.reduce((sum, length) => sum + length, 0));
      await each(x, (rows, { attention }, first) => {
        const [, heads, steps] = attention.shape;
        rows.forEach((row, b) => {
          const { count, at } = framesRead(lengths[row], reading, first);
          for (let t = 0; t < count; t++) {
            let sum = 0;
            for (let head = 0; head < heads; head++) sum += attention.data[(b * heads + head) * steps + t];
            shares[starts[row] + at(t)] += (sum / heads) * share;
          }
        });
      });
      return shares;
    },
    async close() {
      for (const model of models) await model.close();
    },
  };
}

/** Rows of like length together, as many as fit `framesAtOnce`. */
function batchesByLength({ lengths }: Sequences, reading: ReadingOptions): Int32Array[] {
  const order = Int32Array.from(lengths, (_, i) => i).sort((a, b) => lengths[a] - lengths[b]);
  const batches: Int32Array[] = [];
  let from = 0;
  for (let to = 1; to <= order.length; to++) {
    const full =
      to === order.length ||
      (to + 1 - from) * paddedSteps(framesRead(lengths[order[to]], reading, 0).count) > framesAtOnce;
    if (!full) continue;
    batches.push(order.slice(from, to));
    from = to;
  }
  return batches;
}

import { exportOnnx, loadModel } from '@blemish/engine';
import type { ArrayValue, NetworkDefinition, Weights } from '@blemish/engine';
import { matrix } from '../matrix.ts';
import type { Matrix } from '../matrix.ts';
import { readFrames } from './padded-batch.ts';
import { requireSequences } from './sequences.ts';
import type { Sequences } from './sequences.ts';

/** A network over frames with the way to feed it. */
export interface SequenceNetwork {
  readonly network: NetworkDefinition<string, 'logits'>;
  readonly classes: number;
  /** Rows of more frames are thinned to so many. */
  readonly longest: number;
  /** Inputs for chosen rows, filled up to `size` rows, by name. */
  feeds(x: Matrix, rows: ArrayLike<number>, size: number): Readonly<Record<string, Float32Array>>;
}

export interface RunningNetworks {
  /** [n, classes]: mean over the networks. */
  logits(x: Matrix): Promise<Matrix>;
  /** [frames of all rows]: shares of the frames, mean over heads and networks; null where the networks give none. */
  attention(x: Matrix): Promise<Float64Array | null>;
  close(): Promise<void>;
}

/** Frames a network is given at once, padding included: what bounds its memory. */
const framesAtOnce = 32_768;

/** Networks of one architecture, ready to run on one thread. */
export async function openSequenceNetworks(
  own: SequenceNetwork,
  members: readonly Weights[],
): Promise<RunningNetworks> {
  const { network, classes, longest } = own;
  const models = await Promise.all(
    members.map((weights) => loadModel(exportOnnx(network, weights), { threads: 1 })),
  );
  const entries = Object.entries(network.inputs);

  /** Answers of each network to each batch, rows of like length together. */
  async function each(
    x: Matrix,
    visit: (rows: Int32Array, answer: Readonly<Record<string, ArrayValue>>) => void,
  ): Promise<void> {
    const all = requireSequences(x, `'${network.name}'`);
    for (const rows of batchesByLength(all, longest)) {
      const feeds = own.feeds(x, rows, rows.length);
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
      for (const model of models) visit(rows, await model.run(shaped));
    }
  }

  return {
    async logits(x) {
      const result = matrix(x.rows, classes);
      await each(x, (rows, { logits: { data } }) => {
        rows.forEach((row, b) => {
          for (let k = 0; k < classes; k++)
            result.data[row * classes + k] += data[b * classes + k] / models.length;
        });
      });
      return result;
    },
    async attention(x) {
      const { lengths } = requireSequences(x, `'${network.name}'`);
      const first = new Float64Array(lengths.length);
      for (let i = 1; i < lengths.length; i++) first[i] = first[i - 1] + lengths[i - 1];
      const shares = new Float64Array(lengths.reduce((sum, length) => sum + length, 0));
      let found = false;
      await each(x, (rows, { attention }: Readonly<Record<string, ArrayValue | undefined>>) => {
        if (attention === undefined) return;
        found = true;
        const [, heads, steps] = attention.shape;
        rows.forEach((row, b) => {
          const read = readFrames(lengths[row], longest);
          for (let t = 0; t < read; t++) {
            let share = 0;
            for (let head = 0; head < heads; head++) share += attention.data[(b * heads + head) * steps + t];
            shares[first[row] + Math.floor((t * lengths[row]) / read)] += share / heads / models.length;
          }
        });
      });
      return found ? shares : null;
    },
    async close() {
      for (const model of models) await model.close();
    },
  };
}

/** Rows of like length together, as many as fit `framesAtOnce`. */
function batchesByLength({ lengths }: Sequences, longest: number): Int32Array[] {
  const order = Int32Array.from(lengths, (_, i) => i).sort((a, b) => lengths[a] - lengths[b]);
  const batches: Int32Array[] = [];
  let from = 0;
  for (let to = 1; to <= order.length; to++) {
    const full =
      to === order.length || (to + 1 - from) * readFrames(lengths[order[to]], longest) > framesAtOnce;
    if (!full) continue;
    batches.push(order.slice(from, to));
    from = to;
  }
  return batches;
}

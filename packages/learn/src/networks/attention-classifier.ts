import { defineNetwork } from '@blemish/engine';
import type { Builder, NetworkDefinition, Tensor } from '@blemish/engine';

export interface AttentionClassifierOptions {
  /** F, numbers of a frame. */
  readonly features: number;
  /** C, columns of the object beside its frames; 0: there are none. */
  readonly columns: number;
  readonly classes: number;
  /** Units that describe a frame. */
  readonly hidden: number;
  /** Ways to weigh the frames of an object. */
  readonly heads: number;
  /** Share of the units dropped in training, before the verdict. */
  readonly dropout: number;
}

export type AttentionClassifier = NetworkDefinition<
  'frames' | 'mask' | 'shares' | 'columns',
  'logits' | 'attention'
>;

/**
 * The verdict on an object from all its frames in any order: each frame is described by two dense layers, frames are weighed by gated
 * attention (Ilse et al. 2018, eq. 9) in several heads, and the classes follow from the weighted means, the plain mean and deviation of
 * the descriptions, and the object's own columns.
 *
 * - `frames` [N, T, F]; `mask` [N, T]: 0 for a frame, −1e9 for padding; `shares` [N, T]: one over the number of frames for each of
 *   them, 0 for padding; `columns` [N, max(1, C)]
 * - `logits` [N, classes]; `attention` [N, heads, T]: shares of the frames in the verdict, each head's sum to 1, 0 in padding
 */
export function attentionClassifier(options: AttentionClassifierOptions): AttentionClassifier {
  const { features, columns, classes, hidden, heads, dropout } = options;
  return defineNetwork({
    name: 'attention-classifier',
    inputs: {
      frames: ['N', 'T', features],
      mask: ['N', 'T'],
      shares: ['N', 'T'],
      columns: ['N', Math.max(1, columns)],
    },
    build(b, inputs) {
      const { frames, mask, shares } = inputs;
      const [batch, steps] = frames.shape;
      const described = describeFrames(b, frames, hidden);
      const gate = b.mul(
        b.tanh(b.dense(described, { name: 'attention.value', out: hidden, gain: 1 })),
        b.sigmoid(b.dense(described, { name: 'attention.gate', out: hidden, gain: 1 })),
      );
      const scores = b.transpose(b.dense(gate, { name: 'attention.score', out: heads, gain: 1 }), [0, 2, 1]);
      const attention = b.softmax(b.add(scores, b.reshape(mask, [batch, 1, steps])));
      const weighted = b.reshape(b.matmul(attention, described), [batch, heads * hidden]);
      const even = b.reshape(shares, [batch, 1, steps]);
      const average = b.matmul(even, described);
      const squares = b.matmul(even, b.mul(described, described));
      // Rounding may take a constant's variance below 0.
      const variance = b.relu(b.sub(squares, b.mul(average, average)));
      const deviation = b.sqrt(b.add(variance, b.scalar(1e-6)));
      const parts = [weighted, b.reshape(average, [batch, hidden]), b.reshape(deviation, [batch, hidden])];
      if (columns > 0) {
        parts.push(b.gelu(b.dense(inputs.columns, { name: 'columns', out: hidden })));
      }
      const joined = dropped(b, b.concat(parts), dropout);
      const verdict = dropped(b, b.gelu(b.dense(joined, { name: 'verdict', out: hidden })), dropout);
      return { logits: b.dense(verdict, { name: 'logits', out: classes, gain: 1 }), attention };
    },
  });
}

function describeFrames(b: Builder, frames: Tensor, hidden: number): Tensor {
  const first = b.gelu(b.dense(frames, { name: 'frame.0', out: hidden }));
  return b.gelu(b.dense(first, { name: 'frame.1', out: hidden }));
}

function dropped(b: Builder, x: Tensor, rate: number): Tensor {
  return rate > 0 ? b.dropout(x, rate) : x;
}

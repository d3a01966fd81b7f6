import { defineNetwork } from '@blemish/engine';
import type { NetworkDefinition } from '@blemish/engine';

export interface SequenceClassifierOptions {
  /** Numbers that describe a frame, such as the means of a variational autoencoder: 36 in the paper. */
  readonly features: number;
  /** `gru` or `lstm`. */
  readonly cell: 'gru' | 'lstm';
  /** Units of the state, for each direction; 128 in the paper. */
  readonly hidden?: number;
  /** Read the sequence backwards too. */
  readonly bidirectional?: boolean;
  /** 2 in the paper: object, artifact. */
  readonly classes?: number;
}

/** Logits of the classes, for softmax, from the frames of an object in order of time. */
export type SequenceClassifier = NetworkDefinition<'frames' | 'lengths', 'logits'>;

/**
 * The verdict on an object from the sequence of its frames (Semenikhin 2024, Table 1): one recurrent layer over the frames'
 * latent means, and a dense layer on its final state. Parameters have the names of the paper's published weights
 * (`rnn_layer.weight_ih_l0`, `clf.0.weight`).
 *
 * - `frames` [N, T, features], finite also in padding; `lengths` [N], whole numbers from 1 to T
 * - `logits` [N, classes]
 *
 * The paper's code read the padding as frames; here it never enters a state. A sequence of its full length is read as there.
 */
export function sequenceClassifier(options: SequenceClassifierOptions): SequenceClassifier {
  const { features, cell, hidden = 128, bidirectional = false, classes = 2 } = options;
  if (cell !== 'gru' && cell !== 'lstm') {
    throw new RangeError(`unknown cell "${String(cell)}" of a sequence classifier; known are gru, lstm`);
  }
  return defineNetwork({
    name: `${bidirectional ? 'bi' : ''}${cell}-classifier`,
    inputs: { frames: ['N', 'T', features], lengths: ['N'] },
    build(b, { frames, lengths }) {
      const { final } = b[cell](frames, { name: 'rnn_layer', hidden, bidirectional, lengths });
      return { logits: b.dense(final, { name: 'clf.0', out: classes, initial: 'pytorch' }) };
    },
  });
}

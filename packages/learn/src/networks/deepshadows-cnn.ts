import { defineNetwork } from '@blemish/engine';
import type { NetworkDefinition } from '@blemish/engine';

export interface DeepShadowsCnnOptions {
  /** Channels of a cut-out; 3 in the paper (g, r, z). */
  readonly channels?: number;
  /** Height and width of a cut-out, a multiple of 8; 64 in the paper. */
  readonly size?: number;
  /** 1 (galaxy or artifact) or, for more classes, as many logits. */
  readonly classes?: number;
  /** Share of elements dropped after each pooling; 0.4 in the paper. */
  readonly dropout?: number;
  /** Batch normalisations keep the statistics they have, as where only the last layer is trained. */
  readonly frozenNorms?: boolean;
}

export type DeepShadowsCnn = NetworkDefinition<'image', 'logits'>;

/**
 * DeepShadows (Tanoglidis et al. 2021, and its public code): three times convolution 3×3, ReLU, batch normalisation, max-pooling,
 * dropout, with 16, 32 and 64 channels; a dense layer of 1024; logits. Starts and normalisation are Keras's (Glorot uniform, ε 1e-3,
 * momentum 0.99), as in the original. Its L2 penalties, 0.13 on the convolutions' kernels and 0.12 on the dense layer's, belong to
 * training.
 *
 * - `image` [N, channels, size, size]
 * - `logits` [N, classes]
 */
export function deepShadowsCnn(options: DeepShadowsCnnOptions = {}): DeepShadowsCnn {
  const { channels = 3, size = 64, classes = 1, dropout = 0.4, frozenNorms = false } = options;
  if (size % 8 !== 0)
    throw new RangeError(`cut-outs of ${size} pixels: the size must be a multiple of 8; resize them`);
  return defineNetwork({
    name: 'deepshadows-cnn',
    inputs: { image: ['N', channels, size, size] },
    build(b, { image }) {
      let x = image;
      for (const [k, out] of [16, 32, 64].entries()) {
        x = b.relu(b.conv2d(x, { name: `conv${k + 1}`, out, initial: 'glorot-uniform' }));
        const norm = { name: `norm${k + 1}`, epsilon: 1e-3, momentum: 0.01, frozen: frozenNorms };
        x = b.batchNorm(x, norm);
        x = b.dropout(b.maxPool(x), dropout);
      }
      const hidden = b.relu(b.dense(b.flatten(x), { name: 'hidden', out: 1024, initial: 'glorot-uniform' }));
      return { logits: b.dense(hidden, { name: 'logits', out: classes, initial: 'glorot-uniform' }) };
    },
  });
}

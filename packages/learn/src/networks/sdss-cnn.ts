import { defineNetwork } from '@blemish/engine';
import type { NetworkDefinition } from '@blemish/engine';

export interface SdssCnnOptions {
  /** Channels of a stamp; 3 in the paper. */
  readonly channels?: number;
  /** Height and width of a stamp; 69 in the paper. */
  readonly height?: number;
  readonly width?: number;
  /** Logits; 1 for two classes. */
  readonly classes?: number;
  /** Share of elements dropped after each pooling. */
  readonly dropout?: number;
  /** Share dropped after the dense layer. */
  readonly denseDropout?: number;
}

export type SdssCnn = NetworkDefinition<'image', 'logits'>;

/**
 * The network of the SDSS real-or-not paper (section 3.2): three times convolution 3×3, ReLU, max-pooling 2×2, with 32, 64 and 128
 * channels; a dense layer; logits. Convolutions keep the size and the dense layer has 128 units (the project's list of papers; the paper's
 * text gives neither). Starts are Keras's (Glorot uniform). The first version has no dropout; where the refined one has it, and how much,
 * the paper does not say.
 *
 * - `image` [N, channels, height, width]
 * - `logits` [N, classes]
 */
export function sdssCnn(options: SdssCnnOptions = {}): SdssCnn {
  const { channels = 3, height = 69, width = 69, classes = 1, dropout = 0, denseDropout = 0 } = options;
  if (Math.min(height, width) < 8) {
    throw new RangeError(
      `stamps of ${width} × ${height} pixels: three poolings leave nothing of them; give at least 8 × 8`,
    );
  }
  return defineNetwork({
    name: 'sdss-cnn',
    inputs: { image: ['N', channels, height, width] },
    build(b, { image }) {
      let x = image;
      for (const [k, out] of [32, 64, 128].entries()) {
        x = b.relu(b.conv2d(x, { name: `conv${k + 1}`, out, initial: 'glorot-uniform' }));
        x = b.dropout(b.maxPool(x), dropout);
      }
      const hidden = b.relu(b.dense(b.flatten(x), { name: 'hidden', out: 128, initial: 'glorot-uniform' }));
      const kept = b.dropout(hidden, denseDropout);
      return { logits: b.dense(kept, { name: 'logits', out: classes, initial: 'glorot-uniform' }) };
    },
  });
}

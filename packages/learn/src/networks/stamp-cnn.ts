import { defineNetwork } from '@blemish/engine';
import type { NetworkDefinition } from '@blemish/engine';

export interface StampCnnOptions {
  readonly channels?: number;
  /** Height and width of a stamp. */
  readonly height?: number;
  readonly width?: number;
  /** Logits; 1 for two classes. */
  readonly classes?: number;
  /** Share of elements dropped after each pooling; 0. */
  readonly dropout?: number;
}

export type StampCnn = NetworkDefinition<'image', 'logits'>;

/**
 * A network without a dense layer over places: convolutions 3×3 of 24, 48, 64 and 96 channels with ReLU, max-pooling 2×2 after the first two,
 * and logits linear in the last map's sum over all places, divided by the square root of their number. So every place gives its own share of
 * a logit, which is what Grad-CAM draws (Zhou et al. 2016, class activation maps; here Grad-CAM and HiResCAM are the same), and the weights
 * are a thirtieth of those of networks that flatten. Starts are He's normal ones.
 *
 * - `image` [N, channels, height, width]
 * - `logits` [N, classes]
 */
export function stampCnn(options: StampCnnOptions = {}): StampCnn {
  const { channels = 3, height = 63, width = 63, classes = 1, dropout = 0 } = options;
  if (Math.min(height, width) < 8) {
    throw new RangeError(
      `stamps of ${width} × ${height} pixels: two poolings leave next to nothing of them; give at least 8 × 8`,
    );
  }
  return defineNetwork({
    name: 'stamp-cnn',
    inputs: { image: ['N', channels, height, width] },
    build(b, { image }) {
      let x = image;
      for (const [k, out] of [24, 48, 64, 96].entries()) {
        x = b.relu(b.conv2d(x, { name: `conv${k + 1}`, out, initial: 'he-normal' }));
        if (k < 2) x = b.dropout(b.maxPool(x), dropout);
      }
      const places = x.shape[2] * x.shape[3];
      const total = b.scale(b.mean(x, [2, 3]), Math.sqrt(places));
      return { logits: b.dense(total, { name: 'logits', out: classes, initial: 'glorot-uniform' }) };
    },
  });
}

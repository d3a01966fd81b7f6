import { defineNetwork } from '@blemish/engine';
import type { NetworkDefinition } from '@blemish/engine';

export interface CcdCnnOptions {
  /** Of the grey image. */
  readonly height: number;
  readonly width: number;
  readonly classes: number;
  /** Side of the convolutions. */
  readonly kernel: number;
  /** Channels of the two convolutions. */
  readonly filters: readonly [number, number];
  /** Side of the windows of the two max-poolings. */
  readonly pools: readonly [number, number];
  /** Units of the two dense layers. */
  readonly dense: readonly [number, number];
  /** Share of elements dropped in each of the three places. */
  readonly dropout: number;
}

export type CcdCnn = NetworkDefinition<'image', 'logits'>;

/**
 * The network of the DES whole-CCD paper ("Artifacts in whole CCD exposures", section 4.2): convolution, max-pooling, ReLU; convolution,
 * max-pooling, dropout, ReLU; twice dense, dropout, ReLU; logits for softmax. The paper gives no sizes; that levels are divided by 255 is
 * a guess as well.
 *
 * - `image` [N, 1, height, width] grey levels 0 … 255
 * - `logits` [N, classes]
 */
export function ccdCnn(options: CcdCnnOptions): CcdCnn {
  const { height, width, classes, kernel, filters, pools, dense, dropout } = options;
  return defineNetwork({
    name: 'ccd-cnn',
    inputs: { image: ['N', 1, height, width] },
    build(b, { image }) {
      let x = b.scale(image, 1 / 255);
      x = b.conv2d(x, { name: 'conv1', out: filters[0], kernel });
      x = b.relu(b.maxPool(x, { kernel: pools[0] }));
      x = b.conv2d(x, { name: 'conv2', out: filters[1], kernel });
      x = b.flatten(b.relu(b.dropout(b.maxPool(x, { kernel: pools[1] }), dropout)));
      for (const [k, out] of dense.entries()) {
        x = b.relu(b.dropout(b.dense(x, { name: `dense${k + 1}`, out }), dropout));
      }
      return { logits: b.dense(x, { name: 'logits', out: classes, gain: 1 }) };
    },
  });
}

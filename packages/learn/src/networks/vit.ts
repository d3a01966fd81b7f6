import { defineNetwork } from '@blemish/engine';
import type { NetworkDefinition } from '@blemish/engine';
import { smallNormal, visionTransformer } from './vision-transformer.ts';
import type { TransformerOptions } from './vision-transformer.ts';

export interface VitOptions extends TransformerOptions {
  readonly channels?: number;
  /** Outputs of the head; 1. */
  readonly classes?: number;
}

export type Vit = NetworkDefinition<'image', 'embedding' | 'logits'>;

/**
 * A vision transformer ({@link visionTransformer}); the class token is the image's embedding and goes into a linear head.
 *
 * - `image` [N, channels, size, size]
 * - `embedding` [N, dim], `logits` [N, classes]
 */
export function vit(options: VitOptions = {}): Vit {
  const { channels = 1, size = 64, classes = 1 } = options;
  return defineNetwork({
    name: 'vit',
    inputs: { image: ['N', channels, size, size] },
    build(b, { image }) {
      const embedding = visionTransformer(b, image, options);
      return { embedding, logits: b.dense(embedding, { name: 'head', out: classes, initial: smallNormal }) };
    },
  });
}

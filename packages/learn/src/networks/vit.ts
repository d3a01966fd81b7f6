import { defineNetwork } from '@blemish/engine';
import type { Builder, NetworkDefinition, Tensor } from '@blemish/engine';

export interface VitOptions {
  readonly channels?: number;
  /** Height and width of an image, multiples of the patch; 64. */
  readonly size?: number;
  /** Side of a patch; 8. */
  readonly patch?: number;
  /** Features of a token; 192, "tiny" in Touvron et al. 2021. */
  readonly dim?: number;
  /** Blocks; 6. */
  readonly depth?: number;
  /** Heads of attention, which must divide `dim`; 3. */
  readonly heads?: number;
  /** Features inside a block's perceptron, as a multiple of `dim`; 4. */
  readonly expansion?: number;
  /** Outputs of the head; 1. */
  readonly classes?: number;
}

export type Vit = NetworkDefinition<'image', 'embedding' | 'logits'>;

/**
 * A vision transformer (Dosovitskiy et al. 2021) with normalisation before attention and perceptron: patches and a class token with
 * learned positions, `depth` blocks, normalisation; the class token is the image's embedding and goes into a linear head. Parameters
 * are named as in timm and DINO (`patch_embed.proj.weight`, `blocks.0.attn.qkv.weight`, …); weights start normal with deviation
 * 0.02, normalisation's ε is 1e-6, as there.
 *
 * - `image` [N, channels, size, size]
 * - `embedding` [N, dim], `logits` [N, classes]
 */
export function vit(options: VitOptions = {}): Vit {
  const { channels = 1, size = 64, patch = 8, dim = 192, depth = 6, heads = 3 } = options;
  const { expansion = 4, classes = 1 } = options;
  if (size % patch !== 0) {
    throw new RangeError(`images of ${size} pixels do not divide into patches of ${patch}; choose a divisor`);
  }
  return defineNetwork({
    name: 'vit',
    inputs: { image: ['N', channels, size, size] },
    build(b, { image }) {
      let x = tokens(b, image, patch, dim);
      for (let k = 0; k < depth; k++) {
        x = b.scope(`blocks.${k}`, () => block(b, x, dim, heads, expansion));
      }
      // Normalisation is by token: only the class token's is wanted.
      const first = b.reshape(b.slice(x, 1, 0, 1), [x.shape[0], dim]);
      const embedding = b.layerNorm(first, { name: 'norm', epsilon });
      return { embedding, logits: b.dense(embedding, { name: 'head', out: classes, initial: small }) };
    },
  });
}

const epsilon = 1e-6;
const small = { kind: 'normal', deviation: 0.02 } as const;

/** [N, 1 + patches, dim]: the class token first. */
function tokens(b: Builder, image: Tensor, patch: number, dim: number): Tensor {
  const map = b.scope('patch_embed', () =>
    b.conv2d(image, { name: 'proj', out: dim, kernel: patch, stride: patch, padding: 0, initial: small }),
  );
  const [batch, , height, width] = map.shape as [number, number, number, number];
  const count = height * width;
  const patches = b.transpose(b.reshape(map, [batch, dim, count]), [0, 2, 1]);
  // The class token is the same for all images, so it is added to the positions, where patches leave a row of zeros.
  const token = b.parameter('cls_token', [1, 1, dim], small, { decay: false });
  const positions = b.parameter('pos_embed', [1, count + 1, dim], small, { decay: false });
  const offsets = b.add(positions, b.pad(token, [0, 0, 0], [0, count, 0]));
  return b.add(b.pad(patches, [0, 1, 0], [0, 0, 0]), offsets);
}

function block(b: Builder, x: Tensor, dim: number, heads: number, expansion: number): Tensor {
  const dense = (y: Tensor, name: string, out: number) => b.dense(y, { name, out, initial: small });
  const normal = normalise(b, x, 'norm1');
  const attended = b.scope('attn', () => {
    const packed = dense(normal, 'qkv', 3 * dim);
    return dense(b.scaledDotProductAttention(packed, { heads }), 'proj', dim);
  });
  const y = b.add(x, attended);
  const inner = normalise(b, y, 'norm2');
  return b.add(
    y,
    b.scope('mlp', () => dense(b.gelu(dense(inner, 'fc1', expansion * dim)), 'fc2', dim)),
  );
}

function normalise(b: Builder, x: Tensor, name: string): Tensor {
  return b.layerNorm(x, { name, epsilon });
}

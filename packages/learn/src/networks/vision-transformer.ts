import type { Builder, Tensor } from '@blemish/engine';
import { positionMap } from './position-map.ts';

export interface TransformerOptions {
  /** Height and width of the images that positions are learned for, a multiple of the patch; 64. */
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
  /** Further tokens without a position, where the network keeps what belongs to no patch (Darcet et al. 2024); none. */
  readonly registers?: number;
}

const epsilon = 1e-6;
/** What all weights of transformers start from. */
export const smallNormal = { kind: 'normal', deviation: 0.02 } as const;

/**
 * A vision transformer (Dosovitskiy et al. 2021) with normalisation before attention and perceptron: patches, a class token with learned
 * positions and registers, `depth` blocks, normalisation. Images [N, channels, side, side] → the class token [N, dim]. A side other than
 * `size` has the positions interpolated, by a fixed linear map, so that they learn from it too. Parameters are named as in timm and DINO
 * (`patch_embed.proj.weight`, `blocks.0.attn.qkv.weight`, `register_tokens`, …); weights start normal with deviation 0.02,
 * normalisation's ε is 1e-6, as there.
 * @throws RangeError where `size` or the image does not divide into patches
 */
export function visionTransformer(b: Builder, image: Tensor, options: TransformerOptions): Tensor {
  const { size = 64, patch = 8, dim = 192, depth = 6, heads = 3, expansion = 4, registers = 0 } = options;
  const side = image.shape[2];
  for (const pixels of [size, side]) {
    if (pixels % patch !== 0) {
      throw new RangeError(
        `images of ${pixels} pixels do not divide into patches of ${patch}; choose a divisor`,
      );
    }
  }
  let x = tokens(b, image, { patch, dim, registers, grid: size / patch });
  for (let k = 0; k < depth; k++) {
    x = b.scope(`blocks.${k}`, () => block(b, x, dim, heads, expansion));
  }
  // Normalisation is by token: only the class token's is wanted.
  const first = b.reshape(b.slice(x, 1, 0, 1), [x.shape[0], dim]);
  return b.layerNorm(first, { name: 'norm', epsilon });
}

interface TokenOptions {
  readonly patch: number;
  readonly dim: number;
  readonly registers: number;
  /** Side of the grid that positions are learned for. */
  readonly grid: number;
}

/** [N, 1 + registers + patches, dim]: the class token first. */
function tokens(b: Builder, image: Tensor, { patch, dim, registers, grid }: TokenOptions): Tensor {
  const map = b.scope('patch_embed', () =>
    b.conv2d(image, {
      name: 'proj',
      out: dim,
      kernel: patch,
      stride: patch,
      padding: 0,
      initial: smallNormal,
    }),
  );
  const [batch, , height, width] = map.shape as [number, number, number, number];
  const patches = b.transpose(b.reshape(map, [batch, dim, height * width]), [0, 2, 1]);
  const learned = (name: string, count: number) =>
    b.parameter(name, [1, count, dim], smallNormal, { decay: false });
  const token = learned('cls_token', 1);
  const positions = learned('pos_embed', grid * grid + 1);
  // What is the same for all images is added at once, where patches leave rows of zeros.
  const parts = [
    b.add(token, b.slice(positions, 1, 0, 1)),
    ...(registers > 0 ? [learned('register_tokens', registers)] : []),
    placed(b, b.slice(positions, 1, 1, grid * grid + 1), grid, height),
  ];
  return b.add(b.pad(patches, [0, 1 + registers, 0], [0, 0, 0]), b.concat(parts, 1));
}

/** Positions [1, grid², dim] on a grid of another side. */
function placed(b: Builder, positions: Tensor, grid: number, side: number): Tensor {
  if (side === grid) return positions;
  const map = b.constant(positionMap(grid, side), [1, side * side, grid * grid]);
  return b.matmul(map, positions);
}

function block(b: Builder, x: Tensor, dim: number, heads: number, expansion: number): Tensor {
  const dense = (y: Tensor, name: string, out: number) => b.dense(y, { name, out, initial: smallNormal });
  const normal = b.layerNorm(x, { name: 'norm1', epsilon });
  const attended = b.scope('attn', () => {
    const packed = dense(normal, 'qkv', 3 * dim);
    return dense(b.scaledDotProductAttention(packed, { heads }), 'proj', dim);
  });
  const y = b.add(x, attended);
  const inner = b.layerNorm(y, { name: 'norm2', epsilon });
  return b.add(
    y,
    b.scope('mlp', () => dense(b.gelu(dense(inner, 'fc1', expansion * dim)), 'fc2', dim)),
  );
}

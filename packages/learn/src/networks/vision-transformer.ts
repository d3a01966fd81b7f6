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
const zeros = { kind: 'constant', value: 0 } as const;

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
  for (let k = 0; k < depth - 1; k++) {
    x = b.scope(`blocks.${k}`, () => block(b, x, dim, heads, expansion));
  }
  const first = b.scope(`blocks.${depth - 1}`, () => classBlock(b, x, dim, heads, expansion));
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
  const normal = b.layerNorm(x, { name: 'norm1', epsilon });
  const attended = b.scope('attn', () => {
    const packed = dense(b, normal, 'qkv', 3 * dim);
    return dense(b, b.scaledDotProductAttention(packed, { heads }), 'proj', dim);
  });
  return perceptron(b, b.add(x, attended), dim, expansion);
}

/**
 * A block of which only the class token is wanted, [N, T, dim] → [N, dim]: it alone asks, of all tokens, and goes through the perceptron, which
 * saves most of a block's arithmetic and changes no number.
 * @throws RangeError where `dim` does not divide into the heads
 */
function classBlock(b: Builder, x: Tensor, dim: number, heads: number, expansion: number): Tensor {
  const [batch, count] = x.shape;
  const size = dim / heads;
  if (!Number.isInteger(size))
    throw new RangeError(`${dim} features of a token do not divide into ${heads} heads; choose a divisor`);
  const first = (y: Tensor) => b.reshape(b.slice(y, 1, 0, 1), [batch, dim]);
  const normal = b.layerNorm(x, { name: 'norm1', epsilon });
  const attended = b.scope('attn', () => {
    const [weight, bias] = b.scope('qkv', () => [
      b.parameter('weight', [3 * dim, dim], smallNormal),
      b.parameter('bias', [3 * dim], zeros, { decay: false }),
    ]);
    const part = (y: Tensor, from: number, to: number) =>
      b.linear(y, b.slice(weight, 0, from * dim, to * dim), b.slice(bias, 0, from * dim, to * dim));
    const query = b.reshape(part(first(normal), 0, 1), [batch, heads, 1, size]);
    const others = part(normal, 1, 3);
    const [key, value] = [0, 1].map((k) =>
      b.transpose(
        b.reshape(b.slice(others, 2, k * dim, (k + 1) * dim), [batch, count, heads, size]),
        [0, 2, 1, 3],
      ),
    );
    const shares = b.softmax(b.matmul(query, key, { transposeB: true, alpha: 1 / Math.sqrt(size) }));
    return dense(b, b.reshape(b.matmul(shares, value), [batch, dim]), 'proj', dim);
  });
  return perceptron(b, b.add(first(x), attended), dim, expansion);
}

/** The second half of a block: x [..., dim] + what two layers make of it. */
function perceptron(b: Builder, x: Tensor, dim: number, expansion: number): Tensor {
  const normal = b.layerNorm(x, { name: 'norm2', epsilon });
  const inner = (y: Tensor) => dense(b, b.gelu(dense(b, y, 'fc1', expansion * dim)), 'fc2', dim);
  return b.add(
    x,
    b.scope('mlp', () => inner(normal)),
  );
}

function dense(b: Builder, x: Tensor, name: string, out: number): Tensor {
  return b.dense(x, { name, out, initial: smallNormal });
}

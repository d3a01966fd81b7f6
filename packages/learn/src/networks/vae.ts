import { defineNetwork } from '@blemish/engine';
import type { Builder, NetworkDefinition, Tensor } from '@blemish/engine';

export interface VaeOptions {
  /** Extent of the latent space; 36 in the paper, 78 tried too. */
  readonly latent?: number;
}

/** Height and width of a frame, and what four strided convolutions make of them. */
const sizes = [28, 14, 7, 4, 2] as const;
const channels = [32, 64, 128, 256, 512] as const;
const [side, deepest] = [sizes[4], channels[4]];

export type VaeEncoder = NetworkDefinition<'image', 'mean' | 'logVariance'>;
export type Vae = NetworkDefinition<'image' | 'noise', 'reconstruction' | 'mean' | 'logVariance'>;

/**
 * The encoder of the ZTF frame-sequence paper's variational autoencoder: four convolutions 3×3 of stride 2 and one 1×1, each without
 * bias, followed by batch normalisation and LeakyReLU; then mean and log variance of the latent distribution. Parameters are named as
 * in the published weights (`encoder.0.0.weight`, …, `encoder.6.bias`).
 *
 * - `image` [N, 1, 28, 28], min–max normalised
 * - `mean`, `logVariance` [N, latent]
 */
export function vaeEncoder({ latent = 36 }: VaeOptions = {}): VaeEncoder {
  return defineNetwork({
    name: 'vae-encoder',
    inputs: { image: ['N', 1, sizes[0], sizes[0]] },
    build: (b, { image }) => encode(b, image, latent),
  });
}

/**
 * The whole autoencoder. The latent value is mean + noise · deviation (Kingma & Welling 2014); the decoder mirrors the encoder with
 * transposed convolutions, the last one with a bias, no normalisation and a sigmoid, frames lying between 0 and 1.
 *
 * - `image` [N, 1, 28, 28], `noise` [N, latent]: standard normal numbers, drawn anew for each step; zeros reconstruct the mean
 * - `reconstruction` [N, 1, 28, 28], `mean`, `logVariance` [N, latent]
 */
export function vae({ latent = 36 }: VaeOptions = {}): Vae {
  return defineNetwork({
    name: 'vae',
    inputs: { image: ['N', 1, sizes[0], sizes[0]], noise: ['N', latent] },
    build(b, { image, noise }) {
      const { mean, logVariance } = encode(b, image, latent);
      const value = b.add(mean, b.mul(noise, b.exp(b.scale(logVariance, 0.5))));
      return { reconstruction: decode(b, value), mean, logVariance };
    },
  });
}

function encode(b: Builder, image: Tensor, latent: number): Record<'mean' | 'logVariance', Tensor> {
  return b.scope('encoder', () => {
    let x = image;
    for (const [k, out] of channels.entries()) {
      const shape = k < 4 ? { kernel: 3, stride: 2, padding: 1 } : { kernel: 1 };
      x = b.scope(String(k), () =>
        normalised(b, b.conv2d(x, { name: '0', out, bias: false, initial: 'pytorch', ...shape })),
      );
    }
    const both = b.dense(b.flatten(x), { name: '6', out: 2 * latent, initial: 'pytorch' });
    return { mean: b.slice(both, 1, 0, latent), logVariance: b.slice(both, 1, latent, 2 * latent) };
  });
}

function decode(b: Builder, value: Tensor): Tensor {
  return b.scope('decoder', () => {
    const flat = b.dense(value, { name: '0', out: deepest * side * side, initial: 'pytorch' });
    let x = b.reshape(flat, [value.shape[0], deepest, side, side]);
    x = b.scope('1', () =>
      normalised(
        b,
        b.convTranspose2d(x, { name: '0', out: channels[3], kernel: 1, bias: false, initial: 'pytorch' }),
      ),
    );
    for (let k = 3; k >= 0; k--) {
      const last = k === 0;
      x = b.scope(String(5 - k), () => {
        const y = b.convTranspose2d(x, {
          name: '0',
          out: last ? 1 : channels[k - 1],
          stride: 2,
          padding: 1,
          // A stride of 2 joins two sizes: an odd one (2n − 1), and the even one with a row and column more.
          outputPadding: sizes[k] % 2 === 0 ? 1 : 0,
          bias: last,
          initial: 'pytorch',
        });
        return last ? b.sigmoid(y) : normalised(b, y);
      });
    }
    return x;
  });
}

function normalised(b: Builder, x: Tensor): Tensor {
  return b.leakyRelu(b.batchNorm(x, { name: '1' }));
}

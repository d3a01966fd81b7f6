import { defineNetwork } from '@blemish/engine';
import type { Builder, Conv2dOptions, NetworkDefinition, Tensor } from '@blemish/engine';

export interface PictureUnetOptions {
  readonly channels: number;
  /** Height and width of a picture, a multiple of 8. */
  readonly size: number;
  /** Channels at half the picture's size are twice this; the others are further multiples. */
  readonly base: number;
}

export type PictureUnet = NetworkDefinition<'image', 'logits'>;

/**
 * A small U-Net (Ronneberger et al. 2015) over a whole picture, one logit for each cell of 2×2 pixels: outlines drawn by hand are not sharp to a pixel.
 *
 * - `image` [N, channels, size, size]
 * - `logits` [N, 1, size / 2, size / 2]
 *
 * What it looks for may fill half the picture and show by a thin rim alone, so at an eighth of the size four dilated convolutions (1, 2, 4, 8; Yu and
 * Koltun 2016) let every cell of a picture of 200 pixels see nearly all others.
 */
export function pictureUnet({ channels, size, base }: PictureUnetOptions): PictureUnet {
  if (size % 8 !== 0)
    throw new RangeError(`pictures of ${size} pixels: the size must be a multiple of 8; cut or resize them`);
  const [c0, c1, c2] = [2 * base, 4 * base, 6 * base] as const;
  return defineNetwork({
    name: 'picture-unet',
    inputs: { image: ['N', channels, size, size] },
    build(b, { image }) {
      const s0 = block(b, 'down0b', block(b, 'down0a', image, c0, halving), c0);
      const s1 = block(b, 'down1b', block(b, 'down1a', s0, c1, halving), c1);
      let s2 = block(b, 'down2', s1, c2, halving);
      for (const dilation of [1, 2, 4, 8]) {
        s2 = b.add(s2, block(b, `context${dilation}`, s2, c2, { dilation }));
      }
      const deep = b.dropout(s2, 0.2, { channels: true });
      const u1 = block(b, 'up1', rise(b, 'rise1', deep, s1, c1), c1);
      const u0 = block(b, 'up0', rise(b, 'rise0', u1, s0, c0), c0);
      return { logits: b.conv2d(u0, { name: 'logits', out: 1, kernel: 1, startBias: -2 }) };
    },
  });
}

/** Joins 2×2 neighbours without overlap. */
const halving = { kernel: 2, stride: 2, padding: 0 } as const;

/** Convolution, batch normalisation, ReLU. */
function block(
  b: Builder,
  name: string,
  x: Tensor,
  out: number,
  options: Pick<Conv2dOptions, 'kernel' | 'stride' | 'padding' | 'dilation'> = {},
): Tensor {
  return b.scope(name, () =>
    b.relu(b.batchNorm(b.conv2d(x, { name: 'conv', out, bias: false, ...options }), { name: 'norm' })),
  );
}

/** The coarser map with as many channels as the finer one, doubled in size, beside the finer one. */
function rise(b: Builder, name: string, coarse: Tensor, fine: Tensor, channels: number): Tensor {
  return b.concat([fine, b.upsample(b.conv2d(coarse, { name, out: channels, kernel: 1 }))]);
}

import { exportOnnx, loadModel } from '@blemish/engine';
import type { Weights } from '@blemish/engine';
import { sigmoid } from '@blemish/evaluate';
import { flipImage, warpImage } from '@blemish/imaging';
import type { ChannelImage } from '@blemish/imaging';
import { pictureUnet } from '@blemish/learn';
import type { PictureUnet } from '@blemish/learn';
import { networkPixels } from './picture-batches.ts';

/** What fixes a network beside its weights. */
export interface PictureNetworkShape {
  /** Height and width of a picture. */
  readonly size: number;
  readonly width: number;
}

export function pictureNetwork({ size, width }: PictureNetworkShape): PictureUnet {
  return pictureUnet({ channels: 1, size, base: width });
}

/** A network that says for each pixel of a picture how probably a majority of annotators would mark it. */
export interface PictureNetwork {
  /** @param pixels grey, size*size @returns size*size */
  probabilities(pixels: Uint8Array): Promise<Float32Array>;
  close(): Promise<void>;
}

/** The eight ways to lay a square down: mirrored or not, turned by quarters. */
const views = Array.from({ length: 8 }, (_, k) => ({ mirrored: k >= 4, turn: 90 * (k % 4) }));

/** Its answer is the mean over the eight ways to lay the picture down. */
export async function openPictureNetwork(
  shape: PictureNetworkShape,
  weights: Weights,
  threads: number,
): Promise<PictureNetwork> {
  const { size } = shape;
  const half = size / 2;
  const model = await loadModel(exportOnnx(pictureNetwork(shape), weights), { threads });
  return {
    async probabilities(pixels) {
      const picture = { data: networkPixels(pixels), channels: 1, height: size, width: size };
      const image = new Float32Array(views.length * size * size);
      views.forEach((view, k) => image.set(lay(picture, view).data, k * size * size));
      const { logits } = await model.run({
        image: { data: image, shape: [views.length, 1, size, size] },
      });
      const cells = half * half;
      const mean = new Float32Array(cells);
      views.forEach((view, k) => {
        const data = logits.data.subarray(k * cells, (k + 1) * cells);
        const back = layBack({ data, channels: 1, height: half, width: half }, view);
        for (let i = 0; i < cells; i++) mean[i] += sigmoid(back.data[i]) / views.length;
      });
      return Float32Array.from(
        { length: size * size },
        (_, i) => mean[(Math.floor(i / size) >> 1) * half + ((i % size) >> 1)],
      );
    },
    close: () => model.close(),
  };
}

interface View {
  readonly mirrored: boolean;
  readonly turn: number;
}

function lay(image: ChannelImage, { mirrored, turn }: View): ChannelImage {
  return warpImage(flipImage(image, { x: mirrored }), { rotationDegrees: turn });
}

function layBack(image: ChannelImage, { mirrored, turn }: View): ChannelImage {
  return flipImage(warpImage(image, { rotationDegrees: -turn }), { x: mirrored });
}

import { exportOnnx, loadModel } from '@blemish/engine';
import type { Weights } from '@blemish/engine';
import { sigmoid } from '@blemish/evaluate';
import { flipImage, warpImage } from '@blemish/imaging';
import type { ChannelImage } from '@blemish/imaging';
import { pictureUnet } from '@blemish/learn';
import type { PictureUnet } from '@blemish/learn';
import { binSide, networkChannels, networkPixels } from './picture-batches.ts';

/** What fixes a network beside its weights. */
export interface PictureNetworkShape {
  /** Height and width of a picture. */
  readonly size: number;
  readonly width: number;
}

export function pictureNetwork({ size, width }: PictureNetworkShape): PictureUnet {
  return pictureUnet({ channels: networkChannels, size: size / binSide, base: width });
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
  const bins = size / binSide;
  const cells = bins / 2;
  const model = await loadModel(exportOnnx(pictureNetwork(shape), weights), { threads });
  return {
    async probabilities(pixels) {
      const data = networkPixels(pixels, size);
      const picture = { data, channels: networkChannels, height: bins, width: bins };
      const image = new Float32Array(views.length * data.length);
      views.forEach((view, k) => image.set(lay(picture, view).data, k * data.length));
      const { logits } = await model.run({
        image: { data: image, shape: [views.length, networkChannels, bins, bins] },
      });
      const mean = new Float32Array(cells * cells);
      views.forEach((view, k) => {
        const answer = logits.data.subarray(k * mean.length, (k + 1) * mean.length);
        const back = layBack({ data: answer, channels: 1, height: cells, width: cells }, view).data;
        for (let i = 0; i < mean.length; i++) mean[i] += sigmoid(back[i]) / views.length;
      });
      return enlarge(mean, cells, size);
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

/** A square of `from` cells along a side as one of `to` pixels, bilinear between the centres of the cells. */
function enlarge(cells: Float32Array, from: number, to: number): Float32Array {
  const places = Array.from({ length: to }, (_, x) => {
    const at = Math.min(from - 1, Math.max(0, ((x + 0.5) * from) / to - 0.5));
    const low = Math.min(from - 2, Math.floor(at));
    return { low, share: at - low };
  });
  const out = new Float32Array(to * to);
  places.forEach(({ low: top, share: down }, y) => {
    places.forEach(({ low: left, share: right }, x) => {
      const i = top * from + left;
      const above = cells[i] + right * (cells[i + 1] - cells[i]);
      const below = cells[i + from] + right * (cells[i + from + 1] - cells[i + from]);
      out[y * to + x] = above + down * (below - above);
    });
  });
  return out;
}

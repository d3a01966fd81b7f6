import type { Feeds, NumberedBatches } from '@blemish/engine';
import { flipImage, warpImage } from '@blemish/imaging';
import type { ChannelImage } from '@blemish/imaging';
import { Rng } from '@blemish/sky';
import type { SegmentationRecipe } from '../segmentation-recipe.ts';
import { shuffle } from '../training/shuffle.ts';
import type { PictureSample, SampleSource } from './samples.ts';

/** Grey value outside the CCDs, and the range of grey values that counts as 1. */
const [background, range] = [23, 64];

/** Random streams of orders and of what is drawn for a picture, which no others use. */
const [orderStream, pictureStream] = [3000, 3_000_000];
/** More pictures than an epoch has. */
const picturesApart = 1_000_000;

/** The picture as the network takes it: what surrounds the CCDs is 0. */
export function networkPixels(pixels: Uint8Array): Float32Array {
  return Float32Array.from(pixels, (value) => (value - background) / range);
}

/** Batches of an epoch in an order of its own; what is left over makes a smaller batch. */
export function batchesPerEpoch(pictures: number, batch: number): number {
  return Math.ceil(pictures / batch);
}

/**
 * Fed are `image` [N, 1, size, size], and for each cell of 2×2 pixels `share` [N, 1, size / 2, size / 2], the share of the annotators who marked it, and
 * `majority`, whether that is a half. Each picture is flipped, turned, scaled, shifted and made brighter or darker anew.
 */
export function trainingBatches(source: SampleSource, recipe: SegmentationRecipe): NumberedBatches {
  const { batch: size } = recipe.training;
  return {
    *from(epoch, first) {
      const all = Array.from({ length: source.length }, (_, i) => i);
      const order = shuffle(all, new Rng(recipe.seed, orderStream + epoch));
      for (let batch = first; batch < batchesPerEpoch(source.length, size); batch++) {
        const chosen = order.slice(batch * size, (batch + 1) * size);
        yield feeds(
          chosen.map((index) => {
            const rng = new Rng(recipe.seed, pictureStream + epoch * picturesApart + index);
            return varied(source.sample(epoch, index), recipe, rng);
          }),
        );
      }
    },
  };
}

/** All pictures once, in order and as they are. */
export function* plainBatches(
  source: SampleSource,
  { data, training }: SegmentationRecipe,
): Generator<Feeds> {
  for (let from = 0; from < source.length; from += training.batch) {
    const count = Math.min(training.batch, source.length - from);
    yield feeds(Array.from({ length: count }, (_, k) => asChannels(source.sample(0, from + k), data.size)));
  }
}

/** Two channels, what the network sees and what it is to answer: they are varied alike. */
function asChannels({ pixels, votes, voters }: PictureSample, size: number): ChannelImage {
  const data = new Float32Array(2 * size * size);
  data.set(networkPixels(pixels));
  for (let i = 0; i < votes.length; i++) data[size * size + i] = votes[i] / voters;
  return { data, channels: 2, height: size, width: size };
}

function varied(sample: PictureSample, { data, training }: SegmentationRecipe, rng: Rng): ChannelImage {
  const { zoom, rotation, shift } = training;
  const flipped = flipImage(asChannels(sample, data.size), { x: rng.chance(0.5), y: rng.chance(0.5) });
  const turned = warpImage(flipped, {
    rotationDegrees: 90 * rng.integer(0, 1) + rng.uniform(-rotation, rotation),
    scale: Math.exp(rng.uniform(-1, 1) * Math.log(zoom)),
    shiftX: rng.uniform(-shift, shift),
    shiftY: rng.uniform(-shift, shift),
  });
  const gain = rng.uniform(0.85, 1.15);
  const pixels = turned.data.subarray(0, data.size ** 2);
  for (let i = 0; i < pixels.length; i++) pixels[i] *= gain;
  return turned;
}

function feeds(pictures: readonly ChannelImage[]): Feeds {
  const size = pictures[0].width;
  const half = size / 2;
  const [area, cells] = [size * size, half * half];
  const image = new Float32Array(pictures.length * area);
  const share = new Float32Array(pictures.length * cells);
  pictures.forEach(({ data }, n) => {
    image.set(data.subarray(0, area), n * area);
    for (let i = 0; i < cells; i++) {
      const at = area + 2 * Math.floor(i / half) * size + 2 * (i % half);
      share[n * cells + i] = (data[at] + data[at + 1] + data[at + size] + data[at + size + 1]) / 4;
    }
  });
  return { image, share, majority: share.map((value) => (value >= 0.5 ? 1 : 0)) };
}

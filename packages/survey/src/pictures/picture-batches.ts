import type { Feeds, NumberedBatches } from '@blemish/engine';
import { flipImage, warpImage } from '@blemish/imaging';
import type { ChannelImage } from '@blemish/imaging';
import { Rng } from '@blemish/sky';
import type { SegmentationRecipe } from '../segmentation-recipe.ts';
import { shuffle } from '../training/shuffle.ts';
import type { PictureSample, SampleSource } from './samples.ts';

/** Random streams of orders and of what is drawn for a picture, which no others use. */
const [orderStream, pictureStream] = [3000, 3_000_000];
/** More pictures than an epoch has. */
const picturesApart = 1_000_000;

/** Pixels along one bin: the network sees means of 2×2 pixels, and answers for cells of two bins. */
export const binSide = 2;

/** Grey value that parts CCDs (from some 33 on) from what lies between them (23, a little more or less in a JPEG). */
const groundLimit = 30;
/** Deviations at which brightness is cut off: stars are many times brighter than anything that is looked for. */
const [darkest, brightest] = [-4, 6];
/** Median absolute deviation of a normal distribution whose standard deviation is 1. */
const normalMad = 0.6745;

/** What the network sees of each bin: its brightness in deviations from the median of the CCDs, 0 between them, and whether there is a CCD. */
export const networkChannels = 2;

/** @returns [networkChannels, bins, bins] */
export function networkPixels(pixels: Uint8Array, size: number): Float32Array {
  const grey = bin(pixels, size, binSide);
  const lit = grey.filter((value) => value > groundLimit).sort();
  const middle = lit[lit.length >> 1] ?? 0;
  const apart = lit.map((value) => Math.abs(value - middle)).sort();
  const deviation = Math.max(1, (apart[apart.length >> 1] ?? 0) / normalMad);
  const out = new Float32Array(networkChannels * grey.length);
  for (let i = 0; i < grey.length; i++) {
    if (grey[i] <= groundLimit) continue;
    out[i] = Math.min(brightest, Math.max(darkest, (grey[i] - middle) / deviation));
    out[grey.length + i] = 1;
  }
  return out;
}

/** Means of `side`×`side` pixels of a square. */
function bin(pixels: ArrayLike<number>, size: number, side: number): Float32Array {
  const bins = size / side;
  const out = new Float32Array(bins * bins);
  for (let y = 0; y < size; y++) {
    const row = Math.floor(y / side) * bins;
    for (let x = 0; x < size; x++) out[row + Math.floor(x / side)] += pixels[y * size + x];
  }
  return out.map((sum) => sum / (side * side));
}

/** Batches of an epoch in an order of its own; what is left over makes a smaller batch. */
export function batchesPerEpoch(pictures: number, batch: number): number {
  return Math.ceil(pictures / batch);
}

/**
 * Fed are `image` [N, 2, size / 2, size / 2], and for each cell of 2×2 bins `share` [N, 1, size / 4, size / 4], the share of the annotators who marked it, and
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

/** Channels of what the network sees, and one of what it is to answer: they are varied alike. */
function asChannels({ pixels, votes, voters }: PictureSample, size: number): ChannelImage {
  const bins = size / binSide;
  const data = new Float32Array((networkChannels + 1) * bins * bins);
  data.set(networkPixels(pixels, size));
  data.set(
    bin(votes, size, binSide).map((count) => count / voters),
    networkChannels * bins * bins,
  );
  return { data, channels: networkChannels + 1, height: bins, width: bins };
}

function varied(sample: PictureSample, { data, training }: SegmentationRecipe, rng: Rng): ChannelImage {
  const { zoom, rotation, shift } = training;
  const flipped = flipImage(asChannels(sample, data.size), { x: rng.chance(0.5), y: rng.chance(0.5) });
  const turned = warpImage(flipped, {
    rotationDegrees: 90 * rng.integer(0, 1) + rng.uniform(-rotation, rotation),
    scale: Math.exp(rng.uniform(-1, 1) * Math.log(zoom)),
    shiftX: rng.uniform(-shift, shift) / binSide,
    shiftY: rng.uniform(-shift, shift) / binSide,
  });
  const gain = rng.uniform(0.85, 1.15);
  const pixels = turned.data.subarray(0, turned.width ** 2);
  for (let i = 0; i < pixels.length; i++) pixels[i] *= gain;
  return turned;
}

function feeds(pictures: readonly ChannelImage[]): Feeds {
  const bins = pictures[0].width;
  const [area, cells] = [bins ** 2, (bins / 2) ** 2];
  const image = new Float32Array(pictures.length * networkChannels * area);
  const share = new Float32Array(pictures.length * cells);
  pictures.forEach(({ data }, n) => {
    image.set(data.subarray(0, networkChannels * area), n * networkChannels * area);
    share.set(bin(data.subarray(networkChannels * area), bins, 2), n * cells);
  });
  return { image, share, majority: share.map((value) => (value >= 0.5 ? 1 : 0)) };
}

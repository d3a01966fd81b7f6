import type { Feeds, NumberedBatches } from '@blemish/engine';
import { warpImage } from '@blemish/imaging';
import { Rng } from '@blemish/sky';
import type { AutoencoderRecipe } from '../autoencoder-recipe.ts';
import type { StampInput } from '../bundle-description.ts';
import type { FrameStore } from './frame-store.ts';
import { shuffle } from './shuffle.ts';

/** Random streams of orders and of what is drawn for a batch, which no others use. */
const [orderStream, batchStream] = [1000, 1_000_000];
/** More batches than an epoch has. */
const batchesApart = 1_000_000;

type Rotation = AutoencoderRecipe['training']['rotation'];

/** A frame as the network takes it. */
export const frameInput: StampInput = { channels: 1, height: 28, width: 28, layout: 'channels-first' };

export interface FrameBatchOptions {
  readonly store: FrameStore;
  /** Frames to learn from, by their places in the store. */
  readonly places: Uint32Array;
  readonly recipe: AutoencoderRecipe;
}

/** Whole batches of an epoch; of fewer frames than one takes, one batch. Frames left over come in another epoch's order. */
export function batchesPerEpoch(frames: number, batch: number): number {
  return Math.max(1, Math.floor(frames / batch));
}

/**
 * Batches in an order of the epoch's own, each frame turned and its noise drawn anew: the same whenever the same epoch is asked for.
 * Fed are `image` and `target` [N, 1, 28, 28], which are the same frames, and `noise` [N, latent].
 */
export function trainingBatches({ store, places, recipe }: FrameBatchOptions): NumberedBatches {
  const { batch: size, rotation } = recipe.training;
  const { latent } = recipe.model;
  return {
    async *from(epoch, first) {
      const order = shuffle([...places], new Rng(recipe.seed, orderStream + epoch));
      for (let batch = first; batch < batchesPerEpoch(places.length, size); batch++) {
        const chosen = order.slice(batch * size, (batch + 1) * size);
        const rng = new Rng(recipe.seed, batchStream + epoch * batchesApart + batch);
        const image = turnFrames(await store.read(chosen), rotation, rng);
        const noise = Float32Array.from({ length: chosen.length * latent }, () => rng.normal());
        yield { image, noise, target: image };
      }
    },
  };
}

/** All frames once, in order and as they are, decoded from their means: `noise` is 0. */
export async function* plainBatches({ store, places, recipe }: FrameBatchOptions): AsyncGenerator<Feeds> {
  const { batch: size } = recipe.training;
  for (let from = 0; from < places.length; from += size) {
    const chosen = places.subarray(from, from + size);
    const image = await store.read(chosen);
    yield { image, noise: new Float32Array(chosen.length * recipe.model.latent), target: image };
  }
}

function turnFrames(frames: Float32Array, rotation: Rotation, rng: Rng): Float32Array {
  if (rotation === 'none') return frames;
  const { channels, height, width } = frameInput;
  const area = height * width;
  const out = new Float32Array(frames.length);
  for (let at = 0; at < frames.length; at += area) {
    const rotationDegrees = rotation === 'free' ? rng.uniform(0, 360) : 90 * rng.integer(0, 3);
    const image = { data: frames.subarray(at, at + area), channels, height, width };
    out.set(warpImage(image, { rotationDegrees }).data, at);
  }
  return out;
}

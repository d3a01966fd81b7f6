import { serveBatches } from '@blemish/engine/workers';
import { Rng, simulatedClasses } from '@blemish/sky';
import type { CcdRecipe } from '../recipe.ts';
import { artifactClass } from '../taxonomy.ts';
import { makeBatch } from './ccd-batches.ts';
import { sampleRecords } from './ccd-sample.ts';
import { SampleStore } from './sample-store.ts';
import { shuffle } from './shuffle.ts';

/** A set of samples and how batches are made of it. */
export interface BatchSettings {
  readonly folder: string;
  readonly length: number;
  readonly recipe: CcdRecipe;
  /** Shuffled and varied anew each epoch; else in order and as they are. */
  readonly training: boolean;
}

const classes = simulatedClasses.map(artifactClass);

/** Random streams of orders and of augmentation, which no others use. */
const [orderStream, augmentationStream] = [1000, 1_000_000];
/** More batches than an epoch has. */
const batchesApart = 1_000_000;

serveBatches(({ folder, length, recipe, training }: BatchSettings) => {
  const { preprocess, seed } = recipe;
  const { batch: size, minimum_snr: minimumSnr, crop } = recipe.training;
  const store = SampleStore.reopen(folder, length, sampleRecords(preprocess, classes.length));
  const inOrder = Array.from({ length }, (_, i) => i);
  let shuffled = { epoch: -1, order: inOrder };
  const orderOf = (epoch: number): readonly number[] => {
    if (!training) return inOrder;
    if (shuffled.epoch !== epoch) {
      shuffled = { epoch, order: shuffle(inOrder, new Rng(seed, orderStream + epoch)) };
    }
    return shuffled.order;
  };
  return async ({ epoch, batch }) => {
    const samples = await store;
    const chosen = orderOf(epoch).slice(batch * size, (batch + 1) * size);
    const read = await Promise.all(chosen.map((i) => samples.read(i)));
    const rng = new Rng(seed, augmentationStream + epoch * batchesApart + batch);
    const made = makeBatch(read, classes, preprocess, minimumSnr, training ? { rng, crop } : undefined);
    return { ...made };
  };
});

import { Rng, simulatedClasses } from '@blemish/sky';
import { sha256 } from '../bundle.ts';
import type { CcdImageRecipe } from '../ccd-image-recipe.ts';
import { seedTries } from '../ccd-image-recipe.ts';
import { binnedSize, greyImage } from '../preprocess/binned-ccd.ts';
import { artifactClass } from '../taxonomy.ts';
import type { SampleStore } from '../training/sample-store.ts';
import { simulatedStore } from '../training/simulated-store.ts';
import { imageRecords } from './sample.ts';
import type { CcdImageSample } from './sample.ts';
import type { ImageSimulation } from './simulate-worker.ts';

/** Raise where the simulator, the bins or the rules above them change in a way that makes CCDs on disk another set. */
const setVersion = 2;

/** The null class, as the Exposure Checker's paper has it. */
export const noArtifact = 'No artifact';

/** Artifacts that count for a recipe. */
export function countedClasses({ data }: Pick<CcdImageRecipe, 'data'>): readonly string[] {
  return data.classes === 'all'
    ? simulatedClasses
    : simulatedClasses.filter((name) => artifactClass(name).code !== null);
}

/** The simulated CCDs of a recipe: the set, then those of validation. Recipes that differ in the learner alone share a folder. */
export function openImageStore(
  folder: string,
  recipe: CcdImageRecipe,
  onSample: (done: number, total: number) => void,
  signal?: AbortSignal,
): Promise<SampleStore<CcdImageSample>> {
  const { data, preprocess } = recipe;
  const length = data.ccds + data.validation;
  const classes = countedClasses(recipe);
  const settings: ImageSimulation = {
    ...{ seed: data.seed, length, tries: seedTries, classes, minimumSnr: data.minimum_snr },
    ...{ width: data.width, height: data.height, mesh: preprocess.mesh },
  };
  return simulatedStore({
    ...{ folder, length, settings, signal },
    key: sha256(JSON.stringify({ setVersion, settings, simulatedClasses })),
    format: imageRecords(data.width, data.height, classes.length),
    worker: new URL('./simulate-worker.ts', import.meta.url),
    taskOf: (i) => i,
    onSample: (done) => onSample(done, length),
  });
}

/** Grey images in memory, with one label each. */
export interface ImageSet {
  readonly count: number;
  readonly width: number;
  readonly height: number;
  /** [count, height, width] */
  readonly images: Uint8Array;
  /** What is drawn as each CCD's class: 0 none, k + 1 class k of those that count. */
  readonly labels: Uint8Array;
}

/** Which CCDs of a set are for what, by place. */
export interface ImageParts {
  readonly training: Int32Array;
  readonly heldOut: Int32Array;
  readonly validation: Int32Array;
}

export function imageParts({ data }: Pick<CcdImageRecipe, 'data'>): ImageParts {
  const { ccds, validation, held_out: share } = data;
  const heldOut = Math.max(2, Math.round(share * ccds));
  const places = (from: number, to: number) => Int32Array.from({ length: to - from }, (_, i) => from + i);
  return {
    training: places(0, ccds - heldOut),
    heldOut: places(ccds - heldOut, ccds),
    validation: places(ccds, ccds + validation),
  };
}

const labelStream = 40_000_000;

/**
 * Makes the images of a recipe from what is on disk. Of several artifacts that count on a CCD one is drawn as its class, hanging on the
 * recipe's seed and the CCD alone.
 */
export async function loadImageSet(
  store: SampleStore<CcdImageSample>,
  { data, preprocess, seed }: CcdImageRecipe,
): Promise<ImageSet> {
  const width = binnedSize(data.width, preprocess.bin);
  const height = binnedSize(data.height, preprocess.bin);
  const count = store.length;
  const images = new Uint8Array(count * width * height);
  const labels = new Uint8Array(count);
  for (let i = 0; i < count; i++) {
    const sample = await store.read(i);
    images.set(greyImage(sample, preprocess), i * width * height);
    const present = Array.from(sample.snr.keys()).filter((k) => sample.snr[k] >= data.minimum_snr);
    if (present.length > 0) labels[i] = 1 + new Rng(seed, labelStream + i).pick(present);
  }
  return { count, width, height, images, labels };
}

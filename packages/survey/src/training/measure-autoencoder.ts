import { exportOnnx, loadModel } from '@blemish/engine';
import type { Weights } from '@blemish/engine';
import { bootstrapMany } from '@blemish/evaluate';
import type { Interval } from '@blemish/evaluate';
import { vae } from '@blemish/learn';
import { Rng } from '@blemish/sky';
import type { AutoencoderRecipe } from '../autoencoder-recipe.ts';
import { fitComponents, meanFrame } from './frame-baselines.ts';
import { frameInput } from './frame-batches.ts';
import type { FrameStore, StoredObject } from './frame-store.ts';
import { networkShape } from '../stamps/stamp-batch.ts';
import { shuffle } from './shuffle.ts';

/** What makes a frame again: the network from its means, the mean of all training frames, their principal components. */
export const reconstructions = ['network', 'mean frame', 'principal components'] as const;
export type Reconstruction = (typeof reconstructions)[number];

export interface ReconstructionFigures {
  readonly frames: number;
  readonly objects: number;
  /** Mean over frames of the mean over pixels of log cosh(x − x̂), what the network is trained for; intervals by object. */
  readonly logCosh: Readonly<Record<Reconstruction, Interval>>;
  /** The same of (x − x̂)², what principal components are best at. */
  readonly squaredError: Readonly<Record<Reconstruction, Interval>>;
  /** Network less principal components, on the same resamples: below 0 where the network is better. */
  readonly difference: { readonly logCosh: Interval; readonly squaredError: Interval };
  /** As many as the network has latent numbers, where there are frames enough. */
  readonly components: number;
}

/** A frame beside what is made of it, pixels from 0 to 1. */
export interface FrameExample {
  readonly oid: string;
  /** Place among the object's frames in the store, from 0. */
  readonly frame: number;
  readonly logCosh: number;
  readonly original: Float32Array;
  readonly made: Readonly<Record<Reconstruction, Float32Array>>;
}

export interface AutoencoderMeasure {
  readonly figures: ReconstructionFigures;
  readonly random: readonly FrameExample[];
  readonly worst: readonly FrameExample[];
}

export interface MeasureOptions {
  readonly store: FrameStore;
  /** Training frames by place; validation objects. */
  readonly training: Uint32Array;
  readonly validation: readonly StoredObject[];
  readonly recipe: AutoencoderRecipe;
  readonly weights: Weights;
  readonly threads: number;
}

/** Frames read at once. */
const blockFrames = 256;
const exampleStream = 2000;
const [examples, resamples] = [10, 1000];

/** How well frames of held-out objects are made again, beside two ways that need no network. */
export async function measureAutoencoder(options: MeasureOptions): Promise<AutoencoderMeasure> {
  const { store, validation, recipe, weights, threads } = options;
  const { latent } = recipe.model;
  const { size } = store;
  const rng = new Rng(recipe.seed, exampleStream);
  const mean = await meanFrame(store, options.training);
  const components = await fitComponents(store, options.training, latent, rng);
  const model = await loadModel(exportOnnx(vae({ latent }), weights), { threads });
  const picked = new Set(shuffle(placesOf(validation), rng).slice(0, examples));
  const gallery = new Gallery(picked);
  // Sums of the two errors over an object's frames, for each reconstruction.
  const logCosh = reconstructions.map(() => new Float64Array(validation.length));
  const squared = reconstructions.map(() => new Float64Array(validation.length));
  try {
    for (const [o, { oid, from, count }] of validation.entries()) {
      for (let first = 0; first < count; first += blockFrames) {
        const places = Array.from(
          { length: Math.min(blockFrames, count - first) },
          (_, k) => from + first + k,
        );
        const frames = await store.read(places);
        const { reconstruction } = await model.run({
          image: { data: frames, shape: networkShape(places.length, frameInput) },
          noise: { data: new Float32Array(places.length * latent), shape: [places.length, latent] },
        });
        const byComponents = components?.remake(frames, places.length) ?? null;
        for (const [k, place] of places.entries()) {
          const of = (all: Float32Array): Float32Array => all.subarray(k * size, (k + 1) * size);
          const made: FrameExample['made'] = {
            network: of(reconstruction.data),
            'mean frame': mean,
            'principal components': byComponents === null ? mean : of(byComponents),
          };
          const errors = reconstructions.map((name) => frameErrors(of(frames), made[name]));
          for (const [r, error] of errors.entries()) {
            logCosh[r][o] += error.logCosh;
            squared[r][o] += error.squared;
          }
          const about = { oid, frame: first + k, logCosh: errors[0].logCosh };
          gallery.offer(place, { ...about, original: of(frames), made });
        }
      }
    }
  } finally {
    await model.close();
  }
  const counts = Float64Array.from(validation, ({ count }) => count);
  const figures = intervals(logCosh, squared, counts, recipe.seed);
  const frames = counts.reduce((sum, count) => sum + count, 0);
  return {
    figures: { frames, objects: validation.length, components: components?.count ?? 0, ...figures },
    random: gallery.random,
    worst: gallery.worst,
  };
}

/** Keeps copies of the frames picked and of those made again worst. */
class Gallery {
  readonly random: FrameExample[] = [];
  worst: FrameExample[] = [];
  readonly #picked: ReadonlySet<number>;

  constructor(picked: ReadonlySet<number>) {
    this.#picked = picked;
  }

  /** @param example whose pixels may lie in memory that is used again */
  offer(place: number, example: FrameExample): void {
    const isBad = this.worst.length < examples || example.logCosh > this.worst.at(-1)!.logCosh;
    if (!isBad && !this.#picked.has(place)) return;
    const { network, ...made } = example.made;
    const components = made['principal components'].slice();
    const kept = {
      ...example,
      original: example.original.slice(),
      made: { ...made, network: network.slice(), 'principal components': components },
    };
    if (this.#picked.has(place)) this.random.push(kept);
    if (!isBad) return;
    this.worst = [...this.worst, kept].sort((a, b) => b.logCosh - a.logCosh).slice(0, examples);
  }
}

/** Places of the frames of objects. */
export function placesOf(objects: readonly StoredObject[]): number[] {
  return objects.flatMap(({ from, count }) => Array.from({ length: count }, (_, k) => from + k));
}

function frameErrors(
  original: Float32Array,
  made: Float32Array,
): { readonly logCosh: number; readonly squared: number } {
  let logCosh = 0;
  let squared = 0;
  for (let i = 0; i < original.length; i++) {
    const difference = original[i] - made[i];
    logCosh += Math.log(Math.cosh(difference));
    squared += difference * difference;
  }
  return { logCosh: logCosh / original.length, squared: squared / original.length };
}

function intervals(
  logCosh: readonly Float64Array[],
  squared: readonly Float64Array[],
  counts: Float64Array,
  seed: number,
): Pick<ReconstructionFigures, 'logCosh' | 'squaredError' | 'difference'> {
  const found = bootstrapMany(
    (weights) => {
      const mean = (sums: Float64Array): number => {
        let [sum, count] = [0, 0];
        for (let o = 0; o < sums.length; o++) {
          sum += weights[o] * sums[o];
          count += weights[o] * counts[o];
        }
        return sum / count;
      };
      const [cosh, square] = [logCosh.map(mean), squared.map(mean)];
      return [...cosh, cosh[0] - cosh[2], ...square, square[0] - square[2]].map((value) => ({ value }));
    },
    counts.length,
    { samples: resamples, seed },
  );
  const named = (from: number) =>
    Object.fromEntries(reconstructions.map((name, r) => [name, found[from + r]])) as Record<
      Reconstruction,
      Interval
    >;
  const errors = reconstructions.length;
  return {
    logCosh: named(0),
    squaredError: named(errors + 1),
    difference: { logCosh: found[errors], squaredError: found[2 * errors + 1] },
  };
}

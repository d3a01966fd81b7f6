import { encodeSafetensors, decodeTypedSafetensors } from '@blemish/engine';
import type { TypedArray } from '@blemish/engine';
import { fitPipeline, learners, loadPipeline, matrix, transforms } from '@blemish/learn';
import type { FittedClassifier, FittedTransform, LearnerName, Matrix, SavedParts } from '@blemish/learn';
import { Rng } from '@blemish/sky';
import * as z from 'zod';
import type { StampDescription } from '../bundle-description.ts';
import type { Bundle } from '../bundle.ts';
import { SurveyError } from '../errors.ts';
import type { StampRecipe } from '../stamp-recipe.ts';
import type { StampSet } from '../stamps/read-stamp-set.ts';
import { shuffle } from '../training/shuffle.ts';
import type { StampFit } from './fit-network.ts';
import { StampFeed } from './stamp-feed.ts';

/** Which pixels are looked at: channels, and squares of pixels averaged first. */
const pixelSettings = z.object({ channels: z.array(z.int().min(0)), bin: z.int().min(1) });
type PixelSettings = z.infer<typeof pixelSettings>;

const parts = z.object({ kind: z.string(), version: z.int(), settings: z.record(z.string(), z.unknown()) });
const settingsSchema = pixelSettings.extend({ pca: parts, pipeline: parts });

/** A learner of tables behind principal components of the pixels of stamps. */
export interface StampTableModel {
  /** [n, K] probabilities of prepared stamps [n, C, H, W]. */
  predict(prepared: Float32Array, shape: Pick<StampSet, 'channels' | 'height' | 'width'>): Promise<Matrix>;
  close(): Promise<void>;
}

const fitStream = 90_000_000;
const kind = 'stamp-components';
const version = 1;

/**
 * Fits components on some training stamps and the learner on all; the components are scaled to variance 1 each among the training stamps.
 * @throws SurveyError RECIPE_INVALID for channels the set lacks and options the learner refuses, TABLE_REFUSED
 */
export async function fitStampTable(fit: StampFit): Promise<{
  readonly bytes: Uint8Array;
  readonly tableModel: NonNullable<StampDescription['tableModel']>;
}> {
  const { recipe, stamps, parts: split, seed, signal, threads } = fit;
  const { set, classes, places } = { ...stamps, places: split.training.places };
  const pixels = pixelsOf(recipe, set);
  const feed = new StampFeed(set, { version: 1, name: recipe.preprocess });
  const learner = learners[recipe.model.learner as LearnerName];
  const checked = learner?.options.safeParse(recipe.model.options);
  if (checked?.success === false) {
    throw new SurveyError('RECIPE_INVALID', `model.options: ${z.prettifyError(checked.error)}`);
  }
  const sampled = shuffle(Array.from(places), new Rng(seed, fitStream)).slice(0, recipe.features.fit_stamps);
  fit.onProgress(0, 3, 'principal components');
  const sample = pixelRows(feed, set, Int32Array.from(sampled), pixels);
  const most = Math.min(sample.columns, sample.rows - 1);
  const components = Math.min(recipe.features.components, most);
  if (components < recipe.features.components)
    fit.onNote(`${components} principal components are all there are`);
  const pca = await refused(set.path, () =>
    transforms.pca!.fit(
      // Classes play no part in components.
      { x: sample, y: Uint8Array.from({ length: sample.rows }, (_, i) => i % 2), classes: 2 },
      transforms.pca!.options.parse({ components, solver: 'randomized' }),
      { seed, ...(signal ? { signal } : {}) },
    ),
  );
  fit.onProgress(1, 3, 'components of all stamps');
  const x = componentRows(feed, set, places, pixels, pca);
  fit.onProgress(2, 3, `fitting ${recipe.model.learner}`);
  const pipeline = await refused(set.path, () =>
    fitPipeline(
      {
        steps: [{ name: 'standard-scale' }],
        learner: { name: recipe.model.learner as LearnerName, options: recipe.model.options },
        ...(recipe.training.class_weights === 'balanced' ? { classWeights: 'balanced' as const } : {}),
      },
      {
        ...{ x, y: split.training.y, classes: classes.length, columns: pca.names },
        ...(split.training.groups === null ? {} : { groups: groupNumbers(split.training.groups) }),
      },
      { seed, threads, ...(signal ? { signal } : {}) },
    ),
  );
  pipeline.warnings.forEach(fit.onNote);
  const saved = { pca: pca.save(), pipeline: pipeline.save() };
  await pipeline.close?.();
  return encode(pixels, saved);
}

function encode(pixels: PixelSettings, saved: { readonly pca: SavedParts; readonly pipeline: SavedParts }) {
  const arrays = new Map<string, TypedArray>();
  const nested = (name: keyof typeof saved) => {
    const { arrays: own, ...rest } = saved[name];
    for (const [key, array] of Object.entries(own)) arrays.set(`${name}/${key}`, array);
    return rest;
  };
  const settings = { ...pixels, pca: nested('pca'), pipeline: nested('pipeline') };
  return {
    bytes: encodeSafetensors(arrays, { format: 'blemish-stamp-table' }),
    tableModel: { kind, version, settings },
  };
}

/** @throws SurveyError MODEL_INVALID */
export async function loadStampTable({
  description,
  network,
  folder,
}: Pick<Bundle<'stamp'>, 'description' | 'network' | 'folder'>): Promise<StampTableModel> {
  let pca: FittedTransform;
  let pipeline: FittedClassifier;
  let pixels: PixelSettings;
  try {
    const settings = settingsSchema.parse(description.tableModel?.settings);
    const all = [...decodeTypedSafetensors(network)];
    const nested = (name: 'pca' | 'pipeline'): SavedParts => ({
      ...settings[name],
      arrays: Object.fromEntries(
        all.flatMap(([key, array]) =>
          key.startsWith(`${name}/`) ? [[key.slice(name.length + 1), array] as const] : [],
        ),
      ),
    });
    pixels = settings;
    pca = transforms.pca!.load(nested('pca'));
    pipeline = await loadPipeline(nested('pipeline'));
  } catch (cause) {
    throw new SurveyError('MODEL_INVALID', (cause as Error).message, { path: folder, cause });
  }
  return {
    predict: (prepared, shape) => pipeline.predictProba(pca.apply(binned(prepared, shape, pixels))),
    close: async () => pipeline.close?.(),
  };
}

/** @throws SurveyError RECIPE_INVALID */
function pixelsOf({ features }: StampRecipe, { channels }: StampSet): PixelSettings {
  const chosen = features.channels ?? Array.from({ length: channels }, (_, c) => c);
  const beyond = chosen.find((c) => c >= channels);
  if (beyond !== undefined) {
    throw new SurveyError(
      'RECIPE_INVALID',
      `features.channels: there is no channel ${beyond}; the stamps have ${channels}, counted from 0`,
    );
  }
  return { channels: chosen, bin: features.bin };
}

/** Stamps prepared at a time. */
const block = 256;

function pixelRows(feed: StampFeed, set: StampSet, places: Int32Array, pixels: PixelSettings): Matrix {
  let out: Matrix | null = null;
  for (let from = 0; from < places.length; from += block) {
    const some = binned(feed.take(places.subarray(from, from + block)), set, pixels);
    out ??= matrix(places.length, some.columns);
    out.data.set(some.data, from * some.columns);
  }
  return out ?? matrix(0, 0);
}

function componentRows(
  feed: StampFeed,
  set: StampSet,
  places: Int32Array,
  pixels: PixelSettings,
  pca: FittedTransform,
): Matrix {
  const out = matrix(places.length, pca.names.length);
  for (let from = 0; from < places.length; from += block) {
    const rows = pca.apply(pixelRows(feed, set, places.subarray(from, from + block), pixels));
    out.data.set(rows.data, from * out.columns);
  }
  return out;
}

/** Means of squares of pixels of the chosen channels, one row a stamp; squares at the right and lower edge may be smaller. */
export function binned(
  stamps: Float32Array,
  { channels, height, width }: Pick<StampSet, 'channels' | 'height' | 'width'>,
  { channels: chosen, bin }: PixelSettings,
): Matrix {
  const [rows, columns] = [Math.ceil(height / bin), Math.ceil(width / bin)];
  const size = channels * height * width;
  const count = stamps.length / size;
  const out = matrix(count, chosen.length * rows * columns);
  for (let i = 0; i < count; i++) {
    for (const [k, c] of chosen.entries()) {
      const from = i * size + c * height * width;
      const to = i * out.columns + k * rows * columns;
      for (let y = 0; y < height; y++) {
        const row = to + Math.floor(y / bin) * columns;
        const down = Math.min(bin, height - y + (y % bin));
        for (let x = 0; x < width; x++) {
          const across = Math.min(bin, width - x + (x % bin));
          out.data[row + Math.floor(x / bin)] += stamps[from + y * width + x] / (down * across);
        }
      }
    }
  }
  return out;
}

function groupNumbers(groups: readonly string[]): Int32Array {
  const numbers = new Map<string, number>();
  return Int32Array.from(groups, (group) => {
    const number = numbers.get(group) ?? numbers.size;
    numbers.set(group, number);
    return number;
  });
}

/** What a learner refuses, as an error of the set. */
async function refused<T>(path: string, body: () => Promise<T>): Promise<T> {
  try {
    return await body();
  } catch (cause) {
    if (cause instanceof RangeError) throw new SurveyError('TABLE_REFUSED', cause.message, { path, cause });
    throw cause;
  }
}

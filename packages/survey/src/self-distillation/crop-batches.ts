import type { Feeds, NumberedBatches } from '@blemish/engine';
import { Rng } from '@blemish/sky';
import type { SelfDistillationRecipe } from '../self-distillation-recipe.ts';
import { batchesPerEpoch } from '../training/frame-batches.ts';
import { shuffle } from '../training/shuffle.ts';
import { cropView } from './crop-view.ts';
import type { GreyScale, View } from './crop-view.ts';
import type { ViewSet } from './view-set.ts';

/** Random streams of orders, of what is drawn for a batch, and for validation, which no others use. */
const [orderStream, batchStream, validationStream] = [2000, 2_000_000, 3000];
/** More batches than an epoch has. */
const batchesApart = 1_000_000;

export interface CropBatchOptions {
  readonly set: ViewSet;
  readonly grey: GreyScale;
  readonly recipe: SelfDistillationRecipe;
  /** Side of the large crops in pixels. */
  readonly largeSize: number;
  /** What the teacher's outputs are divided by in each step, the first being 0. */
  readonly temperature: (step: number) => number;
  /** CCDs to draw from, by their places in the set. */
  readonly places: Uint32Array;
}

/**
 * Batches in an order of the epoch's own, every crop drawn anew: the same whenever the same epoch is asked for. Fed are `large`
 * [N, L, side, side], `small` [N, S, side', side'] and `temperature` [N, 1, 1].
 */
export function cropBatches(options: CropBatchOptions): NumberedBatches {
  const { places, recipe, temperature } = options;
  const { batch: size } = recipe.training;
  const count = batchesPerEpoch(places.length, size);
  const draw = new CropDrawer(options);
  return {
    *from(epoch, first) {
      const order = shuffle([...places], new Rng(recipe.seed, orderStream + epoch));
      for (let batch = first; batch < count; batch++) {
        const rng = new Rng(recipe.seed, batchStream + epoch * batchesApart + batch);
        const chosen = order.slice(batch * size, (batch + 1) * size);
        yield draw.batch(chosen, temperature(epoch * count + batch), rng);
      }
    },
  };
}

/** All CCDs once and in order, with crops that are the same in every epoch. */
export function* validationBatches(options: CropBatchOptions, step: number): Generator<Feeds> {
  const { places, recipe, temperature } = options;
  const { batch: size } = recipe.training;
  const draw = new CropDrawer(options);
  const rng = new Rng(recipe.seed, validationStream);
  for (let from = 0; from < places.length; from += size) {
    yield draw.batch([...places.subarray(from, from + size)], temperature(step), rng);
  }
}

class CropDrawer {
  readonly #options: CropBatchOptions;
  /** CCDs of each group among those to draw from. */
  readonly #mates = new Map<number, number[]>();

  constructor(options: CropBatchOptions) {
    this.#options = options;
    const { groups } = options.set;
    for (const place of options.places) {
      const mates = this.#mates.get(groups[place]);
      if (mates === undefined) this.#mates.set(groups[place], [place]);
      else mates.push(place);
    }
  }

  batch(places: readonly number[], temperature: number, rng: Rng): Feeds {
    const { recipe, largeSize, grey } = this.#options;
    const { crops } = recipe;
    const small = new Float32Array(places.length * crops.small * crops.small_size ** 2);
    const large = new Float32Array(places.length * crops.large * largeSize ** 2);
    const fill = (out: Float32Array, side: number, count: number, k: number, views: readonly View[]) => {
      const area = side * side;
      for (let i = 0; i < count; i++) {
        const from = (k * count + i) * area;
        const view = views[i % views.length];
        cropView(view, side, crops, grey, rng, out.subarray(from, from + area));
      }
    };
    for (const [k, place] of places.entries()) {
      const views = this.#viewsOf(place, rng);
      fill(large, largeSize, crops.large, k, views);
      fill(small, crops.small_size, crops.small, k, views);
    }
    return {
      large,
      ...(crops.small > 0 ? { small } : {}),
      temperature: new Float32Array(places.length).fill(temperature),
    };
  }

  /** The views that the crops of a CCD are of, in turn. */
  #viewsOf(place: number, rng: Rng): readonly View[] {
    const { recipe, set } = this.#options;
    const { whole, across_views: acrossViews, across_ccds: acrossCcds } = recipe.crops;
    const drawn = rng.uniform();
    const detail = () => (set.views === 1 ? 0 : rng.integer(1, set.views - 1));
    if (drawn < acrossViews && set.views > 1) {
      return [this.#view(place, 0), this.#view(place, detail())];
    }
    const isWhole = rng.uniform() < whole;
    const mates = this.#mates.get(set.groups[place])!.filter((other) => other !== place);
    if (drawn >= acrossViews && drawn < acrossViews + acrossCcds && mates.length > 0) {
      const mate = mates[rng.integer(0, mates.length - 1)];
      return [place, mate].map((each) => this.#view(each, isWhole ? 0 : detail()));
    }
    return [this.#view(place, isWhole ? 0 : detail())];
  }

  #view(place: number, channel: number): View {
    const { pixels, size, views } = this.#options.set;
    return { pixels, offset: place * size * size * views + channel, stride: views, size };
  }
}

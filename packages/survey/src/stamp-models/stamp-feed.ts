import type { Rng } from '@blemish/sky';
import { preprocessStamp } from '../preprocess/stamp-preprocess.ts';
import type { StampPreprocess } from '../preprocess/stamp-preprocess.ts';
import type { StampRecipe } from '../stamp-recipe.ts';
import type { StampSet } from '../stamps/read-stamp-set.ts';

/** How one stamp is changed: mirrored, turned by quarters to the left, moved by pixels. */
export interface StampChange {
  readonly mirror: boolean;
  readonly flip: boolean;
  /** 0 … 3 */
  readonly quarters: number;
  readonly dx: number;
  readonly dy: number;
}

const unchanged: StampChange = { mirror: false, flip: false, quarters: 0, dx: 0, dy: 0 };

/** One change as the recipe allows it. */
export function drawChange(
  { flips, turns, shift }: StampRecipe['augment'],
  { height, width }: Pick<StampSet, 'height' | 'width'>,
  rng: Rng,
): StampChange {
  const step = height === width ? 1 : 2;
  return {
    mirror: flips && rng.integer(0, 1) === 1,
    flip: flips && rng.integer(0, 1) === 1,
    quarters: turns ? step * rng.integer(0, 4 / step - 1) : 0,
    dx: shift > 0 ? rng.integer(-shift, shift) : 0,
    dy: shift > 0 ? rng.integer(-shift, shift) : 0,
  };
}

/** Makes network inputs of the stamps of a set, some at a time. */
export class StampFeed {
  readonly #set: StampSet;
  readonly #preprocess: StampPreprocess;
  readonly #stamp: Float64Array;

  constructor(set: StampSet, preprocess: StampPreprocess) {
    this.#set = set;
    this.#preprocess = preprocess;
    this.#stamp = new Float64Array(set.channels * set.height * set.width);
  }

  /** Values of one stamp. */
  get size(): number {
    return this.#stamp.length;
  }

  /**
   * The stamps at these places as the network takes them, [n, C, H, W].
   * @param changeOf how each is changed; absent: as it is
   */
  take(places: ArrayLike<number>, changeOf: (i: number) => StampChange = () => unchanged): Float32Array {
    const out = new Float32Array(places.length * this.size);
    for (let i = 0; i < places.length; i++) {
      this.#gather(places[i], changeOf(i));
      const to = out.subarray(i * this.size, (i + 1) * this.size);
      preprocessStamp(this.#preprocess, this.#stamp, this.#set, to);
    }
    return out;
  }

  /** One stamp [H, W, C], changed, as [C, H, W] in double precision. */
  #gather(place: number, change: StampChange): void {
    const { pixels, height, width, channels } = this.#set;
    const base = place * this.size;
    const { rows, columns } = sources(change, height, width);
    const stamp = this.#stamp;
    let to = 0;
    for (let c = 0; c < channels; c++) {
      for (let y = 0; y < height; y++) {
        const row = base + rows[y] * channels + c;
        for (let x = 0; x < width; x++) stamp[to++] = pixels[row + columns[x] * channels];
      }
    }
  }
}

/** Pixel (y, x) of the changed plane is pixel `rows[y] + columns[x]` of the plane before. */
function sources(
  { mirror, flip, quarters, dx, dy }: StampChange,
  height: number,
  width: number,
): { readonly rows: Int32Array; readonly columns: Int32Array } {
  const across = (x: number) => {
    const u = reflected(x - dx, width);
    return mirror ? width - 1 - u : u;
  };
  const down = (y: number) => {
    const v = reflected(y - dy, height);
    return flip ? height - 1 - v : v;
  };
  const offsets = (extent: number, of: (at: number) => number) =>
    Int32Array.from({ length: extent }, (_, at) => of(at));
  switch (quarters) {
    case 1:
      return {
        rows: offsets(height, (y) => width - 1 - down(y)),
        columns: offsets(width, (x) => across(x) * width),
      };
    case 2:
      return {
        rows: offsets(height, (y) => (height - 1 - down(y)) * width),
        columns: offsets(width, (x) => width - 1 - across(x)),
      };
    case 3:
      return {
        rows: offsets(height, down),
        columns: offsets(width, (x) => (height - 1 - across(x)) * width),
      };
    default:
      return { rows: offsets(height, (y) => down(y) * width), columns: offsets(width, across) };
  }
}

/** A place beyond an edge, mirrored at it: −1 is 0, −2 is 1. */
function reflected(at: number, extent: number): number {
  if (at < 0) return Math.min(extent - 1, -1 - at);
  return at < extent ? at : Math.max(0, 2 * extent - 1 - at);
}

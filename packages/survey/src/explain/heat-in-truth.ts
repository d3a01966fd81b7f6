import { bootstrapMany } from '@blemish/evaluate';
import type { Interval, Measure } from '@blemish/evaluate';
import type { MapSize } from './placement.ts';

/** How much of a heat lies where the truth is. */
export interface HeatInTruth {
  /** Share of the heat inside the mask; 0 where there is no heat at all. */
  readonly inside: number;
  /** Share of the stamp's pixels that the mask takes: what evenly spread heat would have inside. */
  readonly area: number;
}

/**
 * The share of a heat (not negative, [H, W]) inside a mask (nonzero is inside), which the "energy-based pointing game" of Wang et al. (2020,
 * section 4.3) averages, beside the mask's share of the area.
 * @throws RangeError where the sizes differ
 */
export function heatInTruth(heat: Float32Array, mask: ArrayLike<number>): HeatInTruth {
  if (heat.length !== mask.length)
    throw new RangeError(
      `${heat.length} pixels of heat and ${mask.length} of truth; give masks of the stamps' size`,
    );
  let inside = 0;
  let total = 0;
  let area = 0;
  for (let i = 0; i < heat.length; i++) {
    total += heat[i];
    if (mask[i] === 0) continue;
    inside += heat[i];
    area++;
  }
  return { inside: total > 0 ? inside / total : 0, area: area / heat.length };
}

/**
 * What an explanation gets that knows nothing but that objects are in the middle: a round Gaussian at the centre.
 * @param sigma in pixels; an eighth of the shorter side by default
 */
export function centreControl(
  { height, width }: MapSize,
  sigma: number = Math.min(height, width) / 8,
): Float32Array {
  return Float32Array.from({ length: height * width }, (_, i) => {
    const y = Math.floor(i / width) - (height - 1) / 2;
    const x = (i % width) - (width - 1) / 2;
    return Math.exp(-(x * x + y * y) / (2 * sigma * sigma));
  });
}

/** What is measured of one stamp. */
export interface TruthEntry {
  /** Of the network as it is. */
  readonly heat: HeatInTruth;
  /** Of the Gaussian at the centre. */
  readonly centre: number;
  /** Of another stamp's heat: what the network would light up whatever it sees. */
  readonly other: number;
  /** Of the network with weights drawn anew, the mean over the draws. */
  readonly randomised: number;
  /** Not to be split by a resample. */
  readonly group: string;
}

/** Means over the stamps with 95 % intervals; shares of heat as multiples of what evenly spread heat has inside. */
export interface TruthFigures {
  readonly stamps: number;
  /** Mean share of the heat inside the truth, and of the area that the truth takes. */
  readonly inside: Interval;
  readonly area: Interval;
  /** Mean share inside / mean share of the area: 1 is no better than evenly spread heat. */
  readonly ratio: Interval;
  readonly centreRatio: Interval;
  readonly otherRatio: Interval;
  readonly randomisedRatio: Interval;
  /** How much more of the heat is inside than of the centre's and of the randomised network's. */
  readonly aboveCentre: Interval;
  readonly aboveRandomised: Interval;
}

/** Figures of all stamps, the groups drawn together. Throws RangeError where there is none. */
export function truthFigures(entries: readonly TruthEntry[], seed = 0): TruthFigures {
  const mean = (weights: Float64Array, value: (entry: TruthEntry) => number): number => {
    let sum = 0;
    let total = 0;
    entries.forEach((entry, i) => {
      sum += weights[i] * value(entry);
      total += weights[i];
    });
    return sum / total;
  };
  const [inside, area, ratio, centreRatio, otherRatio, randomisedRatio, aboveCentre, aboveRandomised] =
    bootstrapMany(
      (weights): Measure[] => {
        const own = mean(weights, ({ heat }) => heat.inside);
        const share = mean(weights, ({ heat }) => heat.area);
        const centre = mean(weights, (entry) => entry.centre);
        const random = mean(weights, (entry) => entry.randomised);
        const other = mean(weights, (entry) => entry.other);
        const multiples = [own, centre, other, random].map((value) => value / share);
        return [own, share, ...multiples, own - centre, own - random].map((value) => ({ value }));
      },
      entries.map(({ group }) => group),
      { seed },
    );
  return {
    stamps: entries.length,
    inside,
    area,
    ratio,
    centreRatio,
    otherRatio,
    randomisedRatio,
    aboveCentre,
    aboveRandomised,
  };
}

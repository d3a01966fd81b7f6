import { decide } from '../learning/measure.ts';
import { stampPicture } from '../report/stamp-picture.ts';
import type { StampSet } from '../stamps/read-stamp-set.ts';
import type { ScoredStamps } from './measure-stamps.ts';

/** A stamp worth looking at. */
export interface ExampleStamp {
  /** Place in its set, from 0. */
  readonly index: number;
  readonly label: string;
  readonly decided: string;
  /** Of the class decided for. */
  readonly probability: number;
  /** PNG as a data URI. */
  readonly picture: string;
}

export interface ExampleStamps {
  /** Most surely right, and most surely wrong, of every class. */
  readonly hits: readonly ExampleStamp[];
  readonly misses: readonly ExampleStamp[];
}

/** Stamps shown of each class and kind, and of each kind at most. */
const shown = 6;
const mostShown = 24;

/** The stamps a model is surest of, rightly and wrongly, so many of each true class, the surest first. */
export function topStamps(
  set: StampSet,
  places: Int32Array,
  { classes, y, probabilities }: ScoredStamps,
  threshold: number | null,
): ExampleStamps {
  const k = classes.length;
  const decided = decide(probabilities, k, threshold);
  const sure = (i: number) => probabilities[i * k + decided[i]];
  const order = Array.from(y.keys()).sort((a, b) => sure(b) - sure(a));
  const each = Math.max(1, Math.min(shown, Math.floor(mostShown / k)));
  const pick = (isRight: boolean): ExampleStamp[] =>
    classes.flatMap((_, c) =>
      order
        .filter((i) => y[i] === c && (decided[i] === c) === isRight)
        .slice(0, each)
        .map((i) => ({
          index: places[i],
          label: classes[c],
          decided: classes[decided[i]],
          probability: sure(i),
          picture: stampPicture(set, places[i]),
        })),
    );
  return { hits: pick(true), misses: pick(false) };
}

import { createRandom } from './random.ts';
import type { Interval, Measure } from './types.ts';

/**
 * What is drawn again: a number n (n independent entries) or the group of each entry (exposure, night, object), where
 * whole groups are drawn, because images of one exposure share its artifacts and its sky.
 */
export type Units = number | ArrayLike<number | string>;

export interface BootstrapOptions {
  /** Resamples (1000). */
  readonly samples?: number;
  /** Same seed, same interval (0). */
  readonly seed?: number;
  /** Coverage of the interval (0.95). */
  readonly confidence?: number;
}

/**
 * Percentile bootstrap interval of a statistic (Efron and Tibshirani 1993, §13.3; by groups: the cluster bootstrap,
 * Davison and Hinkley 1997, §3.8). A resample is a weight per entry (how often it was drawn), so a statistic that
 * sorted its scores once pays one pass a resample. All weights are 1 for the value itself.
 *
 * Resamples in which the statistic is undefined (a rare class was not drawn) are left out; where they are more than
 * half, there is no honest interval and the result says so. With a single group entries are drawn instead, and `note`
 * says that the interval is too narrow. Percentile intervals of few groups (< 20) cover somewhat less than they say.
 * @throws RangeError on no entries, or options out of range.
 */
export function bootstrap(
  statistic: (weights: Float64Array) => Measure,
  units: Units,
  options: BootstrapOptions = {},
): Interval {
  return bootstrapMany((weights) => [statistic(weights)], units, options)[0];
}

/** The same for several statistics at once, all on the same resamples: classes and their macro average, or two models compared. */
export function bootstrapMany(
  statistic: (weights: Float64Array) => readonly Measure[],
  units: Units,
  options: BootstrapOptions = {},
): Interval[] {
  const { samples = 1000, confidence = 0.95 } = options;
  const replicates: number[][] = [];
  let count = 0;
  const { values, note } = resample(statistic, units, options, (measures) => {
    count++;
    measures.forEach((measure, k) => {
      if (measure.value !== null) (replicates[k] ??= []).push(measure.value);
    });
  });
  return values.map((value, k): Interval => {
    if (value.value === null) return value;
    const defined = Float64Array.from(replicates[k] ?? []).sort();
    if (defined.length < 0.5 * count) {
      const reason = `defined in only ${defined.length} of ${samples} resamples: too few examples for an interval`;
      return { value: null, reason };
    }
    const tail = 0.5 * (1 - confidence);
    return {
      value: value.value,
      low: quantileOfSorted(defined, tail),
      high: quantileOfSorted(defined, 1 - tail),
      ...(note === undefined ? {} : { note }),
    };
  });
}

/** Calls `receive` with the statistics of each resample; returns those of the data. For bands and for tests of differences. */
export function resample<T>(
  statistic: (weights: Float64Array) => T,
  units: Units,
  options: BootstrapOptions,
  receive: (result: T) => void,
): { readonly values: T; readonly note?: string } {
  const { samples = 1000, seed = 0, confidence = 0.95 } = options;
  if (!Number.isInteger(samples) || samples < 1)
    throw new RangeError(`samples is ${samples}: give a whole number ≥ 1`);
  if (!(confidence > 0 && confidence < 1))
    throw new RangeError(`confidence is ${confidence}: give a share in (0, 1)`);
  const n = typeof units === 'number' ? units : units.length;
  if (!Number.isInteger(n) || n < 1) throw new RangeError(`${n} entries: the bootstrap needs at least one`);
  let group: Uint32Array | null = null;
  let nGroups = n;
  let note: string | undefined;
  if (typeof units !== 'number') {
    const numbers = new Map<string | number, number>();
    group = new Uint32Array(n);
    for (let i = 0; i < n; i++) {
      const key = units[i];
      if (!numbers.has(key)) numbers.set(key, numbers.size);
      group[i] = numbers.get(key)!;
    }
    nGroups = numbers.size;
    if (nGroups === 1 && n > 1) {
      note = 'all from one group: images were drawn one by one, the interval is too narrow';
      group = null;
      nGroups = n;
    }
  }
  const values = statistic(new Float64Array(n).fill(1));
  const random = createRandom(seed);
  const drawn = new Float64Array(nGroups);
  const weights = group === null ? drawn : new Float64Array(n);
  for (let s = 0; s < samples; s++) {
    drawn.fill(0);
    for (let g = 0; g < nGroups; g++) drawn[random.integer(nGroups)]++;
    if (group !== null) for (let i = 0; i < n; i++) weights[i] = drawn[group[i]]!;
    receive(statistic(weights));
  }
  return note === undefined ? { values } : { values, note };
}

/** Quantile by linear interpolation (Hyndman and Fan 1996, type 7: numpy's default) of ascending values. */
export function quantileOfSorted(sorted: ArrayLike<number>, q: number): number {
  const position = q * (sorted.length - 1);
  const below = Math.floor(position);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (position - below) * (sorted[above] - sorted[below]);
}

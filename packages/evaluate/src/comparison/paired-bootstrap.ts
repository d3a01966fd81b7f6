import { quantileOfSorted, resample } from '../bootstrap.ts';
import type { BootstrapOptions, Units } from '../bootstrap.ts';
import type { Interval, Measure } from '../types.ts';

/** One metric of two models on the same rows. */
export interface PairedDifference {
  readonly a: Measure;
  readonly b: Measure;
  /** a − b. */
  readonly difference: Interval;
  /**
   * Two-sided: twice the smaller share of resamples on either side of 0, 0 counting for both, with one resample added so
   * that it is never 0 (Davison and Hinkley 1997, eq. 4.11). Null where the difference is undefined.
   */
  readonly p: number | null;
}

/**
 * Paired bootstrap (Efron and Tibshirani 1993, §15; Koehn 2004): both models are measured on the same resamples, so what
 * they have in common, the luck of the rows, cancels. Percentile intervals; resamples as `bootstrapMany`, by group where
 * groups are given. Either function gives the same number of measures.
 */
export function pairedBootstrap(
  measureA: (weights: Float64Array) => readonly Measure[],
  measureB: (weights: Float64Array) => readonly Measure[],
  units: Units,
  options: BootstrapOptions = {},
): PairedDifference[] {
  const { confidence = 0.95 } = options;
  const differences: number[][] = [];
  let count = 0;
  const { values, note } = resample(
    (weights) => ({ a: measureA(weights), b: measureB(weights) }),
    units,
    options,
    ({ a, b }) => {
      count++;
      a.forEach((measure, m) => {
        const other = b[m];
        if (measure.value !== null && other.value !== null)
          (differences[m] ??= []).push(measure.value - other.value);
      });
    },
  );
  return values.a.map((a, m): PairedDifference => {
    const b = values.b[m];
    if (a.value === null) return { a, b, difference: a, p: null };
    if (b.value === null) return { a, b, difference: b, p: null };
    const sorted = Float64Array.from(differences[m] ?? []).sort();
    if (sorted.length < 0.5 * count) {
      const reason = `defined in only ${sorted.length} of ${count} resamples: too few examples for an interval`;
      return { a, b, difference: { value: null, reason }, p: null };
    }
    const tail = 0.5 * (1 - confidence);
    const atMost = sorted.filter((d) => d <= 0).length;
    const atLeast = sorted.filter((d) => d >= 0).length;
    return {
      a,
      b,
      difference: {
        value: a.value - b.value,
        low: quantileOfSorted(sorted, tail),
        high: quantileOfSorted(sorted, 1 - tail),
        ...(note === undefined ? {} : { note }),
      },
      p: Math.min(1, (2 * (Math.min(atMost, atLeast) + 1)) / (sorted.length + 1)),
    };
  });
}

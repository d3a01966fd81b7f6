import { bootstrapMany, proportionInterval } from '@blemish/evaluate';
import type { Interval, Measure } from '@blemish/evaluate';

/** What is missed where a higher threshold lets fewer false detections through. */
export interface MissedDetections {
  /** False detections of the whole image that are let through, and their share of all. */
  readonly falseDetections: number;
  readonly falsePositiveRate: number;
  /** Candidates must be more significant than this. */
  readonly threshold: number;
  /** Share of the fakes that is missed, with the interval that either's luck gives. */
  readonly missed: Interval;
}

/** Numbers of false detections an image, and shares of all of them, that are asked for. */
const counts = [0, 1, 3, 10, 30];
const rates = [0.01, 0.05, 0.1, 0.2, 0.5];

/**
 * Share of fakes that are missed against the false detections let through as the threshold rises. Bootstrap of fakes and false detections
 * together (95 %), since the threshold hangs on both; where no resample differs, Clopper and Pearson's interval of the fakes.
 * @param fakes |significance| of each fake that was found, 0 of those that were not
 * @param falses |significance| of each false detection
 * @param searched significance from which on was searched
 * @returns one row for each number of false detections, ascending, and last all that were found; empty without a fake
 */
export function missedDetections(
  fakes: readonly number[],
  falses: readonly number[],
  searched: number,
  seed: number,
): MissedDetections[] {
  if (fakes.length === 0) return [];
  const sorted = [...falses].sort((a, b) => b - a);
  const n = sorted.length;
  const asked = new Set([...counts, ...rates.map((rate) => Math.floor(rate * n))]);
  const wanted = [...asked].filter((count) => count < n).sort((a, b) => a - b);
  const intervals = wanted.length === 0 ? [] : resampled(fakes, falses, wanted, seed);
  const missedAbove = (threshold: number) => fakes.filter((fake) => !(fake > threshold)).length;
  const rows = wanted.map((count, k): MissedDetections => {
    const interval = intervals[k];
    const exact = proportionInterval(missedAbove(sorted[count]), fakes.length);
    const isOpen = interval.value === null || interval.low === interval.high;
    return {
      falseDetections: count,
      falsePositiveRate: count / n,
      threshold: sorted[count],
      missed: isOpen ? exact : interval,
    };
  });
  return [
    ...rows,
    {
      falseDetections: n,
      falsePositiveRate: 1,
      threshold: searched,
      missed: proportionInterval(fakes.filter((fake) => fake === 0).length, fakes.length),
    },
  ];
}

function resampled(
  fakes: readonly number[],
  falses: readonly number[],
  wanted: readonly number[],
  seed: number,
): Interval[] {
  const scores = [...fakes, ...falses];
  // Of equals the false one first: the threshold that shuts it out shuts out the fake.
  const order = Array.from(scores.keys()).sort((a, b) => scores[b] - scores[a] || b - a);
  return bootstrapMany(
    (weights) => {
      let [all, total] = [0, 0];
      for (let i = 0; i < scores.length; i++)
        if (i < fakes.length) all += weights[i];
        else total += weights[i];
      const found: number[] = [];
      let [passed, above] = [0, 0];
      for (const i of order) {
        if (i < fakes.length) {
          if (scores[i] > 0) above += weights[i];
          continue;
        }
        passed += weights[i];
        // The half keeps the rounding of a share from losing one.
        while (
          found.length < wanted.length &&
          passed > ((wanted[found.length] + 0.5) / falses.length) * total
        )
          found.push(above);
      }
      return wanted.map((_, k): Measure =>
        all > 0 && total > 0
          ? { value: 1 - found[k] / all }
          : { value: null, reason: 'no fake or no false detection was drawn' },
      );
    },
    scores.length,
    { seed },
  );
}

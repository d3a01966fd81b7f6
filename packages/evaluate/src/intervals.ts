import { bootstrap, bootstrapMany } from './bootstrap.ts';
import type { BootstrapOptions, Units } from './bootstrap.ts';
import { macroAverage } from './macro-average.ts';
import { rankedAveragePrecision } from './precision-recall.ts';
import { rankScores } from './ranking.ts';
import { rankedRecallAtFpr } from './recall-at-fpr.ts';
import { rankedAuc } from './roc-auc.ts';
import type { BinaryScores, Interval } from './types.ts';

/**
 * ROC AUC with its bootstrap interval. At a perfect separation every resample gives 1 and the bootstrap says nothing;
 * there the lower end is a bound instead: with the highest negative as threshold, the shares of positives above and of
 * negatives below it are each at least (α/4)^(1/n) with confidence 1 − α/4 (the binomial bound for n of n), and AUC is
 * at least their product. n counts groups where groups are given.
 */
export function rocAucInterval(data: BinaryScores, units?: Units, options: BootstrapOptions = {}): Interval {
  const ranking = rankScores(data);
  const result = bootstrap((weights) => rankedAuc(ranking, weights), units ?? data.scores.length, options);
  return separated(result, data, units, options);
}

/** Average precision with its bootstrap interval. */
export function averagePrecisionInterval(
  data: BinaryScores,
  units?: Units,
  options: BootstrapOptions = {},
): Interval {
  const ranking = rankScores(data);
  return bootstrap(
    (weights) => rankedAveragePrecision(ranking, weights),
    units ?? data.scores.length,
    options,
  );
}

/**
 * Recall at a false-positive rate (`recallAtFpr`, conservative) with its bootstrap interval: the threshold is found anew in every
 * resample. Undefined where the negatives are too few to show the rate (`unshownRate`).
 */
export function recallAtFprInterval(
  data: BinaryScores,
  maxFpr: number,
  units?: Units,
  options: BootstrapOptions = {},
): Interval {
  const unshown = unshownRate(maxFpr, data.labels);
  if (unshown !== null) return unshown;
  const ranking = rankScores(data);
  return bootstrap(
    (weights) => rankedRecallAtFpr(ranking, maxFpr, weights),
    units ?? data.scores.length,
    options,
  );
}

/**
 * Why a rate cannot be shown: above the highest of N negatives lies 1/(N + 1) of the population on average, so a recall "at" a lower rate
 * would be that at a higher one. Null where it can be, and without negatives, for which the measure has its own words.
 */
function unshownRate(
  rate: number,
  labels: ArrayLike<number>,
  member?: ArrayLike<number>,
): Extract<Interval, { readonly value: null }> | null {
  let negatives = 0;
  for (let i = 0; i < labels.length; i++) if (labels[i] === 0 && member?.[i] !== 0) negatives++;
  if (negatives === 0 || rate * (negatives + 1) * (1 + 1e-12) >= 1) return null;
  const needed = Math.ceil(1 / rate - 1e-9) - 1;
  return {
    value: null,
    reason: `${negatives} negatives cannot show a false-positive rate of ${rate}: ${needed} are needed`,
  };
}

export interface ClassIntervals {
  readonly classes: readonly {
    readonly name: string;
    readonly auc: Interval;
    readonly averagePrecision: Interval;
    /** At each of the rates asked for. */
    readonly recallAtFpr: readonly Interval[];
  }[];
  readonly macroAuc: Interval;
  readonly macroAveragePrecision: Interval;
  readonly macroRecallAtFpr: readonly Interval[];
  /** Classes left out of the macro means because a metric is undefined on these data, and why. */
  readonly leftOut: readonly { readonly name: string; readonly reason: string }[];
}

/**
 * Per-class figures and their macro averages, all on the same resamples, so that the interval of a mean accounts for
 * images shared between classes. `member[k]` restricts class k to some entries (1 in, 0 out): e.g. its own positives
 * above signal-to-noise 5 and the images without it.
 */
export function classIntervals(
  classes: readonly {
    readonly name: string;
    readonly data: BinaryScores;
    readonly member?: ArrayLike<number>;
  }[],
  maxFprs: readonly number[],
  units: Units,
  options: BootstrapOptions = {},
): ClassIntervals {
  const n = typeof units === 'number' ? units : units.length;
  const ready = classes.map(({ name, data, member }) => {
    if (data.scores.length !== n)
      throw new RangeError(`${name} has ${data.scores.length} scores, units ${n}`);
    return {
      name,
      ranking: rankScores(data),
      member: Float64Array.from({ length: n }, (_, i) => member?.[i] ?? 1),
    };
  });
  const scratch = new Float64Array(n);
  const everything = (weights: Float64Array) =>
    ready.map(({ ranking, member }) => {
      for (let i = 0; i < n; i++) scratch[i] = weights[i] * member[i];
      return [
        rankedAuc(ranking, scratch),
        rankedAveragePrecision(ranking, scratch),
        ...maxFprs.map((maxFpr) => rankedRecallAtFpr(ranking, maxFpr, scratch)),
      ];
    });
  const full = everything(new Float64Array(n).fill(1));
  const usable = full.map((figures) => figures.every((figure) => figure.value !== null));
  const leftOut = ready.flatMap(({ name }, k) => {
    const missing = full[k].find((figure) => figure.value === null);
    return missing?.value === null ? [{ name, reason: missing.reason }] : [];
  });
  const perClass = 2 + maxFprs.length;
  const names = ready.filter((_, k) => usable[k]).map(({ name }) => name);
  const intervals = bootstrapMany(
    (weights) => {
      const figures = everything(weights);
      const averaged = figures.filter((_, k) => usable[k]);
      return [
        ...Array.from({ length: perClass }, (_, metric) =>
          macroAverage(
            averaged.map((figure) => figure[metric]),
            names,
          ),
        ),
        ...figures.flat(),
      ];
    },
    units,
    options,
  );
  const unshown = classes.map(({ data, member }) =>
    maxFprs.map((rate) => unshownRate(rate, data.labels, member)),
  );
  return {
    macroAuc: intervals[0],
    macroAveragePrecision: intervals[1],
    macroRecallAtFpr: maxFprs.map(
      (_, f) => unshown.map((rates) => rates[f]).find((one) => one !== null) ?? intervals[2 + f],
    ),
    classes: classes.map(({ name, data, member }, k) => {
      const [auc, averagePrecision, ...recalls] = intervals.slice(perClass * (k + 1), perClass * (k + 2));
      const recallAtFpr = recalls.map((recall, f) => unshown[k][f] ?? recall);
      return { name, auc: separated(auc, data, units, options, member), averagePrecision, recallAtFpr };
    }),
    leftOut,
  };
}

/** See `rocAucInterval`: replaces the empty interval of a perfect separation by a bound. */
function separated(
  interval: Interval,
  data: BinaryScores,
  units: Units | undefined,
  options: BootstrapOptions,
  member?: ArrayLike<number>,
): Interval {
  if (interval.value === null || interval.value < 1) return interval;
  const bound = separationBound(data.labels, units ?? data.labels.length, options, member);
  return { ...interval, low: Math.min(interval.low, bound) };
}

/** Lower bound of the AUC where all positives scored above all negatives (`rocAucInterval`). */
export function separationBound(
  labels: ArrayLike<number>,
  units: Units,
  options: BootstrapOptions,
  member?: ArrayLike<number>,
): number {
  const groupsOf = (label: number): number => {
    const seen = new Set<number | string>();
    for (let i = 0; i < labels.length; i++) {
      if (labels[i] !== label || member?.[i] === 0) continue;
      seen.add(typeof units === 'number' ? i : units[i]);
    }
    return seen.size;
  };
  const quarter = 0.25 * (1 - (options.confidence ?? 0.95));
  return quarter ** (1 / groupsOf(1)) * quarter ** (1 / groupsOf(0));
}

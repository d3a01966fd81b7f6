import { bootstrap } from './bootstrap.ts';
import type { BootstrapOptions, Units } from './bootstrap.ts';
import { inverseIncompleteBeta } from './incomplete-beta.ts';
import type { Interval } from './types.ts';

/**
 * Clopper–Pearson interval of a proportion (1934, Biometrika 26, 404): never covers less than `confidence` when the
 * trials are independent, and says something at 0 and at all (0 of 100: up to 3.6 %).
 * @throws RangeError where `successes` is not in 0 … trials.
 */
export function proportionInterval(successes: number, trials: number, confidence = 0.95): Interval {
  if (!(successes >= 0 && successes <= trials)) {
    throw new RangeError(`successes is ${successes} of ${trials} trials: give a count in 0 … trials`);
  }
  if (trials === 0) return { value: null, reason: 'no trials' };
  const tail = 0.5 * (1 - confidence);
  return {
    value: successes / trials,
    low: successes === 0 ? 0 : inverseIncompleteBeta(tail, successes, trials - successes + 1),
    high: successes === trials ? 1 : inverseIncompleteBeta(1 - tail, successes + 1, trials - successes),
  };
}

/**
 * Share of entries with `hit` = 1 among those with `member` = 1, with an interval that holds up where entries of one
 * group go together: the hull of Clopper–Pearson (as if independent) and of the bootstrap over groups. Without groups,
 * Clopper–Pearson alone.
 */
export function groupedProportion(
  hit: ArrayLike<number>,
  member: ArrayLike<number>,
  groups: Exclude<Units, number> | null,
  options: BootstrapOptions = {},
): Interval {
  const indices: number[] = [];
  for (let i = 0; i < hit.length; i++) if (member[i] === 1) indices.push(i);
  let successes = 0;
  for (const i of indices) successes += hit[i];
  const exact = proportionInterval(successes, indices.length, options.confidence);
  if (groups === null || exact.value === null) return exact;
  const resampled = bootstrap(
    (weights) => {
      let sum = 0;
      let total = 0;
      for (let k = 0; k < indices.length; k++) {
        total += weights[k];
        sum += weights[k] * hit[indices[k]];
      }
      return total > 0 ? { value: sum / total } : { value: null, reason: 'no members' };
    },
    indices.map((i) => groups[i]),
    options,
  );
  if (resampled.value === null) return exact;
  return {
    value: exact.value,
    low: Math.min(exact.low, resampled.low),
    high: Math.max(exact.high, resampled.high),
    ...(resampled.note === undefined ? {} : { note: resampled.note }),
  };
}

import { randomStream } from '@blemish/engine';
import type { TrainingData } from '../learner.ts';

/**
 * Rows of weight above 0 in two parts: `share` of each class, at least one row, held out, whole groups together where there are groups (a
 * group counts for the class of its first row). Which ones hangs on the seed alone.
 * @throws RangeError where a class has a single row or group.
 */
export function holdOut(
  { y, classes, weights, groups }: TrainingData,
  share: number,
  seed: number,
): { readonly kept: Int32Array; readonly heldOut: Int32Array } {
  const kept: number[] = [];
  const heldOut: number[] = [];
  const together = new Map<number, number[]>();
  for (let i = 0; i < y.length; i++) {
    if (weights?.[i] === 0) continue;
    const group = groups?.[i] ?? i;
    const own = together.get(group);
    if (own === undefined) together.set(group, [i]);
    else own.push(i);
  }
  const first = [...together.values()];
  for (let k = 0; k < classes; k++) {
    const rows = [...first.keys()].filter((unit) => y[first[unit][0]] === k);
    if (rows.length < 2) {
      throw new RangeError(
        `class ${k} has ${rows.length} ${groups === undefined ? 'row' : 'group'} of weight above 0: one must be held out and one learned from; add rows or leave the class out`,
      );
    }
    const order = shuffled(Int32Array.from(rows), seed, `held out of class ${k}`);
    const count = Math.min(rows.length - 1, Math.max(1, Math.round(share * rows.length)));
    for (const [at, unit] of order.entries()) (at < count ? heldOut : kept).push(...first[unit]);
  }
  return { kept: Int32Array.from(kept).sort(), heldOut: Int32Array.from(heldOut).sort() };
}

/** A copy in random order (Fisher & Yates), drawn from the seed's stream of that name. */
export function shuffled(rows: Int32Array, seed: number, name: string): Int32Array {
  const uniform = randomStream(seed, name);
  const order = rows.slice();
  for (let last = order.length - 1; last > 0; last--) {
    const chosen = Math.floor(uniform() * (last + 1));
    [order[last], order[chosen]] = [order[chosen], order[last]];
  }
  return order;
}

import type { TrainingData } from '../learner.ts';

/**
 * Mutual information of each column with the class, in nats, from distances to the `neighbors` nearest rows of the same class (Ross 2014,
 * eq. 2, as in scikit-learn's mutual_info_classif). Where that many rows hold the very same value, all that do are the neighbors (Gao et al.
 * 2017, algorithm 1): counts need no noise added to them. Missing values are skipped, as are rows of weight 0; rows count once whatever
 * their weight. What comes out below 0 is 0.
 */
export function mutualInformation({ x, y, classes, weights }: TrainingData, neighbors: number): Float64Array {
  const digamma = digammas(x.rows + 1);
  return Float64Array.from({ length: x.columns }, (_, j) => {
    const values: number[] = [];
    const byClass: number[][] = Array.from({ length: classes }, () => []);
    for (let i = 0; i < x.rows; i++) {
      const value = x.data[i * x.columns + j];
      if (Number.isNaN(value) || weights?.[i] === 0) continue;
      values.push(value);
      byClass[y[i]].push(value);
    }
    return ofColumn(Float64Array.from(values).sort(), byClass, neighbors, digamma);
  });
}

function ofColumn(
  all: Float64Array,
  byClass: readonly number[][],
  neighbors: number,
  digamma: Float64Array,
): number {
  let sum = 0;
  let count = 0;
  for (const members of byClass) {
    // A row alone in its class has no neighbor: it is left out, as in Ross's code.
    if (members.length < 2) continue;
    const own = Float64Array.from(members).sort();
    const k = Math.min(neighbors, own.length - 1);
    for (let i = 0; i < own.length; i++) {
      const radius = distanceTo(own, i, k);
      const near = radius > 0 ? k : countWithin(own, own[i], 0);
      sum += digamma[near] - digamma[own.length] - digamma[countWithin(all, own[i], radius)];
    }
    count += own.length;
  }
  return count === 0 ? 0 : Math.max(0, sum / count + digamma[count]);
}

/** Distance from the value at `i` to the k-th nearest other one, in a sorted array. */
function distanceTo(sorted: Float64Array, i: number, k: number): number {
  let low = i;
  let high = i;
  let distance = 0;
  for (let taken = 0; taken < k; taken++) {
    const below = low > 0 ? sorted[i] - sorted[low - 1] : Infinity;
    const above = high < sorted.length - 1 ? sorted[high + 1] - sorted[i] : Infinity;
    if (below <= above) low--;
    else high++;
    distance = Math.min(below, above);
  }
  return distance;
}

/** Values of a sorted array nearer to `value` than `radius`; those equal to it where the radius is 0. */
function countWithin(sorted: Float64Array, value: number, radius: number): number {
  const near = (distance: number) => (radius > 0 ? distance < radius : distance <= 0);
  const from = firstWhere(sorted.length, (at) => near(value - sorted[at]));
  const to = firstWhere(sorted.length, (at) => sorted[at] > value && !near(sorted[at] - value));
  return to - from;
}

/** The first index for which a condition holds that holds from some index on. */
function firstWhere(length: number, holds: (at: number) => boolean): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** ψ(1) … ψ(n) at their own index, less ψ(1): ψ(n + 1) = ψ(n) + 1/n, and the constant cancels. */
function digammas(n: number): Float64Array {
  const values = new Float64Array(n + 1);
  for (let k = 2; k <= n; k++) values[k] = values[k - 1] + 1 / (k - 1);
  return values;
}

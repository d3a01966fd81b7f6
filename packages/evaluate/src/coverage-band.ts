import { quantileOfSorted, resample } from './bootstrap.ts';
import type { BootstrapOptions, Units } from './bootstrap.ts';

/** Accuracy at fixed shares decided, with a pointwise band. */
export interface CoverageBand {
  readonly coverage: Float64Array;
  readonly accuracy: Float64Array;
  readonly low: Float64Array;
  readonly high: Float64Array;
}

/**
 * Accuracy of the most confident part of the data at coverages 1/50 … 1 with a bootstrap band (`coverageAccuracy` gives the curve
 * itself). A part that ends within a run of equal confidences takes its share of the run. Pointwise, as `rocBand`.
 * @param correct 1 where the decision is right, else 0
 */
export function coverageBand(
  confidence: ArrayLike<number>,
  correct: ArrayLike<number>,
  units: Units = confidence.length,
  options: BootstrapOptions & { readonly steps?: number } = {},
): CoverageBand {
  const { steps = 50, ...bootstrap } = options;
  const n = confidence.length;
  if (correct.length !== n) throw new RangeError(`correct has ${correct.length} entries, confidence ${n}`);
  if (!Number.isInteger(steps) || steps < 1)
    throw new RangeError(`steps is ${steps}: give a whole number ≥ 1`);
  const order = Uint32Array.from({ length: n }, (_, i) => i).sort((i, j) => confidence[j] - confidence[i]);
  const curve = (weights: Float64Array): Float64Array => {
    const accuracy = new Float64Array(steps);
    let total = 0;
    for (const weight of weights) total += weight;
    let step = 0;
    let before = 0;
    let rightBefore = 0;
    for (let k = 0; k < n;) {
      let weight = 0;
      let right = 0;
      const value = confidence[order[k]];
      for (; k < n && confidence[order[k]] === value; k++) {
        weight += weights[order[k]];
        right += weights[order[k]] * correct[order[k]];
      }
      for (; step < steps; step++) {
        const wanted = ((step + 1) / steps) * total;
        if (wanted > (before + weight) * (1 + 1e-12)) break;
        const share = weight > 0 ? (wanted - before) / weight : 0;
        accuracy[step] = (rightBefore + share * right) / wanted;
      }
      before += weight;
      rightBefore += right;
    }
    return accuracy;
  };
  const columns = Array.from({ length: steps }, () => [] as number[]);
  const { values } = resample(curve, units, { samples: 300, ...bootstrap }, (sample) => {
    sample.forEach((value, s) => columns[s].push(value));
  });
  const tail = 0.5 * (1 - (options.confidence ?? 0.95));
  const sorted = columns.map((column) => Float64Array.from(column).sort());
  return {
    coverage: Float64Array.from({ length: steps }, (_, s) => (s + 1) / steps),
    accuracy: values,
    low: Float64Array.from(sorted, (column) => quantileOfSorted(column, tail)),
    high: Float64Array.from(sorted, (column) => quantileOfSorted(column, 1 - tail)),
  };
}

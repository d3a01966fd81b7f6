import { fitTail, tailProbability, tailQuantile } from './tail-fit.ts';

/** A cut of one class's values: everything above `cut` is counted, with expected share `expected` ≤ the wanted rate. */
export interface OrderThreshold {
  readonly cut: number;
  readonly expected: number;
  readonly method: 'empirical' | 'tail-fit';
  /** Whether one over the number of values is below the wanted rate. */
  readonly resolved: boolean;
}

/** An order statistic is trusted alone from this many values above the cut: its relative error is then below 1/√10. */
const trusted = 10;

/**
 * The lowest cut whose expected share of values above it is at most `rate`.
 *
 * Of n values the share of the population above the j-th largest is j/(n + 1) on average (any continuous distribution),
 * so the cut is the ⌊rate (n + 1)⌋-th largest. That is the expected rate at a cut chosen on these very values; counting
 * them above the cut, (j − 1)/n, would flatter it. With j < 10 the cut rests on a handful of images: then it is the
 * larger of this one and the conservative tail fit (`fitTail`), which is also all there is when j = 0.
 * @param values any scale on which tails fall off roughly exponentially: logits, not probabilities.
 * @returns null where even the tail cannot be fitted (fewer than 20 values) and j = 0.
 */
export function orderThreshold(values: Float64Array, rate: number): OrderThreshold | null {
  const n = values.length;
  const sorted = Float64Array.from(values).sort();
  const j = Math.min(n, Math.floor(rate * (n + 1) * (1 + 1e-12)));
  const resolved = j >= 1;
  const empirical = j >= 1 ? sorted[n - j] : -Infinity;
  if (j >= trusted) return { cut: empirical, expected: j / (n + 1), method: 'empirical', resolved };
  const tail = fitTail(values);
  if (tail === null)
    return j >= 1 ? { cut: empirical, expected: j / (n + 1), method: 'empirical', resolved } : null;
  const extrapolated = tailQuantile(tail, Math.min(rate, tail.share));
  if (extrapolated <= empirical)
    return { cut: empirical, expected: j / (n + 1), method: 'empirical', resolved };
  return { cut: extrapolated, expected: tailProbability(tail, extrapolated), method: 'tail-fit', resolved };
}

/** Logit of a probability, kept within ±36 (where double precision ends). */
export function logit(p: number): number {
  return Math.max(-36, Math.min(36, Math.log(p) - Math.log1p(-p)));
}

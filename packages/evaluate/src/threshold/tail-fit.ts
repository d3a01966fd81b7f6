/** Tail of a distribution beyond `start`: P(X > start + e) = share · (1 + shape · e / scale)^(−1/shape), exponential at shape 0. */
export interface TailFit {
  readonly start: number;
  readonly share: number;
  readonly scale: number;
  readonly shape: number;
  /** Exceedances it was fitted to. */
  readonly count: number;
}

/**
 * Generalised Pareto distribution fitted to the largest values by probability-weighted moments (Hosking and Wallis 1987,
 * Technometrics 29, 339; peaks over threshold: Pickands 1975). It uses the top 3√n values, at least 10 and at most a fifth.
 * Conservative where little is known: the shape is kept in 0 … 0.5, never the bounded tail (shape < 0) that a small
 * sample often pretends; scale is raised by one standard error (1 + 1/√count).
 * Returns null with fewer than 20 values.
 */
export function fitTail(values: Float64Array): TailFit | null {
  const n = values.length;
  if (n < 20) return null;
  const count = Math.max(10, Math.min(Math.ceil(3 * Math.sqrt(n)), Math.floor(n / 5)));
  const sorted = Float64Array.from(values).sort();
  const start = sorted[n - count - 1];
  let a0 = 0;
  let a1 = 0;
  for (let i = 0; i < count; i++) {
    const excess = sorted[n - count + i] - start;
    a0 += excess / count;
    a1 += ((1 - (i + 0.65) / count) * excess) / count;
  }
  // All ties: no spread to extrapolate; a tiny scale keeps the formula finite.
  if (!(a0 > 0)) return { start, share: count / (n + 1), scale: 1e-9, shape: 0, count };
  const shape = a0 > 2 * a1 ? Math.min(0.5, Math.max(0, 2 - a0 / (a0 - 2 * a1))) : 0;
  const scale = a0 * (1 - shape) * (1 + 1 / Math.sqrt(count));
  return { start, share: count / (n + 1), scale, shape, count };
}

/** The value exceeded with probability `rate` ≤ share. */
export function tailQuantile({ start, share, scale, shape }: TailFit, rate: number): number {
  const ratio = rate / share;
  return shape === 0 ? start - scale * Math.log(ratio) : start + (scale / shape) * (ratio ** -shape - 1);
}

/** P(X > value) for values at or beyond `start`. */
export function tailProbability({ start, share, scale, shape }: TailFit, value: number): number {
  const excess = Math.max(0, value - start);
  return share * (shape === 0 ? Math.exp(-excess / scale) : (1 + (shape * excess) / scale) ** (-1 / shape));
}

/** Mean and sample standard deviation. */
export interface MeanSpread {
  readonly mean: number;
  /** 0 for a single value. */
  readonly spread: number;
}

/** Over values that are all defined; null where one is not, or there is none. */
export function meanSpread(values: readonly (number | null)[]): MeanSpread | null {
  const defined = values.filter((value) => value !== null);
  if (defined.length === 0 || defined.length < values.length) return null;
  const [first] = defined;
  // Differences to the first: the mean of equal values is that value.
  const mean = first + defined.reduce((sum, value) => sum + (value - first), 0) / defined.length;
  const squares = defined.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, spread: Math.sqrt(squares / Math.max(1, defined.length - 1)) };
}

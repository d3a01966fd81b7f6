/** Values shown as black and as white. */
export interface Limits {
  readonly low: number;
  readonly high: number;
}

/** Extremes of the finite values; both NaN where there is none. */
export function minMaxLimits(data: Float32Array): Limits {
  let low = Infinity;
  let high = -Infinity;
  for (let i = 0; i < data.length; i++) {
    const value = data[i];
    if (value - value !== 0) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return low <= high ? { low, high } : { low: NaN, high: NaN };
}

/**
 * Values below which the fractions `lower` and `upper` of the finite values lie (linear between ranks, as numpy.percentile), from at most `samples`
 * evenly spaced ones; both NaN where there is none.
 */
export function percentileLimits(
  data: Float32Array,
  options: { lower?: number; upper?: number; samples?: number } = {},
): Limits {
  const { lower = 0.01, upper = 0.99, samples = 100_000 } = options;
  if (!(lower >= 0 && upper <= 1 && lower <= upper))
    throw new RangeError(
      `percentileLimits: lower = ${lower}, upper = ${upper}; 0 ≤ lower ≤ upper ≤ 1 needed`,
    );
  const sorted = sampleFinite(data, samples).sort();
  if (sorted.length === 0) return { low: NaN, high: NaN };
  const at = (fraction: number) => {
    const position = fraction * (sorted.length - 1);
    const i = Math.floor(position);
    return sorted[i] + (position - i) * ((sorted[i + 1] ?? sorted[i]) - sorted[i]);
  };
  return { low: at(lower), high: at(upper) };
}

/** At most `count` of the finite values, evenly spaced among them. */
export function sampleFinite(data: Float32Array, count: number): Float32Array {
  let finite = 0;
  for (let i = 0; i < data.length; i++) if (data[i] - data[i] === 0) finite++;
  const stride = Math.max(1, Math.trunc(finite / count));
  const out = new Float32Array(Math.min(count, Math.ceil(finite / stride)));
  let seen = 0;
  let taken = 0;
  for (let i = 0; i < data.length && taken < out.length; i++)
    if (data[i] - data[i] === 0 && seen++ % stride === 0) out[taken++] = data[i];
  return out;
}

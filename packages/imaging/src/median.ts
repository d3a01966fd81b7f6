/** Median of the first `count` values (mean of the middle two for an even count), NaN for none. Sorts them in place. */
export function medianInPlace(values: Float32Array | Float64Array, count = values.length): number {
  if (count === 0) return NaN;
  const part = values.subarray(0, count).sort();
  const half = count >> 1;
  return count % 2 === 1 ? part[half] : 0.5 * (part[half - 1] + part[half]);
}

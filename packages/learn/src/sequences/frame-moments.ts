import { framesOf } from './sequences.ts';
import type { Sequences } from './sequences.ts';

/** Mean and standard deviation of each number over all frames of the rows. */
export function frameMoments(all: Sequences): {
  readonly mean: Float64Array;
  readonly deviation: Float64Array;
} {
  const { features, lengths } = all;
  const mean = new Float64Array(features);
  const deviation = new Float64Array(features);
  const count = lengths.reduce((sum, length) => sum + length, 0);
  for (let i = 0; i < lengths.length; i++)
    framesOf(all, i).forEach((value, at) => (mean[at % features] += value / count));
  for (let i = 0; i < lengths.length; i++)
    framesOf(all, i).forEach((value, at) => (deviation[at % features] += (value - mean[at % features]) ** 2));
  for (let k = 0; k < features; k++) deviation[k] = Math.sqrt(deviation[k] / count);
  return { mean, deviation };
}

import { framesOf } from './sequences.ts';
import type { Sequences } from './sequences.ts';

/**
 * How odd each frame is among those of its row, [frames of all rows, one row after the other]: its distance from the row's median, number by
 * number, as so many robust deviations (1.4826 times the median absolute deviation of the distances; Rousseeuw & Croux 1993) above the
 * median distance. Nothing is learned: a frame unlike the others is odd whatever is wrong with it, and of a row that is always wrong no
 * frame is. Where more than half of the frames are equally far, the mean absolute deviation (times 1.2533) takes its place; 0 where all
 * are, as of a row of two.
 */
export function frameOutliers(all: Sequences): Float64Array {
  const { features, lengths } = all;
  const scores = new Float64Array(lengths.reduce((sum, length) => sum + length, 0));
  let first = 0;
  lengths.forEach((length, row) => {
    const frames = framesOf(all, row);
    const distances = new Float64Array(length);
    const column = new Float64Array(length);
    for (let k = 0; k < features; k++) {
      for (let t = 0; t < length; t++) column[t] = frames[t * features + k];
      const center = median(column.slice());
      for (let t = 0; t < length; t++) distances[t] += (column[t] - center) ** 2;
    }
    for (let t = 0; t < length; t++) distances[t] = Math.sqrt(distances[t]);
    const typical = median(distances.slice());
    const off = distances.map((distance) => Math.abs(distance - typical));
    const mean = off.reduce((sum, distance) => sum + distance, 0) / length;
    const spread = 1.4826 * median(off) || 1.2533 * mean;
    for (let t = 0; t < length; t++)
      scores[first + t] = spread > 0 ? Math.max(0, distances[t] - typical) / spread : 0;
    first += length;
  });
  return scores;
}

/** Sorts in place. */
function median(values: Float64Array): number {
  values.sort();
  const half = values.length >> 1;
  return values.length % 2 === 1 ? values[half] : 0.5 * (values[half - 1] + values[half]);
}

import { createRandom } from '../random.ts';
import { shuffle } from '../shuffle.ts';
import { numberValues } from './keys.ts';

/**
 * All rows in an order every beginning of which holds each class in its share, to about a row: nested training sets of a
 * learning curve, where a larger set is a smaller one and more. Rows of one class are shuffled; the i-th of m stands at
 * (i + ½)/m, and equal places are taken in the order of the shuffle.
 */
export function stratifiedOrder(labels: ArrayLike<number | string>, seed = 0): Uint32Array {
  const { of: classOf, counts } = numberValues(labels, 'labels');
  const order = shuffle(
    Array.from(classOf, (_, i) => i),
    createRandom(seed),
  );
  const met = new Uint32Array(counts.length);
  const place = new Float64Array(classOf.length);
  for (const row of order) place[row] = (met[classOf[row]]++ + 0.5) / counts[classOf[row]];
  return Uint32Array.from(order.sort((a, b) => place[a] - place[b]));
}

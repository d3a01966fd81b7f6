import { createRandom } from '../random.ts';
import { shuffle } from '../shuffle.ts';

/**
 * Labels of which a share is wrong, for a study of what label noise costs (paper 004 of the project's list): flip, train again,
 * plot the loss. Exactly round(share · n) rows, drawn at random, get another class, any other with equal chance. With one seed
 * a larger share flips the same rows and more, so that steps of the study differ by the added rows alone.
 * @returns the new labels, and which rows were flipped, ascending
 * @throws RangeError where `share` is not in [0, 1], or a label is not one of 0 … classes − 1.
 */
export function flipLabels(
  labels: ArrayLike<number>,
  classes: number,
  share: number,
  seed = 0,
): { readonly labels: Uint16Array; readonly flipped: Uint32Array } {
  if (!(share >= 0 && share <= 1)) throw new RangeError(`share is ${share}: give a share in [0, 1]`);
  if (!Number.isInteger(classes) || classes < 2)
    throw new RangeError(`classes is ${classes}: give at least 2`);
  const n = labels.length;
  for (let i = 0; i < n; i++) {
    if (!Number.isInteger(labels[i]) || labels[i] < 0 || labels[i] >= classes) {
      throw new RangeError(`labels[${i}] is ${labels[i]}: classes are 0 … ${classes - 1}`);
    }
  }
  const random = createRandom(seed);
  const order = shuffle(
    Uint32Array.from({ length: n }, (_, i) => i),
    random,
  );
  const noisy = Uint16Array.from(labels);
  const flipped = order.slice(0, Math.round(share * n));
  for (const i of flipped) noisy[i] = (noisy[i] + 1 + random.integer(classes - 1)) % classes;
  return { labels: noisy, flipped: flipped.sort() };
}

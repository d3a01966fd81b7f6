import type { Matrix } from '../matrix.ts';
import type { Sequences } from './sequences.ts';

/** @throws RangeError where rows have no frames, or frames of another width than `features`, where that is given */
export function requireSequences(x: Matrix, what: string, features?: number): Sequences {
  const { sequences: found } = x;
  if (found === undefined) {
    throw new RangeError(`${what} needs the frames of each row: use it in a recipe of the task 'sequence'`);
  }
  if (features !== undefined && found.features !== features) {
    throw new RangeError(
      `${what}: frames of ${found.features} numbers, but it was fitted on ${features}: use the encoder it was trained with`,
    );
  }
  return found;
}

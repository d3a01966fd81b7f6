import { randomStream } from '@blemish/engine';
import type { TrainingData } from './learner.ts';

/**
 * Number of the fold of each row, 0 … `folds` − 1: the rows of a group in one fold, classes spread evenly over the folds (of a group its
 * first row's class counts).
 * @throws RangeError where a class has fewer groups than folds
 */
export function stratifiedFolds(
  { y, groups, classes }: Pick<TrainingData, 'y' | 'groups' | 'classes'>,
  folds: number,
  seed: number,
): Int32Array {
  const members = new Map<number, number[]>();
  for (let i = 0; i < y.length; i++) {
    const group = groups?.[i] ?? i;
    const own = members.get(group);
    if (own === undefined) members.set(group, [i]);
    else own.push(i);
  }
  const foldOf = new Int32Array(y.length);
  const uniform = randomStream(seed, 'folds');
  let next = 0;
  for (let k = 0; k < classes; k++) {
    const own = [...members.values()].filter(([first]) => y[first] === k);
    if (own.length < folds) {
      throw new RangeError(
        `class ${k} has ${own.length} ${groups === undefined ? 'rows' : 'groups'} for ${folds} inner folds: take fewer folds, or more rows`,
      );
    }
    for (const { rows } of own.map((rows) => ({ rows, key: uniform() })).sort((a, b) => a.key - b.key)) {
      for (const row of rows) foldOf[row] = next % folds;
      next++;
    }
  }
  return foldOf;
}

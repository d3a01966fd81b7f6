import { createUnionFind } from '../union-find.ts';
import { checkLength, numberValues } from './keys.ts';

/**
 * One group column out of several (night and object, say): rows that share a value of any of them, directly or through
 * other rows, get the same number. With dense data everything can join into one group; the split then says so.
 * @throws RangeError on no column or unequal lengths.
 */
export function joinGroups(columns: readonly ArrayLike<number | string>[]): Uint32Array {
  if (columns.length === 0) throw new RangeError('no group column: give at least one');
  const n = columns[0].length;
  const sets = createUnionFind(n);
  for (const column of columns) {
    checkLength(column, n, 'groups');
    const { of, values } = numberValues(column, 'groups');
    const first = new Int32Array(values.length).fill(-1);
    of.forEach((value, i) => {
      if (first[value] === -1) first[value] = i;
      else sets.unite(first[value], i);
    });
  }
  return Uint32Array.from({ length: n }, (_, i) => sets.find(i));
}

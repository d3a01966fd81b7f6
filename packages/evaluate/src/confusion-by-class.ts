import type { BootstrapOptions } from './bootstrap.ts';
import { groupedProportion } from './proportion-interval.ts';
import type { Interval } from './types.ts';

/** How a yes/no decision fared on one true class. */
export interface FlaggedByClass {
  readonly name: string;
  readonly n: number;
  readonly flagged: number;
  /** Share flagged: the class's recall where it is an artifact, its false-positive rate where it is clean. */
  readonly share: Interval;
}

/**
 * Binary decisions broken down by true class, as paper 000 of the project's list does: which kinds of artifact are found,
 * which are missed, what is flagged without one. Exact binomial intervals, widened by the bootstrap over groups where
 * groups are given (`groupedProportion`). A row of several classes counts in each.
 * @param members of each class the rows it is on
 * @param flagged [n] 1 where flagged
 * @throws RangeError where a class names a row that is not there.
 */
export function flaggedByClass(
  members: Readonly<Record<string, ArrayLike<number>>>,
  flagged: ArrayLike<number>,
  options: BootstrapOptions & { readonly groups?: ArrayLike<number | string> } = {},
): FlaggedByClass[] {
  const { groups = null, ...bootstrap } = options;
  if (groups !== null && groups.length !== flagged.length) {
    throw new RangeError(
      `groups has ${groups.length} entries for ${flagged.length} rows: give one group a row`,
    );
  }
  return Object.entries(members).map(([name, rows]) => {
    const member = new Uint8Array(flagged.length);
    for (let j = 0; j < rows.length; j++) {
      if (!(rows[j] >= 0 && rows[j] < flagged.length)) {
        throw new RangeError(`class ${name} names row ${rows[j]}, there are ${flagged.length}`);
      }
      member[rows[j]] = 1;
    }
    let n = 0;
    let count = 0;
    member.forEach((inside, i) => {
      n += inside;
      count += inside * flagged[i];
    });
    return { name, n, flagged: count, share: groupedProportion(flagged, member, groups, bootstrap) };
  });
}

import { nearDuplicates } from '../duplicates/near-duplicates.ts';
import type { NearDuplicateOptions, Rows } from '../duplicates/near-duplicates.ts';
import { checkLength } from './keys.ts';
import type { Parts } from './types.ts';

export interface LeakageOptions extends NearDuplicateOptions {
  /** Columns whose values should not be in two parts, by name: exposure, night, object. */
  readonly groups?: Readonly<Record<string, ArrayLike<number | string>>>;
  /** Inputs of the rows, to look for the same row in two parts. */
  readonly rows?: Rows;
}

/** What two parts of a split have in common. */
export interface Leakage {
  /** Values of a group column that are in more than one part, the most rows first. */
  readonly groups: readonly {
    readonly column: string;
    readonly value: number | string;
    /** Rows in each part that has some. */
    readonly rows: Readonly<Record<string, number>>;
  }[];
  /** Sets of (nearly) identical rows that are in more than one part: their row numbers by part. */
  readonly duplicates: readonly Readonly<Record<string, readonly number[]>>[];
  readonly clean: boolean;
}

/**
 * Looks for what makes a test set easier than new data: a group, or a (nearly) identical row, in two parts. Every row of
 * `rows` and of the group columns is addressed by the row numbers of `parts`; rows in no part are left alone.
 * @throws RangeError where a part names a row that is not there, or a row is in two parts.
 */
export function findLeakage(
  parts: Parts,
  n: number,
  { groups = {}, rows, ...near }: LeakageOptions,
): Leakage {
  const names = Object.keys(parts);
  const partOf = new Int16Array(n).fill(-1);
  names.forEach((name, p) => {
    for (const i of parts[name]) {
      if (i >= n) throw new RangeError(`part ${name} names row ${i}, there are ${n}`);
      if (partOf[i] !== -1) throw new RangeError(`row ${i} is in parts ${names[partOf[i]]} and ${name}`);
      partOf[i] = p;
    }
  });
  const shared = Object.entries(groups).flatMap(([column, values]) => {
    checkLength(values, n, column);
    const counts = new Map<number | string, Uint32Array>();
    for (let i = 0; i < n; i++) {
      if (partOf[i] === -1) continue;
      let of = counts.get(values[i]);
      if (of === undefined) counts.set(values[i], (of = new Uint32Array(names.length)));
      of[partOf[i]]++;
    }
    return [...counts].flatMap(([value, of]) => {
      const held = names.flatMap((name, p) => (of[p] > 0 ? [[name, of[p]] as const] : []));
      return held.length > 1 ? [{ column, value, rows: Object.fromEntries(held) }] : [];
    });
  });
  const size = (counts: Readonly<Record<string, number>>): number =>
    Object.values(counts).reduce((sum, count) => sum + count, 0);
  shared.sort((a, b) => size(b.rows) - size(a.rows));
  if (rows !== undefined && rows.rows !== n) {
    throw new RangeError(`rows has ${rows.rows} rows, the split ${n}: give every row`);
  }
  const duplicates = (rows === undefined ? [] : nearDuplicates(rows, near)).flatMap((set) => {
    const held = names.flatMap((name, p) => {
      const inside = set.filter((i) => partOf[i] === p);
      return inside.length > 0 ? [[name, inside] as const] : [];
    });
    return held.length > 1 ? [Object.fromEntries(held)] : [];
  });
  return { groups: shared, duplicates, clean: shared.length === 0 && duplicates.length === 0 };
}

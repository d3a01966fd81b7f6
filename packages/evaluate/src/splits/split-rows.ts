import { assignParts } from './assign.ts';
import { checkLength, numberValues } from './keys.ts';
import type { Fold, Parts, Shares, SplitOptions } from './types.ts';

/**
 * Divides `n` rows at random: stratified with `labels`, by whole groups with `groups`, both with both (`assignParts`).
 * @throws RangeError where shares do not sum to 1, or a class or its groups are fewer than the parts.
 */
export function splitRows(n: number, shares: Shares, options: SplitOptions = {}): Parts {
  const names = checkShares(shares);
  const part = assignParts(
    n,
    names.map((name) => shares[name]),
    'parts',
    options,
  );
  return collect(part, names);
}

/**
 * The same in order of time: the earliest rows go to the first part named, the latest to the last, so that a model is tried on
 * what came after it was trained. Rows of equal time stay together, and with `groups` a whole group goes where its first
 * row goes: later rows of an object that straddles a cut then lie in the earlier part.
 * @param times of each row in any unit (MJD); no NaN
 * @throws RangeError where a part would get no row.
 */
export function splitByTime(
  times: ArrayLike<number>,
  shares: Shares,
  options: Pick<SplitOptions, 'groups'> = {},
): Parts {
  const names = checkShares(shares);
  const n = times.length;
  checkLength(options.groups, n, 'groups');
  for (let i = 0; i < n; i++) {
    if (!Number.isFinite(times[i])) throw new RangeError(`times[${i}] is ${times[i]}: leave the row out`);
  }
  const unit = numberValues(options.groups ?? Float64Array.from(times), 'groups');
  const first = new Float64Array(unit.counts.length).fill(Infinity);
  for (let i = 0; i < n; i++) first[unit.of[i]] = Math.min(first[unit.of[i]], times[i]);
  const order = Uint32Array.from(first.keys()).sort((a, b) => first[a] - first[b]);
  const partOf = new Uint16Array(order.length);
  const rowsIn = new Uint32Array(names.length);
  let before = 0;
  let part = 0;
  let end = n * shares[names[0]];
  order.forEach((u, k) => {
    const sameTime = k > 0 && first[order[k - 1]] === first[u];
    // A unit belongs where its middle row falls.
    while (!sameTime && part < names.length - 1 && before + 0.5 * unit.counts[u] > end) {
      part++;
      end += n * shares[names[part]];
    }
    partOf[u] = part;
    rowsIn[part] += unit.counts[u];
    before += unit.counts[u];
  });
  const empty = rowsIn.indexOf(0);
  if (empty !== -1) {
    throw new RangeError(
      `part ${names[empty]} gets no row: ${order.length} different times or groups cannot be cut so finely; give it a larger share`,
    );
  }
  return collect(
    Uint16Array.from(unit.of, (u) => partOf[u]),
    names,
  );
}

/**
 * `k` folds, each the test set once, `repeats` times over with other shuffles; stratified and by group as `splitRows`.
 * @throws RangeError where `k` is not a whole number ≥ 2, or a class or its groups are fewer than the folds.
 */
export function kFold(
  n: number,
  k: number,
  { repeats = 1, seed = 0, ...options }: SplitOptions & { readonly repeats?: number } = {},
): Fold[] {
  if (!Number.isInteger(k) || k < 2) throw new RangeError(`${k} folds: give a whole number ≥ 2`);
  if (!Number.isInteger(repeats) || repeats < 1)
    throw new RangeError(`repeats is ${repeats}: give a whole number ≥ 1`);
  const shares = Array<number>(k).fill(1 / k);
  return Array.from({ length: repeats }, (_, repeat) => {
    // Seeds far apart in the generator's own filling; the first repeat is that of `seed` itself.
    const part = assignParts(n, shares, 'folds', { ...options, seed: seed + 0x9e3779b1 * repeat });
    return shares.map((__, fold): Fold => {
      const { train, test } = collect(
        part.map((p) => (p === fold ? 1 : 0)),
        ['train', 'test'],
      );
      return { repeat, fold, train, test };
    });
  }).flat();
}

function collect<Name extends string>(part: Uint16Array, names: readonly Name[]): Record<Name, Uint32Array> {
  const rows = Uint32Array.from(part.keys());
  return Object.fromEntries(names.map((name, p) => [name, rows.filter((i) => part[i] === p)])) as Record<
    Name,
    Uint32Array
  >;
}

function checkShares(shares: Shares): string[] {
  const names = Object.keys(shares);
  if (names.length < 2) throw new RangeError(`${names.length} parts: a split has at least two`);
  let sum = 0;
  for (const name of names) {
    if (!(shares[name] > 0))
      throw new RangeError(`share of ${name} is ${shares[name]}: give a share above 0`);
    sum += shares[name];
  }
  if (Math.abs(sum - 1) > 1e-9) throw new RangeError(`shares sum to ${sum}: they must sum to 1`);
  return names;
}

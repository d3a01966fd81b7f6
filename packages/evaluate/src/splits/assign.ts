import { createRandom } from '../random.ts';
import { shuffle } from '../shuffle.ts';
import { checkLength, numberValues } from './keys.ts';
import type { SplitOptions } from './types.ts';

/**
 * Part of each row, 0 … shares.length − 1. Without groups every class (all rows are one class without labels) has in each
 * part its share of rows to within one, and where shares are equal the parts differ by at most one row. With groups whole
 * groups are dealt, the most uneven and largest first, each to the part that it brings nearest to its shares of all
 * classes and rows (greedy; the idea of scikit-learn's StratifiedGroupKFold): balance is as good as the groups allow.
 * @throws RangeError where a class, or its groups, are fewer than the parts.
 */
export function assignParts(
  n: number,
  shares: readonly number[],
  parts: string,
  { labels, groups, seed = 0 }: SplitOptions,
): Uint16Array {
  if (!Number.isInteger(n) || n < 1) throw new RangeError(`${n} rows: nothing to split`);
  checkLength(labels, n, 'labels');
  checkLength(groups, n, 'groups');
  const classes = numberValues(labels ?? new Uint8Array(n), 'labels');
  if (groups === undefined) {
    classes.counts.forEach((count, c) => {
      if (count < shares.length) refuse(labels, classes.values[c], count, 'rows', shares.length, parts);
    });
    return dealRows(classes.of, classes.counts, shares, seed);
  }
  const grouped = numberValues(groups, 'groups');
  const k = classes.counts.length;
  const table = new Float64Array(grouped.counts.length * k);
  for (let i = 0; i < n; i++) table[grouped.of[i] * k + classes.of[i]]++;
  for (let c = 0; c < k; c++) {
    let holders = 0;
    for (let g = 0; g < grouped.counts.length; g++) if (table[g * k + c] > 0) holders++;
    if (holders < shares.length) refuse(labels, classes.values[c], holders, 'groups', shares.length, parts);
  }
  const partOf = dealGroups(table, k, classes.counts, shares, seed);
  return Uint16Array.from(grouped.of, (g) => partOf[g]);
}

function dealRows(
  classOf: Uint32Array,
  counts: Uint32Array,
  shares: readonly number[],
  seed: number,
): Uint16Array {
  const random = createRandom(seed);
  const rows = Array.from(counts, () => [] as number[]);
  classOf.forEach((c, i) => rows[c].push(i));
  const part = new Uint16Array(classOf.length);
  // What each part still lacks of its share over the classes so far: rows that do not divide go there.
  const lacking = new Float64Array(shares.length);
  for (const members of rows) {
    shuffle(members, random);
    const quotas = shares.map((share) => share * members.length);
    const given = quotas.map((quota) => Math.floor(quota + 1e-9));
    const order = shuffle([...shares.keys()], random).filter((p) => quotas[p] - given[p] > 1e-9);
    order.sort((p, q) => quotas[q] - given[q] + lacking[q] - (quotas[p] - given[p] + lacking[p]));
    const left = members.length - given.reduce((sum, count) => sum + count, 0);
    for (const p of order.slice(0, left)) given[p]++;
    let next = 0;
    given.forEach((count, p) => {
      lacking[p] += quotas[p] - count;
      for (const end = next + count; next < end; next++) part[members[next]] = p;
    });
  }
  return part;
}

function dealGroups(
  table: Float64Array,
  k: number,
  totals: Uint32Array,
  shares: readonly number[],
  seed: number,
): Uint16Array {
  const nGroups = table.length / k;
  // Shares of every class that a group holds; the largest and least even groups are placed while all parts have room.
  const weight = Float64Array.from({ length: nGroups }, (_, g) => {
    let sum = 0;
    for (let c = 0; c < k; c++) sum += (table[g * k + c] / totals[c]) ** 2;
    return sum;
  });
  const order = shuffle(
    Uint32Array.from({ length: nGroups }, (_, g) => g),
    createRandom(seed),
  ).sort((a, b) => weight[b] - weight[a]);
  const held = shares.map(() => new Float64Array(k));
  const rows = totals.reduce((sum, count) => sum + count, 0);
  const heldRows = new Float64Array(shares.length);
  const groupsIn = new Uint32Array(shares.length);
  const part = new Uint16Array(nGroups);
  order.forEach((g, done) => {
    // Parts that have no group yet must not run out of groups.
    const empty = groupsIn.reduce((sum, count) => sum + (count === 0 ? 1 : 0), 0);
    const onlyEmpty = nGroups - done <= empty;
    let best = -1;
    let bestCost = Infinity;
    for (let p = 0; p < shares.length; p++) {
      if (onlyEmpty && groupsIn[p] > 0) continue;
      // Growth of Σ (held share − wanted share)² / wanted share, over classes and all rows.
      let cost = 0;
      let size = 0;
      for (let c = 0; c < k; c++) {
        const more = table[g * k + c] / totals[c];
        cost += more * (more + 2 * (held[p][c] / totals[c] - shares[p]));
        size += table[g * k + c];
      }
      const more = size / rows;
      cost += more * (more + 2 * (heldRows[p] / rows - shares[p]));
      cost /= shares[p];
      if (cost < bestCost) {
        bestCost = cost;
        best = p;
      }
    }
    part[g] = best;
    groupsIn[best]++;
    for (let c = 0; c < k; c++) {
      held[best][c] += table[g * k + c];
      heldRows[best] += table[g * k + c];
    }
  });
  return part;
}

function refuse(
  labels: ArrayLike<number | string> | undefined,
  value: number | string,
  count: number,
  what: 'rows' | 'groups',
  wanted: number,
  parts: string,
): never {
  const who =
    labels === undefined ? `there are only ${count} ${what}` : `class ${value} has ${count} ${what}`;
  const fewer = count >= 2 ? `at most ${count} ${parts}` : 'more labelled rows';
  const finer = what === 'groups' ? ', or a finer grouping' : '';
  const merge = labels === undefined ? '' : ', merge the class with another, or leave it out';
  throw new RangeError(`${who}, ${wanted} ${parts} need at least ${wanted}: give ${fewer}${finer}${merge}`);
}

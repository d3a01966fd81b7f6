import { createRandom } from '../random.ts';
import { createUnionFind } from '../union-find.ts';

/** Rows of numbers, one after another: table features, pixels, embeddings, unit vectors of sky positions. */
export interface Rows {
  readonly rows: number;
  readonly columns: number;
  readonly data: ArrayLike<number>;
}

export interface NearDuplicateOptions {
  /**
   * Euclidean distance up to which two rows count as one (0: identical alone), in the units of the data: bring columns
   * to one scale first. NaN is equal to NaN and infinitely far from numbers.
   */
  readonly tolerance?: number;
  /** Values are rounded to multiples of this first (not at all), e.g. 1e-4 for rows that went through a text file. */
  readonly round?: number;
}

/** Pairs of rows compared at most before giving up: about a minute. */
const maxComparisons = 2e9;

/**
 * Sets of rows that are (nearly) the same, each of two rows or more, ascending. Sets are chains: rows at either end may
 * lie further apart than the tolerance. Identical rows are found by hashing. Near ones are found by sorting along a random
 * direction, where rows within the tolerance are within it too: only neighbours there are compared, screened by seven more
 * directions. Exact: nothing within the tolerance is missed.
 * @throws RangeError where the tolerance is so large against the spread of the rows that nearly all pairs are neighbours.
 */
export function nearDuplicates(
  { rows, columns, data }: Rows,
  { tolerance = 0, round }: NearDuplicateOptions = {},
): number[][] {
  if (data.length !== rows * columns) {
    throw new RangeError(
      `${data.length} numbers for ${rows} rows of ${columns} columns: give ${rows * columns}`,
    );
  }
  if (!(tolerance >= 0)) throw new RangeError(`tolerance is ${tolerance}: give a distance ≥ 0`);
  if (round !== undefined && !(round > 0)) throw new RangeError(`round is ${round}: give a step above 0`);
  const values = Float64Array.from(
    data,
    (value) => (round === undefined ? value : Math.round(value / round)) + 0,
  );
  const sets = createUnionFind(rows);
  const distinct = uniteIdentical(values, rows, columns, sets);
  if (tolerance > 0)
    uniteNear(values, columns, distinct, round === undefined ? tolerance : tolerance / round, sets);
  const members = new Map<number, number[]>();
  for (let i = 0; i < rows; i++) {
    const root = sets.find(i);
    const set = members.get(root);
    if (set === undefined) members.set(root, [i]);
    else set.push(i);
  }
  return [...members.values()].filter((set) => set.length > 1);
}

type Sets = ReturnType<typeof createUnionFind>;

/** Unites identical rows; returns the first of each kind. */
function uniteIdentical(values: Float64Array, rows: number, columns: number, sets: Sets): Uint32Array {
  const bits = new Uint32Array(values.buffer);
  const seen = new Map<number, number[]>();
  const distinct: number[] = [];
  for (let i = 0; i < rows; i++) {
    // FNV-1a over 32-bit words; NaN is one value whatever its bits.
    let hash = 0x811c9dc5;
    for (let c = i * columns; c < (i + 1) * columns; c++) {
      const missing = Number.isNaN(values[c]);
      hash = Math.imul(hash ^ (missing ? 1 : bits[2 * c]), 0x01000193);
      hash = Math.imul(hash ^ (missing ? 1 : bits[2 * c + 1]), 0x01000193);
      hash ^= hash >>> 15;
    }
    const candidates = seen.get(hash);
    const same = candidates?.find((j) => squaredDistance(values, columns, i, j, 0) === 0);
    if (same !== undefined) {
      sets.unite(same, i);
      continue;
    }
    distinct.push(i);
    if (candidates === undefined) seen.set(hash, [i]);
    else candidates.push(i);
  }
  return Uint32Array.from(distinct);
}

function uniteNear(
  values: Float64Array,
  columns: number,
  distinct: Uint32Array,
  tolerance: number,
  sets: Sets,
): void {
  const nDirections = 8;
  const n = distinct.length;
  const random = createRandom(1);
  const along = Array.from({ length: nDirections }, () => {
    const direction = Float64Array.from({ length: columns }, () => 2 * random.uniform() - 1);
    const norm = Math.hypot(...direction) || 1;
    return Float64Array.from(distinct, (i) => {
      let sum = 0;
      for (let c = 0; c < columns; c++) {
        const value = values[i * columns + c];
        // Both NaN: no difference in that column. One NaN: never compared as near anyway.
        if (!Number.isNaN(value)) sum += (direction[c] / norm) * value;
      }
      return sum;
    });
  });
  // The direction with the most spread leaves the fewest neighbours.
  const spread = along.map((projection) => {
    const sorted = Float64Array.from(projection).sort();
    return sorted[Math.floor(0.75 * (n - 1))] - sorted[Math.floor(0.25 * (n - 1))];
  });
  const [widest] = [...along.keys()].sort((a, b) => spread[b] - spread[a]);
  const main = along[widest];
  const order = Uint32Array.from(main.keys()).sort((a, b) => main[a] - main[b]);
  // Projections are sums of rounded products.
  const reach = tolerance * (1 + 1e-9) + 1e-12 * Math.abs(main[order[n - 1]] - main[order[0]]);
  const limit = tolerance ** 2;
  let comparisons = 0;
  for (let a = 0; a < n; a++) {
    const i = order[a];
    for (let b = a + 1; b < n && main[order[b]] - main[i] <= reach; b++) {
      if (++comparisons > maxComparisons) {
        throw new RangeError(
          `a tolerance of ${tolerance} is too large for the spread of these ${n} rows: nearly every pair is within it along a line; give a smaller one`,
        );
      }
      const j = order[b];
      let near = true;
      for (let d = 0; near && d < nDirections; d++) near = Math.abs(along[d][i] - along[d][j]) <= reach;
      if (near && squaredDistance(values, columns, distinct[i], distinct[j], limit) <= limit) {
        sets.unite(distinct[i], distinct[j]);
      }
    }
  }
}

/** Stops as soon as it is above `limit`. */
function squaredDistance(values: Float64Array, columns: number, i: number, j: number, limit: number): number {
  let sum = 0;
  for (let c = 0; c < columns; c++) {
    const a = values[i * columns + c];
    const b = values[j * columns + c];
    if (a === b) continue;
    if (Number.isNaN(a) && Number.isNaN(b)) continue;
    const difference = a - b;
    if (Number.isNaN(difference)) return Infinity;
    sum += difference * difference;
    if (sum > limit) return sum;
  }
  return sum;
}

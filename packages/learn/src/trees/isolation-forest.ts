import { randomStream } from '@blemish/engine';
import * as z from 'zod';
import { checkInput } from '../check-training.ts';
import type { FitContext } from '../learner.ts';
import type { Matrix } from '../matrix.ts';
import { savedSettings } from '../saved.ts';
import type { SavedParts } from '../saved.ts';
import { Ensemble } from './ensemble.ts';
import { joinTrees, loadTrees, saveTrees, treesSettings } from './trees.ts';
import type { Tree } from './trees.ts';

export interface IsolationForestOptions {
  /** Number of trees; 100 where absent. */
  readonly trees?: number;
  /** Rows drawn for each tree, without replacement; 256 where absent, all where there are fewer. */
  readonly samples?: number;
}

/** How soon random splits cut a row off from the others. */
export interface IsolationForest {
  readonly columns: number;
  /**
   * [rows] anomaly score in (0, 1]: near 1 for outliers, below 0.5 for what lies among its like; scikit-learn's `score_samples` is its negative.
   * @throws RangeError on another number of columns, NaN and infinite numbers.
   */
  score(x: Matrix): Promise<Float64Array>;
  save(): SavedParts;
}

const version = 1;
const settingsSchema = z.strictObject({
  columns: z.int().positive(),
  samples: z.int().positive(),
  ...treesSettings.shape,
});

/**
 * Isolation forest (Liu, Ting & Zhou 2008, algorithms 1 to 3): trees of random splits on few rows each. The score is 2^(−E(h) / c(ψ)), equation 2, of the mean
 * number of splits h down to a row's leaf, with what the leaf's rows would still have needed added, and its expectation c over ψ rows.
 * @throws RangeError on no rows or columns, NaN and infinite numbers (row and column named), and options below 1.
 */
export async function fitIsolationForest(
  x: Matrix,
  options: IsolationForestOptions,
  { seed, signal, onProgress }: FitContext,
): Promise<IsolationForest> {
  const { trees = 100, samples: wanted = 256 } = options;
  if (!(Number.isInteger(trees) && trees >= 1 && Number.isInteger(wanted) && wanted >= 1)) {
    throw new RangeError(`trees ${trees}, samples ${wanted}: give whole numbers of at least 1`);
  }
  if (x.rows === 0 || x.columns === 0) {
    throw new RangeError(`${x.rows} rows of ${x.columns} columns: there is nothing to isolate`);
  }
  checkInput(x, x.columns, 'refused');
  const samples = Math.min(wanted, x.rows);
  const grown: Tree[] = [];
  for (let t = 0; t < trees; t++) {
    signal?.throwIfAborted();
    grown.push(growTree(x, drawRows(x.rows, samples, randomStream(seed, `rows of tree ${t}`)), seed, t));
    onProgress?.(t + 1, trees);
  }
  return restore(x.columns, samples, new Ensemble(joinTrees(grown, 1)));
}

/** @throws RangeError on parts of another kind or version. */
export function loadIsolationForest(parts: SavedParts): IsolationForest {
  const { columns, samples, ...sizes } = savedSettings(parts, 'isolation-forest', version, settingsSchema);
  return restore(columns, samples, new Ensemble(loadTrees(parts, sizes, columns)));
}

function restore(columns: number, samples: number, ensemble: Ensemble): IsolationForest {
  const scale = ensemble.trees.roots.length * expectedPath(samples);
  return {
    columns,
    async score(x) {
      checkInput(x, columns, 'refused');
      const lengths = await ensemble.sums(x, 1);
      // A single row is never cut off from others: everything is as anomalous as it.
      return lengths.map((length) => (scale === 0 ? 0.5 : 2 ** (-length / scale)));
    },
    save() {
      const { settings, arrays } = saveTrees(ensemble.trees);
      return { kind: 'isolation-forest', version, settings: { columns, samples, ...settings }, arrays };
    },
  };
}

/** Mean number of splits down to one of `rows` rows: c(n) of equation 1, the mean depth of an unsuccessful search in a binary search tree. */
function expectedPath(rows: number): number {
  if (rows <= 1) return 0;
  if (rows === 2) return 1;
  const harmonic = Math.log(rows - 1) + 0.5772156649015329;
  return 2 * harmonic - (2 * (rows - 1)) / rows;
}

/** `count` of the rows 0 … `rows` − 1 without replacement (Floyd). */
function drawRows(rows: number, count: number, uniform: () => number): Int32Array {
  const drawn = new Set<number>();
  for (let last = rows - count; last < rows; last++) {
    const row = Math.floor(uniform() * (last + 1));
    drawn.add(drawn.has(row) ? last : row);
  }
  return Int32Array.from(drawn);
}

/** A tree of random splits, no deeper than a balanced one of as many rows; its leaves hold path lengths. */
function growTree({ columns, data }: Matrix, rows: Int32Array, seed: number, number: number): Tree {
  const uniform = randomStream(seed, `splits of tree ${number}`);
  const deepest = Math.ceil(Math.log2(Math.max(rows.length, 2)));
  const splits: number[] = [-1];
  const thresholds: number[] = [0];
  const children: number[] = [0];
  const values: number[] = [];
  const order = Int32Array.from({ length: columns }, (_, j) => j);
  const waiting = [{ node: 0, rows, depth: 0 }];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { node, rows: members, depth } = next;
    const split =
      members.length > 1 && depth < deepest ? randomSplit(columns, data, members, order, uniform) : null;
    if (split === null) {
      children[node] = values.length;
      values.push(depth + expectedPath(members.length));
      continue;
    }
    const { column, threshold } = split;
    const left = splits.length;
    splits[node] = 2 * column;
    thresholds[node] = threshold;
    children[node] = left;
    splits.push(-1, -1);
    thresholds.push(0, 0);
    children.push(0, 0);
    const goesLeft = (row: number) => data[row * columns + column] <= threshold;
    waiting.push(
      { node: left + 1, rows: members.filter((row) => !goesLeft(row)), depth: depth + 1 },
      { node: left, rows: members.filter(goesLeft), depth: depth + 1 },
    );
  }
  return {
    splits: Int32Array.from(splits),
    thresholds: Float64Array.from(thresholds),
    children: Int32Array.from(children),
    values: Float64Array.from(values),
  };
}

/** A random column of those that vary among the members, and a random number in its range; null where none varies. */
function randomSplit(
  columns: number,
  data: Float64Array,
  members: Int32Array,
  order: Int32Array,
  uniform: () => number,
): { column: number; threshold: number } | null {
  for (let left = columns; left > 0; left--) {
    const at = Math.floor(uniform() * left);
    const column = order[at];
    order[at] = order[left - 1];
    order[left - 1] = column;
    let [least, largest] = [Infinity, -Infinity];
    for (const row of members) {
      const value = data[row * columns + column];
      if (value < least) least = value;
      if (value > largest) largest = value;
    }
    if (!(least < largest)) continue;
    const threshold = least + uniform() * (largest - least);
    return { column, threshold: threshold < largest ? threshold : least };
  }
  return null;
}

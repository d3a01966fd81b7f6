import * as z from 'zod';
import type { Matrix } from '../matrix.ts';
import { savedIntegers, savedNumbers } from '../saved.ts';
import type { SavedParts } from '../saved.ts';

/** Grown trees, one after the other. Children come after their parents. */
export interface Trees {
  /** First node of each tree. */
  readonly roots: Int32Array;
  /** Of each node twice its column, plus one where missing values go left; −1: a leaf. */
  readonly splits: Int32Array;
  /** Values ≤ it go left. */
  readonly thresholds: Float64Array;
  /** Of each node its left child, whose right sibling follows it; of a leaf its row of `values`. */
  readonly children: Int32Array;
  /** [leaves, width] */
  readonly values: Float64Array;
  readonly width: number;
}

/** One tree as the kernels leave it; its children and rows of values count from its own first. */
export interface Tree {
  readonly splits: Int32Array;
  readonly thresholds: Float64Array;
  readonly children: Int32Array;
  readonly values: Float64Array;
}

export function joinTrees(trees: readonly Tree[], width: number): Trees {
  const nodes = trees.reduce((sum, { splits }) => sum + splits.length, 0);
  const numbers = trees.reduce((sum, { values }) => sum + values.length, 0);
  const joined = {
    roots: new Int32Array(trees.length),
    splits: new Int32Array(nodes),
    thresholds: new Float64Array(nodes),
    children: new Int32Array(nodes),
    values: new Float64Array(numbers),
    width,
  };
  let [node, number] = [0, 0];
  for (const [t, { splits, thresholds, children, values }] of trees.entries()) {
    joined.roots[t] = node;
    joined.splits.set(splits, node);
    joined.thresholds.set(thresholds, node);
    joined.values.set(values, number);
    for (let i = 0; i < splits.length; i++) {
      joined.children[node + i] = children[i] + (splits[i] < 0 ? number / width : node);
    }
    node += splits.length;
    number += values.length;
  }
  return joined;
}

export const treesSettings = z.strictObject({
  trees: z.int().positive(),
  nodes: z.int().positive(),
  leaves: z.int().positive(),
  width: z.int().positive(),
});

export function saveTrees({ roots, splits, thresholds, children, values, width }: Trees): {
  settings: z.output<typeof treesSettings>;
  arrays: SavedParts['arrays'];
} {
  const nodes = splits.length;
  const leaves = values.length / width;
  return {
    settings: { trees: roots.length, nodes, leaves, width },
    arrays: {
      roots: { shape: [roots.length], data: roots },
      splits: { shape: [nodes], data: splits },
      thresholds: { shape: [nodes], data: thresholds },
      children: { shape: [nodes], data: children },
      values: { shape: [leaves, width], data: values },
    },
  };
}

/** @throws RangeError where an array is not there or leads to nodes or columns that are not there. */
export function loadTrees(
  parts: SavedParts,
  { trees, nodes, leaves, width }: z.output<typeof treesSettings>,
  columns: number,
): Trees {
  const loaded: Trees = {
    roots: savedIntegers(parts, 'roots', trees),
    splits: savedIntegers(parts, 'splits', nodes),
    thresholds: savedNumbers(parts, 'thresholds', nodes),
    children: savedIntegers(parts, 'children', nodes),
    values: savedNumbers(parts, 'values', leaves * width),
    width,
  };
  const { roots, splits, children } = loaded;
  const isWrong = (i: number) =>
    splits[i] < 0
      ? children[i] < 0 || children[i] >= leaves
      : splits[i] >= 2 * columns || children[i] <= i || children[i] + 1 >= nodes;
  if (roots.some((root) => root < 0 || root >= nodes) || splits.some((_, i) => isWrong(i))) {
    throw new RangeError(`saved '${parts.kind}' has a tree that leads nowhere: fit it again`);
  }
  return loaded;
}

/** Trees as the kernels walk them (assembly/trees/predict.ts): 24 bytes for each node that is split, and where each tree begins. */
export interface PackedTrees {
  readonly nodes: Uint8Array;
  readonly roots: Int32Array;
}

export function packTrees({ roots, splits, thresholds, children }: Trees): PackedTrees {
  // A leaf's number is below 0 and leads to its values at once.
  const numbers = new Int32Array(splits.length);
  let count = 0;
  for (let i = 0; i < splits.length; i++) numbers[i] = splits[i] < 0 ? -1 - children[i] : count++;
  const buffer = new ArrayBuffer(24 * count);
  const floats = new Float64Array(buffer);
  const words = new Int32Array(buffer);
  for (let i = 0; i < splits.length; i++) {
    const at = numbers[i];
    if (at < 0) continue;
    floats[3 * at] = thresholds[i];
    words[6 * at + 2] = numbers[children[i]];
    words[6 * at + 3] = numbers[children[i] + 1];
    words[6 * at + 4] = (splits[i] >> 1) | ((splits[i] & 1) << 31);
  }
  return { nodes: new Uint8Array(buffer), roots: roots.map((root) => numbers[root]) };
}

/** [columns] with sum 1: `gains` as shares; all 0 where nothing was gained. */
export function shares(gains: Float64Array): Float64Array {
  const sum = gains.reduce((total, gain) => total + gain, 0);
  return sum > 0 ? gains.map((gain) => gain / sum) : gains.slice();
}

/** Copies the numbers of a matrix column after column. */
export function byColumn({ rows, columns, data }: Matrix, to: Float64Array): void {
  for (let i = 0, at = 0; i < rows; i++) for (let j = 0; j < columns; j++, at++) to[j * rows + i] = data[at];
}

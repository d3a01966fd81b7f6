// Sums over trees of what the leaves hold that rows fall into.
import { bootstrapCounts } from './forest';

// A node is 24 bytes: threshold (f64), left and right child (i32), column (u32; bit 31: missing values go left), nothing. A child is the number of another node or, for a
// leaf, −1 − the row of its values: leaves need no node. `roots` are such numbers too.

// @ts-ignore: decorator
@inline
function step(nodes: usize, node: i32, row: usize): i32 {
  const at = nodes + usize(max(node, 0)) * 24;
  const column = load<u32>(at, 16);
  const value = load<f64>(row + (usize(column & 0x7fffffff) << 3));
  const goesRight = usize(value > load<f64>(at)) | (usize(value != value) & usize((column >> 31) ^ 1));
  return node < 0 ? node : load<i32>(at + (goesRight << 2), 8);
}

// @ts-ignore: decorator
@inline
function addLeaf(leaf: i32, values: usize, width: usize, to: usize): void {
  const from = values + ((usize(-1 - leaf) * width) << 3);
  for (let k: usize = 0; k < width << 3; k += 8) {
    store<f64>(to + k, load<f64>(to + k) + load<f64>(from + k));
  }
}

/** Rows that pass through a tree before the next: many, so that the tree is worth its way into the cache, and not so many that they leave it themselves. */
const BLOCK: i32 = 4096;

/**
 * Adds to `out` [rows, outputs] the values of all trees for rows `from` … `to` − 1 of `x` [·, columns]. Tree t adds `width` values from
 * output (t mod (outputs / width)) · width on.
 */
export function predictTrees(
  x: usize,
  columns: i32,
  from: i32,
  to: i32,
  nodes: usize,
  roots: usize,
  trees: i32,
  values: usize,
  width: i32,
  outputs: i32,
  out: usize,
): void {
  const stride = usize(columns) << 3,
    outStride = usize(outputs) << 3,
    wide = usize(width);
  const groups = outputs / width;
  for (let start = from; start < to; start += BLOCK) {
    const end = min(start + BLOCK, to);
    for (let tree = 0; tree < trees; tree++) {
      const root = load<i32>(roots + (usize(tree) << 2));
      const place = out + ((usize(tree % groups) * wide) << 3);
      let i = start;
      // Four rows at a time: each waits for memory while the others go on.
      for (; i + 4 <= end; i += 4) {
        const row0 = x + usize(i) * stride,
          row1 = row0 + stride,
          row2 = row1 + stride,
          row3 = row2 + stride;
        let node0 = root,
          node1 = root,
          node2 = root,
          node3 = root;
        while ((node0 & node1 & node2 & node3) >= 0) {
          node0 = step(nodes, node0, row0);
          node1 = step(nodes, node1, row1);
          node2 = step(nodes, node2, row2);
          node3 = step(nodes, node3, row3);
        }
        const sum = place + usize(i) * outStride;
        addLeaf(node0, values, wide, sum);
        addLeaf(node1, values, wide, sum + outStride);
        addLeaf(node2, values, wide, sum + 2 * outStride);
        addLeaf(node3, values, wide, sum + 3 * outStride);
      }
      for (; i < end; i++) {
        addLeaf(leafOf(nodes, root, x + usize(i) * stride), values, wide, place + usize(i) * outStride);
      }
    }
  }
}

function leafOf(nodes: usize, root: i32, row: usize): i32 {
  let node = root;
  while (node >= 0) node = step(nodes, node, row);
  return node;
}

/**
 * As `predictTrees` with `width` = `outputs`, for a forest of bootstrap samples: each tree adds to the rows alone that it was not grown on. `drawn` holds a word for each of
 * `rows` rows.
 */
export function predictOutOfBag(
  x: usize,
  columns: i32,
  rows: i32,
  from: i32,
  to: i32,
  nodes: usize,
  roots: usize,
  trees: i32,
  values: usize,
  width: i32,
  seed: u32,
  drawn: usize,
  out: usize,
): void {
  const wide = usize(width);
  for (let tree = 0; tree < trees; tree++) {
    bootstrapCounts(seed, tree, rows, drawn);
    const root = load<i32>(roots + (usize(tree) << 2));
    for (let i = from; i < to; i++) {
      if (load<u32>(drawn + (usize(i) << 2)) != 0) continue;
      const node = leafOf(nodes, root, x + ((usize(i) * usize(columns)) << 3));
      addLeaf(node, values, wide, out + ((usize(i) * wide) << 3));
    }
  }
}

// One tree of a forest (Breiman 2001; extremely randomized: Geurts, Ernst and Wehenkel 2006), as scikit-learn grows it: depth first, each
// node split by the best of `maxFeatures` columns drawn without replacement, more where all those are constant.
import { MISSING, below, seedRandom } from './common';
import { puritySum } from './impurity';
import {
  clear,
  findBestSplit,
  findRandomSplit,
  prepareSplits,
  splitBin,
  splitColumn,
  splitFound,
  splitMissingLeft,
  splitSawMissing,
  splitScore,
  splitThreshold,
  startSearch,
  startTree,
} from './forest-splits';

// A sample is 16 bytes: row (u32), class (u32), weight (f64).
let rows: i32 = 0,
  columns: i32 = 0,
  classes: i32 = 0,
  data: usize = 0,
  labels: usize = 0,
  weights: usize = 0,
  isExtra: bool = false,
  entropy: bool = false,
  maxFeatures: i32 = 0,
  maxDepth: i32 = 0,
  minSplit: i32 = 0,
  minLeaf: i32 = 0;
// This thread's scratch.
let samples: usize = 0,
  spare: usize = 0,
  bootstrap: usize = 0,
  order: usize = 0,
  stack: usize = 0,
  totals: usize = 0;
// Where this thread's tree is written.
let outSplits: usize = 0,
  outThresholds: usize = 0,
  outChildren: usize = 0,
  outValues: usize = 0,
  outImportance: usize = 0;

/**
 * @param isExtraTree data: `columns` × `rows` numbers, column after column; else bins, with the least and largest number of each of the 256 bins of each
 * column at `lows` and `highs`
 * @param scratch 60 · rows + 4 · columns + 8 · 260 · classes + 4096 bytes, this thread's own, at a multiple of 16
 * @param splits and what follows: where `growTree` leaves its tree, this thread's own. Room for 2 · rows nodes (words, numbers, words), for `classes` numbers a row and for one
 * a column
 */
export function prepareForest(
  rowCount: i32,
  columnCount: i32,
  classCount: i32,
  dataAt: usize,
  lows: usize,
  highs: usize,
  labelsAt: usize,
  weightsAt: usize,
  isExtraTree: i32,
  byEntropy: i32,
  features: i32,
  depth: i32,
  leastSplit: i32,
  leastLeaf: i32,
  scratch: usize,
  splits: usize,
  thresholds: usize,
  children: usize,
  values: usize,
  importance: usize,
): void {
  rows = rowCount;
  columns = columnCount;
  classes = classCount;
  data = dataAt;
  labels = labelsAt;
  weights = weightsAt;
  isExtra = isExtraTree != 0;
  entropy = byEntropy != 0;
  maxFeatures = features;
  maxDepth = depth;
  minSplit = leastSplit;
  minLeaf = leastLeaf;
  samples = scratch;
  spare = samples + (usize(rows) << 4);
  stack = spare + (usize(rows) << 4);
  // A stack entry is 16 bytes, and depth first no more than one entry waits for each sample.
  bootstrap = stack + (usize(rows + 1) << 4);
  order = bootstrap + (usize(rows) << 2);
  totals = (order + (usize(columns) << 2) + 15) & ~15;
  const splitScratch = totals + (usize(classes) << 3);
  prepareSplits(rows, classes, data, lows, highs, entropy, minLeaf, splitScratch);
  outSplits = splits;
  outThresholds = thresholds;
  outChildren = children;
  outValues = values;
  outImportance = importance;
}

/** How often each row is drawn into the tree of this seed and number: `rows` words at `to`. */
export function bootstrapCounts(seed: u32, tree: u32, count: i32, to: usize): void {
  seedRandom(seed, tree);
  memory.fill(to, 0, usize(count) << 2);
  for (let i = 0; i < count; i++) {
    const at = to + (usize(below(count)) << 2);
    store<u32>(at, load<u32>(at) + 1);
  }
}

/** Samples of positive weight; returns how many. */
function drawSamples(seed: u32, tree: u32, isBootstrap: bool): i32 {
  if (isBootstrap) bootstrapCounts(seed, tree, rows, bootstrap);
  else seedRandom(seed, tree);
  let n = 0;
  let common: f64 = -1;
  for (let i = 0; i < rows; i++) {
    let weight = load<f64>(weights + (usize(i) << 3));
    if (isBootstrap) weight *= f64(load<u32>(bootstrap + (usize(i) << 2)));
    if (!(weight > 0)) continue;
    common = common == -1 || common == weight ? weight : 0;
    const sample = samples + (usize(n++) << 4);
    store<u32>(sample, i);
    store<u32>(sample, load<i32>(labels + (usize(i) << 2)), 4);
    store<f64>(sample, weight, 8);
  }
  startTree(common);
  return n;
}

/** Class weights of samples `start` … `end` − 1 at `totals`; returns their sum. */
function sumClasses(start: i32, end: i32): f64 {
  clear(totals, usize(classes) << 3);
  let weight: f64 = 0;
  for (let i = start; i < end; i++) {
    const sample = samples + (usize(i) << 4);
    const at = totals + (usize(load<u32>(sample, 4)) << 3);
    const own = load<f64>(sample, 8);
    store<f64>(at, load<f64>(at) + own);
    weight += own;
  }
  return weight;
}

function isPure(): bool {
  let found = 0;
  for (let k = 0; k < classes; k++) if (load<f64>(totals + (usize(k) << 3)) > 0) found++;
  return found <= 1;
}

/** Draws columns until `maxFeatures` were looked at and one of them was not constant; leaves the best split where forest-splits.ts keeps it. */
function search(start: i32, end: i32, weight: f64): void {
  startSearch();
  let looked = 0,
    varied = 0;
  for (let left = columns; left > 0; left--) {
    if (looked >= maxFeatures && varied > 0) return;
    const drawn = order + (usize(below(left)) << 2);
    const last = order + (usize(left - 1) << 2);
    const column = load<i32>(drawn);
    store<i32>(drawn, load<i32>(last));
    store<i32>(last, column);
    looked++;
    const isVaried = isExtra
      ? findRandomSplit(column, samples, start, end, totals, weight)
      : findBestSplit(column, samples, start, end, totals, weight);
    if (isVaried) varied++;
  }
}

/** Moves the samples that go left before the others, each side in its order; returns where the right begin. */
function partition(start: i32, end: i32): i32 {
  let left = samples + (usize(start) << 4),
    right = spare;
  const stop = samples + (usize(end) << 4);
  const column = splitColumn,
    bin = splitBin,
    threshold = splitThreshold,
    missingLeft = usize(splitMissingLeft);
  const at = isExtra ? data + ((usize(column) * usize(rows)) << 3) : data + usize(column) * usize(rows);
  for (let sample = left; sample < stop; sample += 16) {
    const row = usize(load<u32>(sample));
    let goesLeft: usize;
    if (isExtra) {
      const value = load<f64>(at + (row << 3));
      goesLeft = usize(value <= threshold) | (usize(value != value) & missingLeft);
    } else {
      const own = i32(load<u8>(at + row));
      goesLeft = usize(own <= bin) | (usize(own == MISSING) & missingLeft);
    }
    const whole = v128.load(sample);
    v128.store(left, whole);
    v128.store(right, whole);
    left += goesLeft << 4;
    right += (goesLeft ^ 1) << 4;
  }
  memory.copy(left, spare, right - spare);
  return i32((left - samples) >> 4);
}

/**
 * Grows tree number `tree` of the forest of this seed. Each node has a column (twice its number, plus one where missing values go left; −1: leaf),
 * a threshold (values ≤ it go left) and a child: the left one, whose right sibling follows it, or for a leaf the row of its class shares in the values.
 * Returns the number of nodes; leaves are half of them, rounded up.
 */
export function growTree(seed: u32, tree: u32, isBootstrap: i32): i32 {
  const count = drawSamples(seed, tree, isBootstrap != 0);
  memory.fill(outImportance, 0, usize(columns) << 3);
  for (let i = 0; i < columns; i++) store<i32>(order + (usize(i) << 2), i);
  let nodes = 1,
    leaves = 0,
    waiting = 1;
  push(0, 0, 0, count, 0);
  while (waiting > 0) {
    const entry = stack + (usize(--waiting) << 4);
    const node = load<i32>(entry),
      start = load<i32>(entry, 4),
      end = load<i32>(entry, 8),
      depth = load<i32>(entry, 12);
    const weight = sumClasses(start, end);
    let isLeaf = end - start < minSplit || end - start < 2 * minLeaf || depth >= maxDepth || isPure();
    if (!isLeaf) {
      search(start, end, weight);
      isLeaf = !splitFound;
    }
    if (isLeaf) {
      const values = outValues + ((usize(leaves) * usize(classes)) << 3);
      for (let k = 0; k < classes; k++) {
        store<f64>(values + (usize(k) << 3), load<f64>(totals + (usize(k) << 3)) / weight);
      }
      store<i32>(outSplits + (usize(node) << 2), -1);
      store<f64>(outThresholds + (usize(node) << 3), 0);
      store<i32>(outChildren + (usize(node) << 2), leaves++);
      continue;
    }
    const gained = outImportance + (usize(splitColumn) << 3);
    store<f64>(gained, load<f64>(gained) + splitScore - puritySum(totals, classes, weight, entropy));
    const middle = partition(start, end);
    // What this node never saw goes with the many.
    const missingLeft = splitSawMissing ? splitMissingLeft : middle - start > end - middle;
    store<i32>(outSplits + (usize(node) << 2), 2 * splitColumn + i32(missingLeft));
    store<f64>(outThresholds + (usize(node) << 3), splitThreshold);
    store<i32>(outChildren + (usize(node) << 2), nodes);
    push(waiting++, nodes + 1, middle, end, depth + 1);
    push(waiting++, nodes, start, middle, depth + 1);
    nodes += 2;
  }
  return nodes;
}

function push(place: i32, node: i32, start: i32, end: i32, depth: i32): void {
  const entry = stack + (usize(place) << 4);
  store<i32>(entry, node);
  store<i32>(entry, start, 4);
  store<i32>(entry, end, 8);
  store<i32>(entry, depth, 12);
}


// One iteration of gradient boosting on histograms (Friedman 2001; Ke et al. 2017, algorithm 1; scikit-learn's HistGradientBoostingClassifier), run by all
// threads together. Columns are shared out, with a barrier after each node's histograms; everything else that decides what happens next each thread works
// out for itself, in the same order, so that results do not depend on their number and threads seldom wait.
import { MISSING, meet } from './common';
import { prepareHistograms, buildHistogram, subtractHistogram, findSplit } from './histograms';

let threads: i32 = 1,
  thread: i32 = 0,
  rows: i32 = 0,
  fitRows: i32 = 0,
  columns: i32 = 0,
  outputs: i32 = 0,
  bins: usize = 0,
  labels: usize = 0,
  weights: usize = 0,
  raw: usize = 0,
  gradients: usize = 0;
let learningRate: f64 = 0,
  l2: f64 = 0,
  minLeaf: i32 = 0,
  maxLeaves: i32 = 0,
  maxDepth: i32 = 0;
// Shared: what threads tell each other.
let barrier: usize = 0,
  counters: usize = 0,
  results: usize = 0,
  histograms: usize = 0;
// This thread's own.
let members0: usize = 0,
  members1: usize = 0,
  ordered: usize = 0,
  nodes: usize = 0,
  out: usize = 0;
/** Histograms built so far, over all trees: neighbours keep their results apart. */
let phase: i32 = 0;

/** Least sum of second derivatives on a side of a split, and a guard against division by 0: scikit-learn's. */
const LEAST_HESSIAN: f64 = 1e-3;
const TINY: f64 = 1e-15;

/** Bytes of what is found for one column: gain, left gradient, left hessian (f64), left count, bin, missing left (i32). */
const RESULT: usize = 40;

// A node while its tree grows, 96 bytes, at these offsets.
const NODE: usize = 96;
const START: usize = 0; // i32: its members
const END: usize = 4;
const BUFFER: usize = 8; // i32: 0, 1: where they are listed
const DEPTH: usize = 12;
const SLOT: usize = 16; // i32: its histograms
const STATE: usize = 20; // i32: LEAF, OPEN, SPLIT
const GRADIENT: usize = 24; // f64: sums
const HESSIAN: usize = 32;
const GAIN: usize = 40; // f64: of its best split, which is
const LEFT_GRADIENT: usize = 48;
const LEFT_HESSIAN: usize = 56;
const LEFT_COUNT: usize = 64; // i32
const BIN: usize = 68;
const MISSING_LEFT: usize = 72;
const COLUMN: usize = 76;
const CHILD: usize = 80; // i32: the left one; the right one follows
const VALUE: usize = 88; // f64: what a leaf adds

const LEAF: i32 = 0;
const OPEN: i32 = 1;
const SPLIT: i32 = 2;

// @ts-ignore: decorator
@inline
function nodeAt(node: i32): usize {
  return nodes + usize(node) * NODE;
}

/**
 * @param fitRowCount the first so many of the rows are learned from, the others only followed
 * @param outputCount 1 for two classes, else their number
 * @param binCounts bins without the missing one, a word for each column
 * @param rawAt [outputs, rows] f64: sums of all trees so far
 * @param gradientsAt [outputs, fitRows] of two f32
 * @param shared 64 + 4 · outputs · maxLeaves + 160 · columns + 5120 · columns · maxLeaves + 64 bytes, everyone's
 * @param own 16 · fitRows + 192 · maxLeaves + 64 bytes, this thread's
 * @param outAt 48 · outputs · maxLeaves · 2 bytes: trees as the first thread writes them
 */
export function prepareBoosting(
  threadCount: i32,
  threadNumber: i32,
  rowCount: i32,
  fitRowCount: i32,
  columnCount: i32,
  outputCount: i32,
  binsAt: usize,
  binCounts: usize,
  labelsAt: usize,
  weightsAt: usize,
  rawAt: usize,
  gradientsAt: usize,
  rate: f64,
  regularization: f64,
  leastLeaf: i32,
  leaves: i32,
  depth: i32,
  shared: usize,
  own: usize,
  outAt: usize,
): void {
  threads = threadCount;
  thread = threadNumber;
  rows = rowCount;
  fitRows = fitRowCount;
  columns = columnCount;
  outputs = outputCount;
  bins = binsAt;
  labels = labelsAt;
  weights = weightsAt;
  raw = rawAt;
  gradients = gradientsAt;
  learningRate = rate;
  l2 = regularization;
  minLeaf = leastLeaf;
  maxLeaves = leaves;
  maxDepth = depth;
  barrier = shared;
  counters = shared + 64;
  results = (counters + (usize(outputs * maxLeaves) << 2) + 15) & ~15;
  histograms = (results + 4 * RESULT * usize(columns) + 15) & ~15;
  ordered = (own + 15) & ~15;
  members0 = ordered + (usize(fitRows) << 3);
  members1 = members0 + (usize(fitRows) << 2);
  nodes = (members1 + (usize(fitRows) << 2) + 7) & ~7;
  out = outAt;
  phase = 0;
  prepareHistograms(binCounts, minLeaf, LEAST_HESSIAN, l2 + TINY);
}

// @ts-ignore: decorator
@inline
function share(count: i32, part: i32): i32 {
  return i32((i64(count) * i64(part)) / i64(threads));
}

/** First and second derivatives of the log loss of this thread's rows, times their weights. */
function derive(): void {
  for (let i = share(fitRows, thread), end = share(fitRows, thread + 1); i < end; i++) {
    const label = load<i32>(labels + (usize(i) << 2));
    const weight = load<f64>(weights + (usize(i) << 3));
    if (outputs == 1) {
      const probability = 1 / (1 + Math.exp(-load<f64>(raw + (usize(i) << 3))));
      putGradient(0, i, weight * (probability - f64(label)), weight * probability * (1 - probability));
      continue;
    }
    let largest = -Infinity;
    for (let k = 0; k < outputs; k++) largest = max(largest, rawOf(k, i));
    let sum: f64 = 0;
    for (let k = 0; k < outputs; k++) sum += Math.exp(rawOf(k, i) - largest);
    for (let k = 0; k < outputs; k++) {
      const probability = Math.exp(rawOf(k, i) - largest) / sum;
      putGradient(k, i, weight * (probability - f64(label == k)), weight * probability * (1 - probability));
    }
  }
}

// @ts-ignore: decorator
@inline
function rawOf(output: i32, row: i32): f64 {
  return load<f64>(raw + ((usize(output) * usize(rows) + usize(row)) << 3));
}

// @ts-ignore: decorator
@inline
function putGradient(output: i32, row: i32, gradient: f64, hessian: f64): void {
  const at = gradients + ((usize(output) * usize(fitRows) + usize(row)) << 3);
  store<f32>(at, f32(gradient));
  store<f32>(at, f32(hessian), 4);
}

/** Grows one tree for each output and adds it to `raw`. Returns the nodes of all, which lie one tree after the other, each headed by its number of nodes. */
export function boost(): i32 {
  if (thread == 0) memory.fill(counters, 0, usize(outputs * maxLeaves) << 2);
  derive();
  meet(barrier, threads);
  let written = 0;
  for (let output = 0; output < outputs; output++) {
    const count = grow(output);
    if (thread == 0) written = writeTree(written, count);
    addTree(output, count);
  }
  return written;
}

function grow(output: i32): i32 {
  const own = gradients + ((usize(output) * usize(fitRows)) << 3);
  let gradient: f64 = 0,
    hessian: f64 = 0;
  for (let i: usize = 0; i < usize(fitRows); i++) {
    store<u32>(members0 + (i << 2), u32(i));
    gradient += f64(load<f32>(own + (i << 3)));
    hessian += f64(load<f32>(own + (i << 3), 4));
  }
  startNode(0, 0, fitRows, 0, 0, gradient, hessian);
  let count = 1,
    leaves = 1,
    step = 0;
  if (maxLeaves > 1 && isSplittable(0)) {
    store<i32>(nodeAt(0), OPEN, STATE);
    store<i32>(nodeAt(0), 0, SLOT);
    search(output, step++, own, 0, -1);
  }
  while (leaves < maxLeaves) {
    const parent = bestOpen(count);
    if (parent < 0) break;
    const left = count;
    divide(parent, left);
    count += 2;
    leaves++;
    if (leaves == maxLeaves) break;
    const isLeft = load<i32>(nodeAt(parent), LEFT_COUNT) * 2 <= membersOf(parent);
    const small = isLeft ? left : left + 1,
      large = isLeft ? left + 1 : left;
    const openSmall = isSplittable(small),
      openLarge = isSplittable(large);
    if (!openSmall && !openLarge) continue;
    if (openSmall) store<i32>(nodeAt(small), OPEN, STATE);
    if (openLarge) store<i32>(nodeAt(large), OPEN, STATE);
    store<i32>(nodeAt(small), leaves - 1, SLOT);
    store<i32>(nodeAt(large), load<i32>(nodeAt(parent), SLOT), SLOT);
    gather(small, own);
    search(output, step++, ordered, small, large);
  }
  for (let node = 0; node < count; node++) {
    const at = nodeAt(node);
    if (load<i32>(at, STATE) == SPLIT) continue;
    store<i32>(at, LEAF, STATE);
    const value = -learningRate * load<f64>(at, GRADIENT) / (load<f64>(at, HESSIAN) + l2 + TINY);
    store<f64>(at, value, VALUE);
  }
  return count;
}

function startNode(
  node: i32,
  start: i32,
  end: i32,
  buffer: i32,
  depth: i32,
  gradient: f64,
  hessian: f64,
): void {
  const at = nodeAt(node);
  store<i32>(at, start, START);
  store<i32>(at, end, END);
  store<i32>(at, buffer, BUFFER);
  store<i32>(at, depth, DEPTH);
  store<i32>(at, LEAF, STATE);
  store<f64>(at, gradient, GRADIENT);
  store<f64>(at, hessian, HESSIAN);
  store<f64>(at, 0, GAIN);
}

// @ts-ignore: decorator
@inline
function membersOf(node: i32): i32 {
  return load<i32>(nodeAt(node), END) - load<i32>(nodeAt(node), START);
}

function isSplittable(node: i32): bool {
  const at = nodeAt(node);
  return (
    membersOf(node) >= 2 * minLeaf && load<f64>(at, HESSIAN) >= LEAST_HESSIAN && load<i32>(at, DEPTH) < maxDepth
  );
}

/** The open node whose split gains most; −1: none gains. */
function bestOpen(count: i32): i32 {
  let best = -1;
  let gain: f64 = 0;
  for (let node = 0; node < count; node++) {
    const at = nodeAt(node);
    if (load<i32>(at, STATE) != OPEN || !(load<f64>(at, GAIN) > gain)) continue;
    best = node;
    gain = load<f64>(at, GAIN);
  }
  return best;
}

/** Splits a node: its members go into the other list, each side in its order. */
function divide(parent: i32, left: i32): void {
  const at = nodeAt(parent);
  const start = load<i32>(at, START),
    end = load<i32>(at, END),
    buffer = load<i32>(at, BUFFER),
    leftCount = load<i32>(at, LEFT_COUNT),
    bin = load<i32>(at, BIN),
    missingLeft = load<i32>(at, MISSING_LEFT);
  const column = bins + usize(load<i32>(at, COLUMN)) * usize(rows);
  const from = buffer ? members1 : members0,
    to = buffer ? members0 : members1;
  let leftAt = to + (usize(start) << 2),
    rightAt = leftAt + (usize(leftCount) << 2);
  for (let i = from + (usize(start) << 2), stop = from + (usize(end) << 2); i < stop; i += 4) {
    const row = load<u32>(i);
    const own = i32(load<u8>(column + usize(row)));
    const goesLeft = i32(own <= bin) | (i32(own == MISSING) & missingLeft);
    store<u32>(select<usize>(leftAt, rightAt, goesLeft), row);
    leftAt += usize(goesLeft) << 2;
    rightAt += usize(goesLeft ^ 1) << 2;
  }
  store<i32>(at, SPLIT, STATE);
  store<i32>(at, left, CHILD);
  const gradient = load<f64>(at, LEFT_GRADIENT),
    hessian = load<f64>(at, LEFT_HESSIAN),
    depth = load<i32>(at, DEPTH) + 1;
  startNode(left, start, start + leftCount, 1 - buffer, depth, gradient, hessian);
  startNode(
    left + 1,
    start + leftCount,
    end,
    1 - buffer,
    depth,
    load<f64>(at, GRADIENT) - gradient,
    load<f64>(at, HESSIAN) - hessian,
  );
}

// @ts-ignore: decorator
@inline
function listOf(node: i32): usize {
  const at = nodeAt(node);
  return (load<i32>(at, BUFFER) ? members1 : members0) + (usize(load<i32>(at, START)) << 2);
}

/** A node's derivatives one after the other. */
function gather(node: i32, own: usize): void {
  const list = listOf(node);
  for (let i: usize = 0, count = usize(membersOf(node)); i < count; i++) {
    store<u64>(ordered + (i << 3), load<u64>(own + (usize(load<u32>(list + (i << 2))) << 3)));
  }
}

// @ts-ignore: decorator
@inline
function histogramOf(node: i32, column: i32): usize {
  return histograms + usize(load<i32>(nodeAt(node), SLOT) * columns + column) * 5120;
}

/** Histograms of `small`, those of `large` as what remains of their parent's, and the best split of each that is open. */
function search(output: i32, step: i32, derivatives: usize, small: i32, large: i32): void {
  const place = results + usize(phase++ & 1) * 2 * RESULT * usize(columns);
  const counter = counters + (usize(output * maxLeaves + step) << 2);
  const list = listOf(small),
    count = membersOf(small);
  while (true) {
    const column = atomic.add<i32>(counter, 1);
    if (column >= columns) break;
    const histogram = histogramOf(small, column);
    buildHistogram(histogram, bins + usize(column) * usize(rows), list, derivatives, count);
    if (large >= 0) {
      subtractHistogram(histogramOf(large, column), histogram);
      findIn(large, column, place + RESULT * usize(columns + column));
    }
    findIn(small, column, place + RESULT * usize(column));
  }
  meet(barrier, threads);
  choose(small, place);
  if (large >= 0) choose(large, place + RESULT * usize(columns));
}

function findIn(node: i32, column: i32, result: usize): void {
  const at = nodeAt(node);
  if (load<i32>(at, STATE) != OPEN) return;
  const gradient = load<f64>(at, GRADIENT),
    hessian = load<f64>(at, HESSIAN);
  findSplit(histogramOf(node, column), column, gradient, hessian, membersOf(node), result);
}

/** The first of the columns whose split gains most. */
function choose(node: i32, found: usize): void {
  const at = nodeAt(node);
  if (load<i32>(at, STATE) != OPEN) return;
  for (let column = 0; column < columns; column++) {
    const result = found + RESULT * usize(column);
    if (!(load<f64>(result) > load<f64>(at, GAIN))) continue;
    store<i32>(at, column, COLUMN);
    memory.copy(at + GAIN, result, 36);
  }
}

/** Adds the tree to this thread's share of the rows. */
function addTree(output: i32, count: i32): void {
  const sums = raw + ((usize(output) * usize(rows)) << 3);
  const from = share(fitRows, thread),
    to = share(fitRows, thread + 1);
  for (let node = 0; node < count; node++) {
    const at = nodeAt(node);
    if (load<i32>(at, STATE) != LEAF) continue;
    const members = load<i32>(at, BUFFER) ? members1 : members0;
    const value = load<f64>(at, VALUE);
    const end = min(to, load<i32>(at, END));
    for (let i = max(from, load<i32>(at, START)); i < end; i++) {
      const sum = sums + (usize(load<u32>(members + (usize(i) << 2))) << 3);
      store<f64>(sum, load<f64>(sum) + value);
    }
  }
  const followed = rows - fitRows;
  for (let i = fitRows + share(followed, thread), end = fitRows + share(followed, thread + 1); i < end; i++) {
    let at = nodeAt(0);
    while (load<i32>(at, STATE) == SPLIT) {
      const own = i32(load<u8>(bins + usize(load<i32>(at, COLUMN)) * usize(rows) + usize(i)));
      const goesLeft = own <= load<i32>(at, BIN) || (own == MISSING && load<i32>(at, MISSING_LEFT) != 0);
      at = nodeAt(load<i32>(at, CHILD) + i32(!goesLeft));
    }
    const sum = sums + (usize(i) << 3);
    store<f64>(sum, load<f64>(sum) + load<f64>(at, VALUE));
  }
}

/** A tree as 32 bytes a node: column (−1: leaf), bin, missing left, left child (i32), value, gain (f64), after 32 bytes with their number. */
function writeTree(written: i32, count: i32): i32 {
  store<i32>(out + (usize(written) << 5), count);
  for (let node = 0; node < count; node++) {
    const at = nodeAt(node),
      to = out + (usize(written + 1 + node) << 5);
    const isSplit = load<i32>(at, STATE) == SPLIT;
    store<i32>(to, isSplit ? load<i32>(at, COLUMN) : -1);
    store<i32>(to, load<i32>(at, BIN), 4);
    store<i32>(to, load<i32>(at, MISSING_LEFT), 8);
    store<i32>(to, load<i32>(at, CHILD), 12);
    store<f64>(to, isSplit ? 0 : load<f64>(at, VALUE), 16);
    store<f64>(to, isSplit ? load<f64>(at, GAIN) : 0, 24);
  }
  return written + 1 + count;
}

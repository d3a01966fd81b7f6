// Where a node of a forest's tree is split: the best edge between bins, or the best of one random threshold a column.
import { MISSING, uniform } from './common';
import { pairSum, puritySum, restPuritySum } from './impurity';

// The best split of the columns looked at so far.
export let splitFound: bool = false;
export let splitColumn: i32 = 0;
/** Last bin that goes left. */
export let splitBin: i32 = 0;
/** Numbers ≤ it go left. */
export let splitThreshold: f64 = 0;
export let splitMissingLeft: bool = false;
/** Had the column missing values in this node? */
export let splitSawMissing: bool = false;
/** Purity sums of both sides: see impurity.ts. */
export let splitScore: f64 = 0;

let rows: i32 = 0,
  classes: i32 = 0,
  data: usize = 0,
  lows: usize = 0,
  highs: usize = 0,
  entropy: bool = false,
  minLeaf: i32 = 0;
/** The weight of every sample of this tree where they all have the same, else 0. */
let evenWeight: f64 = 0;
// The range of a node's numbers in the column looked at.
let least: f64 = 0,
  largest: f64 = 0;
let sums: usize = 0,
  counts: usize = 0,
  filled: usize = 0,
  left: usize = 0,
  withMissing: usize = 0,
  missing: usize = 0,
  values: usize = 0;

/** `scratch` holds 8 · (256 + 3) · classes + 2048 + 8 · rows bytes. */
export function prepareSplits(
  rowCount: i32,
  classCount: i32,
  dataAt: usize,
  lowsAt: usize,
  highsAt: usize,
  byEntropy: bool,
  leastLeaf: i32,
  scratch: usize,
): void {
  rows = rowCount;
  classes = classCount;
  data = dataAt;
  lows = lowsAt;
  highs = highsAt;
  entropy = byEntropy;
  minLeaf = leastLeaf;
  const perBin = usize(classes) << 3;
  filled = scratch;
  counts = filled + 32;
  sums = counts + 256 * 4;
  left = sums + 256 * perBin;
  withMissing = left + perBin;
  missing = withMissing + perBin;
  values = missing + perBin;
  // Each search leaves the bins empty for the next one.
  memory.fill(sums, 0, 256 * perBin);
  memory.fill(counts, 0, 256 * 4);
}

export function startTree(weightOfAll: f64): void {
  evenWeight = weightOfAll;
}

export function startSearch(): void {
  splitFound = false;
}

/** Zeros over a few numbers, for which memory.fill would take longer to be called than to run. */
// @ts-ignore: decorator
@inline
export function clear(at: usize, bytes: usize): void {
  for (let k: usize = 0; k < bytes; k += 8) store<f64>(at + k, 0);
}

// @ts-ignore: decorator
@inline
function isBetter(score: f64): bool {
  return !splitFound || score > splitScore;
}

// @ts-ignore: decorator
@inline
function keep(
  score: f64,
  column: i32,
  bin: i32,
  threshold: f64,
  missingLeft: bool,
  sawMissing: bool,
): void {
  splitFound = true;
  splitScore = score;
  splitColumn = column;
  splitBin = bin;
  splitThreshold = threshold;
  splitMissingLeft = missingLeft;
  splitSawMissing = sawMissing;
}

/** May a side of so many of the node's samples be split off? */
// @ts-ignore: decorator
@inline
function areEnough(count: i32, number: i32): bool {
  return minLeaf <= 1 || (count >= minLeaf && number - count >= minLeaf);
}

/** Sums of both sides where `side` holds the class weights, `weight` in all, of one of them. */
// @ts-ignore: decorator
@inline
function scoreOf(side: usize, weight: f64, totals: usize, totalWeight: f64): f64 {
  return (
    puritySum(side, classes, weight, entropy) +
    restPuritySum(totals, side, classes, totalWeight - weight, entropy)
  );
}

/** Sums the samples' class weights by bin, counts them where counts matter, and marks the bins that got one. */
function fillBins(at: usize, samples: usize, start: i32, end: i32): void {
  const stop = samples + (usize(end) << 4);
  const perBin = usize(classes) << 3;
  v128.store(filled, i64x2.splat(0));
  v128.store(filled, i64x2.splat(0), 16);
  for (let sample = samples + (usize(start) << 4); sample < stop; sample += 16) {
    const bin = usize(load<u8>(at + usize(load<u32>(sample))));
    const sum = sums + bin * perBin + (usize(load<u32>(sample, 4)) << 3);
    store<f64>(sum, load<f64>(sum) + load<f64>(sample, 8));
    const word = filled + ((bin >> 6) << 3);
    store<u64>(word, load<u64>(word) | (u64(1) << (bin & 63)));
  }
  if (minLeaf <= 1) return;
  for (let sample = samples + (usize(start) << 4); sample < stop; sample += 16) {
    const count = counts + (usize(load<u8>(at + usize(load<u32>(sample)))) << 2);
    store<u32>(count, load<u32>(count) + 1);
  }
}

/** Adds a bin's sums to the left side, empties it, and returns its weight. */
// @ts-ignore: decorator
@inline
function takeBin(bin: usize): f64 {
  const perBin = usize(classes) << 3;
  const sum = sums + bin * perBin;
  let weight: f64 = 0;
  for (let k: usize = 0; k < perBin; k += 8) {
    const own = load<f64>(sum + k);
    store<f64>(left + k, load<f64>(left + k) + own);
    store<f64>(sum + k, 0);
    weight += own;
  }
  return weight;
}

/**
 * Keeps the best edge between two bins of `column` that hold samples, missing values on either side, where it is better than what was found. The threshold
 * lies half-way between the numbers next to the edge. Returns whether the column varies in this node.
 */
export function findBestSplit(
  column: i32,
  samples: usize,
  start: i32,
  end: i32,
  totals: usize,
  weight: f64,
): bool {
  fillBins(data + usize(column) * usize(rows), samples, start, end);
  const perBin = usize(classes) << 3;
  if (classes == 2 && !entropy && minLeaf <= 1 && load<u64>(filled, 24) >> 63 == 0) {
    return findBestOfPair(column, load<f64>(totals), load<f64>(totals, 8));
  }
  const hasMissing = load<u64>(filled, 24) >> 63 != 0;
  let missingWeight: f64 = 0;
  if (hasMissing) {
    memory.copy(missing, sums + usize(MISSING) * perBin, perBin);
    for (let k: usize = 0; k < perBin; k += 8) missingWeight += load<f64>(missing + k);
  }
  const missingCount = load<i32>(counts + usize(MISSING) * 4);
  const number = end - start;
  let leftWeight: f64 = 0,
    leftCount = 0,
    before = -1,
    isVaried = false;
  clear(left, perBin);
  for (let word: usize = 0; word < 4; word++) {
    let bits = load<u64>(filled + (word << 3));
    while (bits != 0) {
      const bin = i32(word << 6) + i32(ctz(bits));
      bits &= bits - 1;
      if (before >= 0) {
        isVaried = true;
        const isRest = bin == MISSING;
        if (areEnough(leftCount, number)) {
          const score = scoreOf(left, leftWeight, totals, weight);
          if (isBetter(score)) {
            keep(score, column, before, isRest ? Infinity : edge(column, before, bin), false, hasMissing);
          }
        }
        if (hasMissing && !isRest && areEnough(leftCount + missingCount, number)) {
          for (let k: usize = 0; k < perBin; k += 8) {
            store<f64>(withMissing + k, load<f64>(left + k) + load<f64>(missing + k));
          }
          const score = scoreOf(withMissing, leftWeight + missingWeight, totals, weight);
          if (isBetter(score)) keep(score, column, before, edge(column, before, bin), true, true);
        }
      }
      leftWeight += takeBin(bin);
      leftCount += load<i32>(counts + (usize(bin) << 2));
      store<i32>(counts + (usize(bin) << 2), 0);
      before = bin;
    }
  }
  return isVaried;
}

/** The usual case of `findBestSplit`, without its generality: two classes, Gini, leaves of any size, nothing missing. */
function findBestOfPair(column: i32, total0: f64, total1: f64): bool {
  let left0: f64 = 0,
    left1: f64 = 0,
    before = -1,
    isVaried = false;
  for (let word: usize = 0; word < 4; word++) {
    let bits = load<u64>(filled + (word << 3));
    while (bits != 0) {
      const bin = i32(word << 6) + i32(ctz(bits));
      bits &= bits - 1;
      if (before >= 0) {
        isVaried = true;
        const score = pairSum(left0, left1) + pairSum(total0 - left0, total1 - left1);
        if (isBetter(score)) keep(score, column, before, edge(column, before, bin), false, false);
      }
      const sum = sums + (usize(bin) << 4);
      left0 += load<f64>(sum);
      left1 += load<f64>(sum, 8);
      v128.store(sum, f64x2.splat(0));
      before = bin;
    }
  }
  return isVaried;
}

// @ts-ignore: decorator
@inline
function edge(column: i32, low: i32, high: i32): f64 {
  const from = load<f64>(highs + (usize(column * 256 + low) << 3)),
    to = load<f64>(lows + (usize(column * 256 + high) << 3));
  const half = 0.5 * from + 0.5 * to;
  return half < to ? half : from;
}

/**
 * Keeps the split of `column` at one number drawn uniformly between its least and largest in this node, missing values on the better side, where it is
 * better than what was found; where all its numbers are equal, the split of these from the missing values. Returns whether the column varies in this node.
 */
export function findRandomSplit(
  column: i32,
  samples: usize,
  start: i32,
  end: i32,
  totals: usize,
  weight: f64,
): bool {
  const number = end - start;
  const first = samples + (usize(start) << 4);
  const missingCount = gather(data + ((usize(column) * usize(rows)) << 3), first, number);
  const isConstant = !(least < largest);
  if (isConstant && (missingCount == 0 || missingCount == number)) return false;
  let threshold = isConstant ? Infinity : least + uniform() * (largest - least);
  if (!isConstant && !(threshold < largest)) threshold = least;
  const sawMissing = missingCount > 0;
  const perBin = usize(classes) << 3;
  if (evenWeight > 0 && classes == 2 && !entropy && !sawMissing) {
    scorePair(column, first, number, totals, threshold);
    return true;
  }
  clear(left, perBin);
  let leftCount = 0;
  for (let i: usize = 0; i < usize(number); i++) {
    const sample = first + (i << 4);
    const goesLeft = i32(load<f64>(values + (i << 3)) <= threshold);
    // Bits instead of a choice: which way a sample goes is a coin's toss, and a branch would be guessed wrong half the time.
    const own = reinterpret<f64>(load<u64>(sample, 8) & -u64(goesLeft));
    const sum = left + (usize(load<u32>(sample, 4)) << 3);
    store<f64>(sum, load<f64>(sum) + own);
    leftCount += goesLeft;
  }
  let leftWeight: f64 = 0;
  for (let k: usize = 0; k < perBin; k += 8) leftWeight += load<f64>(left + k);
  if (areEnough(leftCount, number)) {
    const score = scoreOf(left, leftWeight, totals, weight);
    if (isBetter(score)) keep(score, column, 0, threshold, false, sawMissing);
  }
  if (!sawMissing || isConstant || !areEnough(leftCount + missingCount, number)) return true;
  for (let i: usize = 0; i < usize(number); i++) {
    const value = load<f64>(values + (i << 3));
    if (value == value) continue;
    const sample = first + (i << 4);
    const sum = left + (usize(load<u32>(sample, 4)) << 3);
    store<f64>(sum, load<f64>(sum) + load<f64>(sample, 8));
    leftWeight += load<f64>(sample, 8);
  }
  const score = scoreOf(left, leftWeight, totals, weight);
  if (isBetter(score)) keep(score, column, 0, threshold, true, true);
  return true;
}

/** Lists a node's numbers of one column at `values`, their range in `least` and `largest`; returns how many are missing. */
function gather(at: usize, first: usize, number: i32): i32 {
  let low = f64x2.splat(Infinity),
    high = f64x2.splat(-Infinity),
    present = i64x2.splat(0);
  const pairs = usize(number) & ~1;
  for (let i: usize = 0; i < pairs; i += 2) {
    const one = v128.load64_zero(at + (usize(load<u32>(first + (i << 4))) << 3));
    const two = v128.load64_lane(at + (usize(load<u32>(first + (i << 4), 16)) << 3), one, 1);
    v128.store(values + (i << 3), two);
    // These keep the first operand where the other is NaN.
    low = f64x2.pmin(low, two);
    high = f64x2.pmax(high, two);
    present = i64x2.sub(present, f64x2.eq(two, two));
  }
  least = min(f64x2.extract_lane(low, 0), f64x2.extract_lane(low, 1));
  largest = max(f64x2.extract_lane(high, 0), f64x2.extract_lane(high, 1));
  let missing = i32(pairs) - i32(i64x2.extract_lane(present, 0) + i64x2.extract_lane(present, 1));
  if (number & 1) {
    const value = load<f64>(at + (usize(load<u32>(first + (pairs << 4))) << 3));
    store<f64>(values + (pairs << 3), value);
    if (value < least) least = value;
    if (value > largest) largest = value;
    missing += i32(value != value);
  }
  return missing;
}

/** The usual case: two classes, Gini, samples of equal weight, nothing missing. */
function scorePair(column: i32, first: usize, number: i32, totals: usize, threshold: f64): void {
  let count = 0,
    ones = 0;
  for (let i: usize = 0; i < usize(number); i++) {
    const goesLeft = i32(load<f64>(values + (i << 3)) <= threshold);
    count += goesLeft;
    ones += goesLeft & load<i32>(first + (i << 4), 4);
  }
  if (!areEnough(count, number)) return;
  const left1 = f64(ones) * evenWeight,
    left0 = f64(count - ones) * evenWeight;
  const score = pairSum(left0, left1) + pairSum(load<f64>(totals) - left0, load<f64>(totals, 8) - left1);
  if (isBetter(score)) keep(score, column, 0, threshold, false, false);
}

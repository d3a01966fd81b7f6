// Histograms of first and second derivatives by bin, and the best split they show. A histogram is 5120 bytes: 256 pairs (gradient, hessian) of f64, 256 counts of i32.
import { MISSING } from './common';

const COUNTS: usize = 4096;

let binCounts: usize = 0,
  minLeaf: i32 = 0,
  leastHessian: f64 = 0,
  regularization: f64 = 0;

export function prepareHistograms(bins: usize, leastLeaf: i32, least: f64, l2: f64): void {
  binCounts = bins;
  minLeaf = leastLeaf;
  leastHessian = least;
  regularization = l2;
}

/** Of `count` members listed at `list`, whose pairs of derivatives (f32) lie one after the other. */
export function buildHistogram(
  histogram: usize,
  column: usize,
  list: usize,
  derivatives: usize,
  count: i32,
): void {
  memory.fill(histogram, 0, 5120);
  for (let i: usize = 0; i < usize(count); i++) {
    const bin = usize(load<u8>(column + usize(load<u32>(list + (i << 2)))));
    const pair = f64x2.promote_low_f32x4(v128.load64_zero(derivatives + (i << 3)));
    const sum = histogram + (bin << 4);
    v128.store(sum, f64x2.add(v128.load(sum), pair));
    const number = histogram + COUNTS + (bin << 2);
    store<i32>(number, load<i32>(number) + 1);
  }
}

export function subtractHistogram(from: usize, what: usize): void {
  for (let i: usize = 0; i < COUNTS; i += 16) {
    v128.store(from + i, f64x2.sub(v128.load(from + i), v128.load(what + i)));
  }
  for (let i: usize = COUNTS; i < 5120; i += 16) {
    v128.store(from + i, i32x4.sub(v128.load(from + i), v128.load(what + i)));
  }
}

/**
 * Writes gain, left gradient, left hessian (f64), left count, bin and whether missing values go left (i32) of the best split of a node with these sums; a gain of 0 where
 * there is none. Where the node has no missing value, later ones go with the many.
 */
export function findSplit(
  histogram: usize,
  column: i32,
  gradient: f64,
  hessian: f64,
  count: i32,
  result: usize,
): void {
  store<f64>(result, 0);
  const bins = load<i32>(binCounts + (usize(column) << 2));
  const missing = load<i32>(histogram + COUNTS + (usize(MISSING) << 2));
  const total = f64x2.replace_lane(f64x2.splat(gradient), 1, hessian);
  // Missing values right: all numbers left is a split too.
  scan(histogram, missing > 0 ? bins : bins - 1, total, f64x2.splat(0), 0, count, result, 0);
  if (missing > 0) {
    scan(histogram, bins - 1, total, v128.load(histogram + (usize(MISSING) << 4)), missing, count, result, 1);
  } else {
    const left = load<i32>(result, 24);
    store<i32>(result, i32(left > count - left), 32);
  }
}

function scan(
  histogram: usize,
  edges: i32,
  total: v128,
  first: v128,
  firstCount: i32,
  count: i32,
  result: usize,
  missingLeft: i32,
): void {
  const l2 = f64x2.splat(regularization);
  const whole = f64x2.extract_lane(total, 0),
    wholeHessian = f64x2.extract_lane(total, 1);
  const before = (whole * whole) / (wholeHessian + regularization);
  let left = first,
    leftCount = firstCount,
    best = load<f64>(result);
  for (let bin = 0; bin < edges; bin++) {
    const own = load<i32>(histogram + COUNTS + (usize(bin) << 2));
    if (own == 0) continue;
    leftCount += own;
    left = f64x2.add(left, v128.load(histogram + (usize(bin) << 4)));
    if (leftCount < minLeaf) continue;
    if (count - leftCount < minLeaf) break;
    const right = f64x2.sub(total, left);
    if (f64x2.extract_lane(left, 1) < leastHessian) continue;
    if (f64x2.extract_lane(right, 1) < leastHessian) break;
    const gradients = v128.shuffle<f64>(left, right, 0, 2);
    const hessians = v128.shuffle<f64>(left, right, 1, 3);
    const parts = f64x2.div(f64x2.mul(gradients, gradients), f64x2.add(hessians, l2));
    const gain = f64x2.extract_lane(parts, 0) + f64x2.extract_lane(parts, 1) - before;
    if (!(gain > best)) continue;
    best = gain;
    store<f64>(result, gain);
    store<f64>(result, f64x2.extract_lane(left, 0), 8);
    store<f64>(result, f64x2.extract_lane(left, 1), 16);
    store<i32>(result, leftCount, 24);
    store<i32>(result, bin, 28);
    store<i32>(result, missingLeft, 32);
  }
}

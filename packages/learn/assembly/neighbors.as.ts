// Nearest neighbors by brute force. Reference rows lie in memory twice: as they are (f64, row after row, `pitch` numbers a row, padded with
// zeros) and, for the euclidean metric, centered and scaled in single precision, eight rows side by side (`packed`[block][column][8]).
// The single-precision copy only rules rows out, with a bound on its rounding errors; what is left is measured in double precision, so that
// the result is that of double precision alone. Each query keeps its k nearest in a max-heap.

/** Σ (x − y)². */
function squared(x: usize, y: usize, pitch: i32): f64 {
  let sum = f64x2.splat(0);
  const end = x + (usize(pitch) << 3);
  for (; x < end; x += 16, y += 16) {
    const d = f64x2.sub(v128.load(x), v128.load(y));
    sum = f64x2.add(sum, f64x2.mul(d, d));
  }
  return f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1);
}

/** Σ |x − y|. */
function absolute(x: usize, y: usize, pitch: i32): f64 {
  let sum = f64x2.splat(0);
  const end = x + (usize(pitch) << 3);
  for (; x < end; x += 16, y += 16) {
    sum = f64x2.add(sum, f64x2.abs(f64x2.sub(v128.load(x), v128.load(y))));
  }
  return f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1);
}

/** max |x − y|. */
function largest(x: usize, y: usize, pitch: i32): f64 {
  let top = f64x2.splat(0);
  const end = x + (usize(pitch) << 3);
  for (; x < end; x += 16, y += 16) {
    top = f64x2.max(top, f64x2.abs(f64x2.sub(v128.load(x), v128.load(y))));
  }
  return Math.max(f64x2.extract_lane(top, 0), f64x2.extract_lane(top, 1));
}

/** Σ |x − y|^p. */
function powers(x: usize, y: usize, pitch: i32, p: f64): f64 {
  let sum: f64 = 0;
  const end = x + (usize(pitch) << 3);
  for (; x < end; x += 8, y += 8) sum += Math.pow(Math.abs(load<f64>(x) - load<f64>(y)), p);
  return sum;
}

/**
 * Puts a value in place of the root of a max-heap and lets it sink: the order of scikit-learn's `heap_push`, which decides what of several
 * equally distant rows is kept.
 */
function replaceRoot(values: usize, indices: usize, k: i32, value: f64, index: i32): void {
  let at = 0;
  while (true) {
    const left = 2 * at + 1,
      right = left + 1;
    if (left >= k) break;
    const leftValue = load<f64>(values + (usize(left) << 3));
    let next = left,
      nextValue = leftValue;
    if (right < k) {
      const rightValue = load<f64>(values + (usize(right) << 3));
      if (rightValue > leftValue) {
        next = right;
        nextValue = rightValue;
      }
    }
    if (!(nextValue > value)) break;
    store<f64>(values + (usize(at) << 3), nextValue);
    store<i32>(indices + (usize(at) << 2), load<i32>(indices + (usize(next) << 2)));
    at = next;
  }
  store<f64>(values + (usize(at) << 3), value);
  store<i32>(indices + (usize(at) << 2), index);
}

/**
 * Rows `first` … `last` − 1 against `queries` rows. `metric` 0: Σ (x − y)², 1: Σ |x − y|, 2: max |x − y|, 3: Σ |x − y|^p. Heaps: `values` (f64)
 * and `indices` (i32), k a query.
 */
export function scan(
  rows: usize,
  pitch: i32,
  first: i32,
  last: i32,
  queryRows: usize,
  queries: i32,
  metric: i32,
  p: f64,
  values: usize,
  indices: usize,
  k: i32,
): void {
  const bytes = usize(pitch) << 3;
  for (let q = 0; q < queries; q++) {
    const x = queryRows + usize(q) * bytes;
    const heap = values + (usize(q * k) << 3),
      names = indices + (usize(q * k) << 2);
    let y = rows + usize(first) * bytes;
    for (let i = first; i < last; i++, y += bytes) {
      let distance: f64;
      if (metric === 0) distance = squared(x, y, pitch);
      else if (metric === 1) distance = absolute(x, y, pitch);
      else if (metric === 2) distance = largest(x, y, pitch);
      else distance = powers(x, y, pitch, p);
      if (distance < load<f64>(heap)) replaceRoot(heap, names, k, distance, i);
    }
  }
}

/**
 * Blocks `first` … `last` − 1 of eight rows against `groups` of four queries, euclidean. With x and y centered and scaled by `scale`,
 * s = x·y − |y|²/2 grows as the distance shrinks. `halves`[row] is −|y|²/2 plus the bound on the error that goes with |y|², `norms`[row] is |y|;
 * `packedQueries`[group][column][4]; a query is [bound on the error that goes with |x||y|, threshold of s] (f32) in `bounds` and |x|² (f64) in
 * `lengths`.
 */
export function scanEuclidean(
  packed: usize,
  halves: usize,
  norms: usize,
  rows: usize,
  columns: i32,
  pitch: i32,
  first: i32,
  last: i32,
  packedQueries: usize,
  queryRows: usize,
  groups: i32,
  bounds: usize,
  lengths: usize,
  scale: f64,
  values: usize,
  indices: usize,
  k: i32,
): void {
  const blockBytes = usize(columns) << 5;
  for (let g = 0; g < groups; g++) {
    const queries = packedQueries + ((usize(g) * usize(columns)) << 4);
    const bound = bounds + (usize(g) << 5);
    for (let block = first; block < last; block++) {
      let y = packed + usize(block) * blockBytes;
      const low = v128.load(halves + (usize(block) << 5)),
        high = v128.load(halves + (usize(block) << 5), 16);
      let a0 = low,
        a1 = high,
        b0 = low,
        b1 = high,
        c0 = low,
        c1 = high,
        d0 = low,
        d1 = high;
      const end = y + blockBytes;
      let x = queries;
      for (; y < end; y += 32, x += 16) {
        const y0 = v128.load(y),
          y1 = v128.load(y, 16);
        let value = v128.load32_splat(x);
        a0 = f32x4.add(a0, f32x4.mul(value, y0));
        a1 = f32x4.add(a1, f32x4.mul(value, y1));
        value = v128.load32_splat(x, 4);
        b0 = f32x4.add(b0, f32x4.mul(value, y0));
        b1 = f32x4.add(b1, f32x4.mul(value, y1));
        value = v128.load32_splat(x, 8);
        c0 = f32x4.add(c0, f32x4.mul(value, y0));
        c1 = f32x4.add(c1, f32x4.mul(value, y1));
        value = v128.load32_splat(x, 12);
        d0 = f32x4.add(d0, f32x4.mul(value, y0));
        d1 = f32x4.add(d1, f32x4.mul(value, y1));
      }
      const n0 = v128.load(norms + (usize(block) << 5)),
        n1 = v128.load(norms + (usize(block) << 5), 16);
      const inA = within(a0, a1, n0, n1, bound),
        inB = within(b0, b1, n0, n1, bound + 8),
        inC = within(c0, c1, n0, n1, bound + 16),
        inD = within(d0, d1, n0, n1, bound + 24);
      if ((inA | inB | inC | inD) === 0) continue;
      const q = g << 2,
        row = block << 3;
      if (inA) measure(inA, row, q, rows, pitch, queryRows, bounds, lengths, scale, values, indices, k);
      if (inB) measure(inB, row, q + 1, rows, pitch, queryRows, bounds, lengths, scale, values, indices, k);
      if (inC) measure(inC, row, q + 2, rows, pitch, queryRows, bounds, lengths, scale, values, indices, k);
      if (inD) measure(inD, row, q + 3, rows, pitch, queryRows, bounds, lengths, scale, values, indices, k);
    }
  }
}

/** Which of eight rows may be nearer than the threshold, as bits. */
function within(s0: v128, s1: v128, n0: v128, n1: v128, bound: usize): i32 {
  const error = v128.load32_splat(bound),
    threshold = v128.load32_splat(bound, 4);
  const m0 = f32x4.gt(f32x4.add(s0, f32x4.mul(error, n0)), threshold),
    m1 = f32x4.gt(f32x4.add(s1, f32x4.mul(error, n1)), threshold);
  return i32x4.bitmask(m0) | (i32x4.bitmask(m1) << 4);
}

function measure(
  candidates: i32,
  row: i32,
  q: i32,
  rows: usize,
  pitch: i32,
  queryRows: usize,
  bounds: usize,
  lengths: usize,
  scale: f64,
  values: usize,
  indices: usize,
  k: i32,
): void {
  const bytes = usize(pitch) << 3;
  const heap = values + (usize(q * k) << 3),
    names = indices + (usize(q * k) << 2);
  let pushed = false;
  while (candidates !== 0) {
    const i = row + ctz(candidates);
    candidates &= candidates - 1;
    const distance = squared(queryRows + usize(q) * bytes, rows + usize(i) * bytes, pitch);
    if (distance < load<f64>(heap)) {
      replaceRoot(heap, names, k, distance, i);
      pushed = true;
    }
  }
  if (pushed) {
    // Rounded down, and by what single precision may lose to underflow.
    const exact = (load<f64>(lengths + (usize(q) << 3)) - load<f64>(heap) * scale * scale) * 0.5;
    store<f32>(bounds + (usize(q) << 3), f32(exact - Math.abs(exact) * 2.4e-7 - 1e-37), 4);
  }
}

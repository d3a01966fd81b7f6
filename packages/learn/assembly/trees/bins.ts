// Columns of numbers as bins: at most 255 of about equally many rows each, 255 for missing values.
import { MISSING } from './common';

/** Bits of a number such that their order as unsigned integers is the order of the numbers. */
// @ts-ignore: decorator
@inline
function orderedBits(value: f64): u64 {
  const bits = reinterpret<u64>(value + 0); // −0 is 0
  return bits ^ (u64(i64(bits) >> 63) | 0x8000000000000000);
}

// @ts-ignore: decorator
@inline
function fromOrderedBits(bits: u64): f64 {
  return reinterpret<f64>(bits ^ (u64(i64(~bits) >> 63) | 0x8000000000000000));
}

/** Sorts `n` 64-bit keys, eleven bits at a time; `spare` is as large as `keys`, `counts` holds 2048 words. The sorted end in `keys`. */
function radixSort(keys: usize, spare: usize, counts: usize, n: i32): void {
  let from = keys,
    to = spare;
  for (let shift: u64 = 0; shift < 64; shift += 11) {
    memory.fill(counts, 0, 2048 * 4);
    for (let i = 0; i < n; i++) {
      const at = counts + (usize((load<u64>(from + (usize(i) << 3)) >> shift) & 2047) << 2);
      store<u32>(at, load<u32>(at) + 1);
    }
    let sum: u32 = 0;
    for (let digit = 0; digit < 2048; digit++) {
      const at = counts + (usize(digit) << 2);
      const count = load<u32>(at);
      store<u32>(at, sum);
      sum += count;
    }
    for (let i = 0; i < n; i++) {
      const key = load<u64>(from + (usize(i) << 3));
      const at = counts + (usize((key >> shift) & 2047) << 2);
      const place = load<u32>(at);
      store<u32>(at, place + 1);
      store<u64>(to + (usize(place) << 3), key);
    }
    const swapped = from;
    from = to;
    to = swapped;
  }
  // Six passes: the last wrote into `keys`.
}

// @ts-ignore: decorator
@inline
function sorted(keys: usize, i: i32): f64 {
  return fromOrderedBits(load<u64>(keys + (usize(i) << 3)));
}

// @ts-ignore: decorator
@inline
function between(low: f64, high: f64): f64 {
  const middle = 0.5 * low + 0.5 * high;
  return middle < high ? middle : low;
}

/**
 * Columns `from` … `to` − 1 of the `rows` × `columns` numbers at `x` into bins, [columns, rows] bytes. Edges come from the first `fitRows` rows: midpoints of
 * neighboring different values where these are at most 255, else 254 equally spaced percentiles; a value belongs to the first bin whose edge it does not exceed. For
 * each column `edges` gets the upper edge of every bin but the last (255 numbers, the rest infinite), `lows` and `highs` the least and largest of the
 * fitted numbers in each bin (256), `binCounts` the number of bins without that of missing values. `scratch` holds 16 · fitRows + 8192 bytes.
 */
export function binColumns(
  x: usize,
  rows: i32,
  columns: i32,
  fitRows: i32,
  from: i32,
  to: i32,
  bins: usize,
  edges: usize,
  lows: usize,
  highs: usize,
  binCounts: usize,
  scratch: usize,
): void {
  const stride = usize(columns) << 3;
  for (let column = usize(from); column < usize(to); column++) {
    const own = edges + ((column * 255) << 3);
    const count = sortColumn(x + (column << 3), stride, fitRows, scratch);
    const edgeCount = placeEdges(scratch + 8192, count, own);
    measureBins(scratch + 8192, count, own, edgeCount, lows + (column << 11), highs + (column << 11));
    for (let i = edgeCount; i < 255; i++) store<f64>(own + (usize(i) << 3), Infinity);
    assignBins(x + (column << 3), stride, rows, own, bins + column * usize(rows));
    store<i32>(binCounts + (column << 2), edgeCount + 1);
  }
}

/** Sorts the numbers of a column that are there as keys at `scratch` + 8192; returns how many. */
function sortColumn(x: usize, stride: usize, rows: i32, scratch: usize): i32 {
  const keys = scratch + 8192;
  let n = 0;
  for (let i = 0; i < rows; i++) {
    const value = load<f64>(x + usize(i) * stride);
    if (value == value) store<u64>(keys + (usize(n++) << 3), orderedBits(value));
  }
  radixSort(keys, keys + (usize(rows) << 3), scratch, n);
  return n;
}

// @ts-ignore: decorator
@inline
function isNew(keys: usize, i: i32): bool {
  return load<u64>(keys + (usize(i) << 3)) != load<u64>(keys + (usize(i - 1) << 3));
}

/** Edges between the bins of `n` sorted keys; returns how many. */
function placeEdges(keys: usize, n: i32, edges: usize): i32 {
  let distinct = 1,
    count = 0;
  for (let i = 1; i < n && distinct <= 255; i++) distinct += i32(isNew(keys, i));
  if (distinct <= 255) {
    for (let i = 1; i < n; i++) {
      if (isNew(keys, i)) store<f64>(edges + (usize(count++) << 3), between(sorted(keys, i - 1), sorted(keys, i)));
    }
    return count;
  }
  for (let k = 1; k < 255; k++) {
    const place = i64(k) * i64(n - 1);
    const low = i32(place / 255);
    const edge = place % 255 == 0 ? sorted(keys, low) : between(sorted(keys, low), sorted(keys, low + 1));
    store<f64>(edges + (usize(count++) << 3), edge);
  }
  return count;
}

function measureBins(keys: usize, n: i32, edges: usize, edgeCount: i32, lows: usize, highs: usize): void {
  let bin = -1;
  for (let i = 0; i < n; i++) {
    const value = sorted(keys, i);
    const before = bin;
    bin = max(bin, 0);
    while (bin < edgeCount && value > load<f64>(edges + (usize(bin) << 3))) bin++;
    if (bin != before) store<f64>(lows + (usize(bin) << 3), value);
    store<f64>(highs + (usize(bin) << 3), value);
  }
}

/** The bin of each number: eight steps without a branch. */
function assignBins(x: usize, stride: usize, rows: i32, edges: usize, bins: usize): void {
  for (let i = 0; i < rows; i++) {
    const value = load<f64>(x + usize(i) * stride);
    let at: usize = 0;
    for (let step: usize = 128; step > 0; step >>= 1) {
      at += select<usize>(step, 0, value > load<f64>(edges + ((at + step - 1) << 3)));
    }
    store<u8>(bins + i, value == value ? u8(at) : u8(MISSING));
  }
}

// Pixel kernels over one linear memory. Addresses are bytes, `pitch` is floats per row, NaN means "no value" everywhere: `clean` turns masked
// and infinite pixels into NaN once, so that no other kernel reads a mask.

/** Pixels with a nonzero mask byte, and infinite ones, become NaN. `mask` 0: infinite ones only. `count` is a multiple of 16. */
export function clean(data: usize, mask: usize, count: i32): void {
  const zero = i32x4.splat(0);
  for (let i = 0; i < count; i += 16) {
    const at = data + (usize(i) << 2);
    let m = i32x4.splat(0);
    if (mask !== 0) m = v128.load(mask + usize(i));
    // x − x is 0 for a finite x and NaN else.
    if (v128.any_true(m)) {
      const low = i16x8.extend_low_i8x16_u(m),
        high = i16x8.extend_high_i8x16_u(m);
      cleanFour(at, i32x4.ne(i32x4.extend_low_i16x8_u(low), zero));
      cleanFour(at + 16, i32x4.ne(i32x4.extend_high_i16x8_u(low), zero));
      cleanFour(at + 32, i32x4.ne(i32x4.extend_low_i16x8_u(high), zero));
      cleanFour(at + 48, i32x4.ne(i32x4.extend_high_i16x8_u(high), zero));
    } else {
      cleanFour(at, zero);
      cleanFour(at + 16, zero);
      cleanFour(at + 32, zero);
      cleanFour(at + 48, zero);
    }
  }
}

function cleanFour(at: usize, bad: v128): void {
  const v = v128.load(at);
  v128.store(at, v128.or(f32x4.add(v, f32x4.sub(v, v)), bad));
}

/** Count, Σ d and Σ d² (three f64 at `out`) of d = value − pivot over the pixels with low ≤ value ≤ high. */
export function moments(
  data: usize,
  pitch: i32,
  width: i32,
  rows: i32,
  low: f32,
  high: f32,
  pivot: f32,
  out: usize,
): void {
  const lows = f32x4.splat(low),
    highs = f32x4.splat(high),
    pivots = f32x4.splat(pivot);
  let n = i32x4.splat(0);
  let s0 = f64x2.splat(0),
    s1 = f64x2.splat(0),
    q0 = f64x2.splat(0),
    q1 = f64x2.splat(0);
  let count: i32 = 0;
  let sum: f64 = 0,
    squares: f64 = 0;
  const whole = width & ~3;
  for (let r = 0; r < rows; r++) {
    let at = data + (usize(r * pitch) << 2);
    const end = at + (usize(whole) << 2);
    const last = at + (usize(width) << 2);
    for (; at < end; at += 16) {
      const v = v128.load(at);
      const ok = v128.and(f32x4.ge(v, lows), f32x4.le(v, highs));
      n = i32x4.sub(n, ok);
      const d = v128.and(f32x4.sub(v, pivots), ok);
      const a = f64x2.promote_low_f32x4(d);
      const b = f64x2.promote_low_f32x4(v128.shuffle<f32>(d, d, 2, 3, 2, 3));
      s0 = f64x2.add(s0, a);
      s1 = f64x2.add(s1, b);
      q0 = f64x2.add(q0, f64x2.mul(a, a));
      q1 = f64x2.add(q1, f64x2.mul(b, b));
    }
    for (; at < last; at += 4) {
      const v = load<f32>(at);
      if (v >= low && v <= high) {
        const d = f64(v - pivot);
        count++;
        sum += d;
        squares += d * d;
      }
    }
  }
  const s = f64x2.add(s0, s1),
    q = f64x2.add(q0, q1);
  count +=
    i32x4.extract_lane(n, 0) + i32x4.extract_lane(n, 1) + i32x4.extract_lane(n, 2) + i32x4.extract_lane(n, 3);
  store<f64>(out, f64(count));
  store<f64>(out, sum + f64x2.extract_lane(s, 0) + f64x2.extract_lane(s, 1), 8);
  store<f64>(out, squares + f64x2.extract_lane(q, 0) + f64x2.extract_lane(q, 1), 16);
}

/** Adds the pixels to `levels` + 1 counters: level trunc((value − pivot)·inverse + offset); outside or NaN goes to the last counter. */
export function fillHistogram(
  data: usize,
  pitch: i32,
  width: i32,
  rows: i32,
  pivot: f32,
  inverse: f32,
  offset: f32,
  levels: i32,
  counters: usize,
): void {
  const pivots = f32x4.splat(pivot),
    inverses = f32x4.splat(inverse),
    offsets = f32x4.splat(offset),
    zero = f32x4.splat(0),
    top = f32x4.splat(f32(levels)),
    outside = i32x4.splat(levels);
  const whole = width & ~3;
  for (let r = 0; r < rows; r++) {
    let at = data + (usize(r * pitch) << 2);
    const end = at + (usize(whole) << 2);
    const last = at + (usize(width) << 2);
    for (; at < end; at += 16) {
      const p = f32x4.add(f32x4.mul(f32x4.sub(v128.load(at), pivots), inverses), offsets);
      const ok = v128.and(f32x4.ge(p, zero), f32x4.lt(p, top));
      const index = i32x4.shl(v128.bitselect(i32x4.trunc_sat_f32x4_s(p), outside, ok), 2);
      increment(counters + usize(i32x4.extract_lane(index, 0)));
      increment(counters + usize(i32x4.extract_lane(index, 1)));
      increment(counters + usize(i32x4.extract_lane(index, 2)));
      increment(counters + usize(i32x4.extract_lane(index, 3)));
    }
    for (; at < last; at += 4) {
      const p = (load<f32>(at) - pivot) * inverse + offset;
      if (p >= 0 && p < f32(levels)) increment(counters + (usize(i32(p)) << 2));
    }
  }
}

function increment(at: usize): void {
  store<i32>(at, load<i32>(at) + 1);
}

/**
 * Evaluates piecewise cubics along rows: interval k of `intervals` covers pixels starts[k]…starts[k+1] − 1 (i32), its four coefficients (f32) stand
 * at coefficients[row][k]; t = (x + ½)·step − ½ − k. subtract ≠ 0: data −= value; else data = value.
 */
export function splineRows(
  data: usize,
  pitch: i32,
  rows: i32,
  starts: usize,
  intervals: i32,
  coefficients: usize,
  step: f32,
  subtract: i32,
): void {
  const steps = f32x4.splat(step);
  const lanes = f32x4(0.5, 1.5, 2.5, 3.5);
  for (let r = 0; r < rows; r++) {
    const row = data + (usize(r * pitch) << 2);
    for (let k = 0; k < intervals; k++) {
      const c = coefficients + (usize(r * intervals + k) << 4);
      const c0 = load<f32>(c),
        c1 = load<f32>(c, 4),
        c2 = load<f32>(c, 8),
        c3 = load<f32>(c, 12);
      const v0 = f32x4.splat(c0),
        v1 = f32x4.splat(c1),
        v2 = f32x4.splat(c2),
        v3 = f32x4.splat(c3),
        shift = f32x4.splat(-0.5 - f32(k));
      let x = load<i32>(starts + (usize(k) << 2));
      const end = load<i32>(starts + (usize(k + 1) << 2));
      for (; x + 4 <= end; x += 4) {
        const at = row + (usize(x) << 2);
        const t = f32x4.add(f32x4.mul(f32x4.add(f32x4.splat(f32(x)), lanes), steps), shift);
        const rest = f32x4.mul(t, f32x4.add(v1, f32x4.mul(t, f32x4.add(v2, f32x4.mul(t, v3)))));
        // The constant first: it takes the large part off before anything is rounded.
        if (subtract) v128.store(at, f32x4.sub(f32x4.sub(v128.load(at), v0), rest));
        else v128.store(at, f32x4.add(v0, rest));
      }
      for (; x < end; x++) {
        const at = row + (usize(x) << 2);
        const t = (f32(x) + 0.5) * step + (-0.5 - f32(k));
        const rest = t * (c1 + t * (c2 + t * c3));
        if (subtract) store<f32>(at, load<f32>(at) - c0 - rest);
        else store<f32>(at, c0 + rest);
      }
    }
  }
}

/**
 * Statistics of `binRows × nx` bins of factor × factor pixels from `data` on. Five arrays of `plane` floats each from `out` on: mean, max,
 * min, rms, masked fraction. `width × height`: the pixels that exist from `data` on.
 */
export function binStatistics(
  data: usize,
  pitch: i32,
  width: i32,
  height: i32,
  nx: i32,
  binRows: i32,
  factor: i32,
  out: usize,
  plane: i32,
): void {
  const size = usize(plane) << 2;
  const wide = (factor & 3) === 0;
  for (let j = 0; j < binRows; j++) {
    const rows = min(factor, height - j * factor);
    for (let i = 0; i < nx; i++) {
      const columns = min(factor, width - i * factor);
      const base = data + (usize(j * factor * pitch + i * factor) << 2);
      // Where columns are padded with NaN they take no part, so that the last bin may be read in full.
      if (wide) reduceWide(base, pitch, rows, factor);
      else reduceNarrow(base, pitch, rows, columns);
      const at = out + (usize(j * nx + i) << 2);
      const total = rows * columns;
      store<f32>(at + 4 * size, f32(total - count) / f32(total));
      if (count === 0) {
        for (let k: usize = 0; k < 4; k++) store<f32>(at + k * size, f32.NaN);
        continue;
      }
      store<f32>(at, f32(mean));
      store<f32>(at + size, largest);
      store<f32>(at + 2 * size, least);
      store<f32>(at + 3 * size, f32(sqrt(variance)));
    }
  }
}

// Results of reduceWide and reduceNarrow.
let count: i32 = 0;
let mean: f64 = 0;
let variance: f64 = 0;
let largest: f32 = 0;
let least: f32 = 0;

function reduceWide(base: usize, pitch: i32, rows: i32, columns: i32): void {
  const line = usize(pitch) << 2;
  let n = i32x4.splat(0);
  let sum = f32x4.splat(0);
  let high = f32x4.splat(-f32.MAX_VALUE),
    low = f32x4.splat(f32.MAX_VALUE);
  for (let r = 0; r < rows; r++) {
    let at = base + usize(r) * line;
    const end = at + (usize(columns) << 2);
    for (; at < end; at += 16) {
      const v = v128.load(at);
      const ok = f32x4.eq(v, v);
      n = i32x4.sub(n, ok);
      sum = f32x4.add(sum, v128.and(v, ok));
      // pmax(a, b) is a < b ? b : a: a NaN in b leaves a.
      high = f32x4.pmax(high, v);
      low = f32x4.pmin(low, v);
    }
  }
  count =
    i32x4.extract_lane(n, 0) + i32x4.extract_lane(n, 1) + i32x4.extract_lane(n, 2) + i32x4.extract_lane(n, 3);
  if (count === 0) return;
  mean = addLanes(sum) / f64(count);
  largest = max(
    max(f32x4.extract_lane(high, 0), f32x4.extract_lane(high, 1)),
    max(f32x4.extract_lane(high, 2), f32x4.extract_lane(high, 3)),
  );
  least = min(
    min(f32x4.extract_lane(low, 0), f32x4.extract_lane(low, 1)),
    min(f32x4.extract_lane(low, 2), f32x4.extract_lane(low, 3)),
  );
  // A second look at cached pixels: scatter about the mean without cancellation, and the mean's own rounding.
  const centre = f32x4.splat(f32(mean));
  let squares = f32x4.splat(0),
    rest = f32x4.splat(0);
  for (let r = 0; r < rows; r++) {
    let at = base + usize(r) * line;
    const end = at + (usize(columns) << 2);
    for (; at < end; at += 16) {
      const v = v128.load(at);
      const d = v128.and(f32x4.sub(v, centre), f32x4.eq(v, v));
      rest = f32x4.add(rest, d);
      squares = f32x4.add(squares, f32x4.mul(d, d));
    }
  }
  const correction = addLanes(rest) / f64(count);
  mean = f64(f32(mean)) + correction;
  variance = max(0.0, addLanes(squares) / f64(count) - correction * correction);
}

function addLanes(v: v128): f64 {
  return (
    f64(f32x4.extract_lane(v, 0)) +
    f64(f32x4.extract_lane(v, 1)) +
    f64(f32x4.extract_lane(v, 2)) +
    f64(f32x4.extract_lane(v, 3))
  );
}

function reduceNarrow(base: usize, pitch: i32, rows: i32, columns: i32): void {
  const line = usize(pitch) << 2;
  count = 0;
  largest = -f32.MAX_VALUE;
  least = f32.MAX_VALUE;
  let sum: f64 = 0;
  for (let r = 0; r < rows; r++)
    for (let c = 0; c < columns; c++) {
      const at = base + usize(r) * line + (usize(c) << 2);
      const v = load<f32>(at);
      if (v !== v) continue;
      count++;
      sum += f64(v);
      if (v > largest) largest = v;
      if (v < least) least = v;
    }
  if (count === 0) return;
  mean = sum / f64(count);
  let squares: f64 = 0;
  for (let r = 0; r < rows; r++)
    for (let c = 0; c < columns; c++) {
      const v = load<f32>(base + usize(r) * line + (usize(c) << 2));
      if (v === v) squares += (f64(v) - mean) * (f64(v) - mean);
    }
  variance = squares / f64(count);
}

/** Mean and masked fraction (two arrays of `plane` floats from `out` on) of one row of `nx` bins; the rows are padded with NaN to whole bins. */
export function meanBins(
  data: usize,
  pitch: i32,
  width: i32,
  rows: i32,
  nx: i32,
  factor: i32,
  out: usize,
  plane: i32,
): void {
  const size = usize(plane) << 2;
  const line = usize(pitch) << 2;
  const wide = (factor & 3) === 0;
  for (let i = 0; i < nx; i++) {
    const base = data + (usize(i * factor) << 2);
    let n: i32 = 0;
    let sum: f64 = 0;
    if (wide) {
      let ns = i32x4.splat(0);
      let sums = f32x4.splat(0);
      for (let r = 0; r < rows; r++) {
        let at = base + usize(r) * line;
        const end = at + (usize(factor) << 2);
        for (; at < end; at += 16) {
          const v = v128.load(at);
          const ok = f32x4.eq(v, v);
          ns = i32x4.sub(ns, ok);
          sums = f32x4.add(sums, v128.and(v, ok));
        }
      }
      n =
        i32x4.extract_lane(ns, 0) +
        i32x4.extract_lane(ns, 1) +
        i32x4.extract_lane(ns, 2) +
        i32x4.extract_lane(ns, 3);
      sum = addLanes(sums);
    } else {
      const columns = min(factor, width - i * factor);
      for (let r = 0; r < rows; r++)
        for (let c = 0; c < columns; c++) {
          const v = load<f32>(base + usize(r) * line + (usize(c) << 2));
          if (v === v) {
            n++;
            sum += f64(v);
          }
        }
    }
    const total = rows * min(factor, width - i * factor);
    const at = out + (usize(i) << 2);
    store<f32>(at, n > 0 ? f32(sum / f64(n)) : f32.NaN);
    store<f32>(at + size, f32(total - n) / f32(total));
  }
}

/**
 * Of each column of `rows` rows the sum of value·scale cut to ±clip, and the number of pixels that are not NaN: f32 arrays of `width` (a
 * multiple of 4) at `sums` and `counts`.
 */
export function columnSums(
  data: usize,
  pitch: i32,
  width: i32,
  rows: i32,
  scale: f32,
  clip: f32,
  sums: usize,
  counts: usize,
): void {
  const scales = f32x4.splat(scale),
    high = f32x4.splat(clip),
    low = f32x4.splat(-clip),
    one = f32x4.splat(1);
  const line = usize(pitch) << 2;
  for (let x = 0; x < width; x += 4) {
    let at = data + (usize(x) << 2);
    let sum = f32x4.splat(0),
      count = f32x4.splat(0);
    for (let r = 0; r < rows; r++, at += line) {
      const v = v128.load(at);
      const ok = f32x4.eq(v, v);
      const cut = f32x4.pmax(low, f32x4.pmin(high, f32x4.mul(v, scales)));
      sum = f32x4.add(sum, v128.and(cut, ok));
      count = f32x4.add(count, v128.and(one, ok));
    }
    v128.store(sums + (usize(x) << 2), sum);
    v128.store(counts + (usize(x) << 2), count);
  }
}

/**
 * Running sums of `length` rows down sheared columns, slopes −1 to 1 in 2·steps + 1 steps; each pixel of `out` becomes the largest of itself and
 * scale · the sum centred on it. `data` and `out` are height rows of `pitch` floats (a multiple of 4); `run` holds pitch + 2·height + 2.
 */
export function steepLines(
  data: usize,
  out: usize,
  run: usize,
  pitch: i32,
  height: i32,
  length: i32,
  steps: i32,
  scale: f32,
): void {
  const half = length >> 1;
  const pad = height + 1;
  const row = usize(pitch) << 2;
  const runBytes = usize(pitch + 2 * pad) << 2;
  const scales = f32x4.splat(scale);
  for (let k = -steps; k <= steps; k++) {
    const slope = f32(k) / f32(steps);
    memory.fill(run, 0, runBytes);
    for (let y = 0; y < height + half; y++) {
      if (y < height) {
        let to = run + (usize(pad - i32(nearest(slope * f32(y)))) << 2);
        let from = data + usize(y) * row;
        const end = from + row;
        for (; from < end; from += 16, to += 16) v128.store(to, f32x4.add(v128.load(to), v128.load(from)));
      }
      const old = y - length;
      if (old >= 0 && old < height) {
        let to = run + (usize(pad - i32(nearest(slope * f32(old)))) << 2);
        let from = data + usize(old) * row;
        const end = from + row;
        for (; from < end; from += 16, to += 16) v128.store(to, f32x4.sub(v128.load(to), v128.load(from)));
      }
      const middle = y - half;
      if (middle < 0) continue;
      let from = run + (usize(pad - i32(nearest(slope * f32(middle)))) << 2);
      let to = out + usize(middle) * row;
      const end = to + row;
      for (; to < end; from += 16, to += 16)
        v128.store(to, f32x4.max(v128.load(to), f32x4.mul(v128.load(from), scales)));
    }
  }
}

// Support vector machines: rows of the kernel matrix, and the passes of sequential minimal optimization over all rows. Data lie in single
// precision, four rows side by side: data[block][column][4]. S is −y·∇f, the violation score of the dual (f64); `up` and `low` (f32) are 0 where
// α may move so that y·α grows or shrinks, and −∞ or +∞ where it stands at its bound; rows that fill the last block have both.

/** Values of the kernel between rows [first, last) of the data, both multiples of 16, and one row `x`: out[row − first]. Kind 0: x·y, 1: exp(−γ|x − y|²), 2: (γ x·y + c)^degree. */
export function kernelRow(
  data: usize,
  columns: i32,
  first: i32,
  last: i32,
  x: usize,
  kind: i32,
  gamma: f32,
  constant: f32,
  degree: i32,
  out: usize,
): void {
  const blockBytes = usize(columns) << 4;
  const end = x + (usize(columns) << 2);
  let at = data + usize(first >> 2) * blockBytes;
  for (let row = first; row < last; row += 16, at += 4 * blockBytes, out += 64) {
    let s0 = f32x4.splat(0),
      s1 = f32x4.splat(0),
      s2 = f32x4.splat(0),
      s3 = f32x4.splat(0);
    let y0 = at,
      y1 = at + blockBytes,
      y2 = at + 2 * blockBytes,
      y3 = at + 3 * blockBytes;
    if (kind === 1) {
      for (let p = x; p < end; p += 4) {
        const value = v128.load32_splat(p);
        const d0 = f32x4.sub(v128.load(y0), value),
          d1 = f32x4.sub(v128.load(y1), value),
          d2 = f32x4.sub(v128.load(y2), value),
          d3 = f32x4.sub(v128.load(y3), value);
        s0 = f32x4.add(s0, f32x4.mul(d0, d0));
        s1 = f32x4.add(s1, f32x4.mul(d1, d1));
        s2 = f32x4.add(s2, f32x4.mul(d2, d2));
        s3 = f32x4.add(s3, f32x4.mul(d3, d3));
        y0 += 16;
        y1 += 16;
        y2 += 16;
        y3 += 16;
      }
      const g = f32x4.splat(-gamma);
      v128.store(out, exponential(f32x4.mul(s0, g)));
      v128.store(out, exponential(f32x4.mul(s1, g)), 16);
      v128.store(out, exponential(f32x4.mul(s2, g)), 32);
      v128.store(out, exponential(f32x4.mul(s3, g)), 48);
      continue;
    }
    for (let p = x; p < end; p += 4) {
      const value = v128.load32_splat(p);
      s0 = f32x4.add(s0, f32x4.mul(v128.load(y0), value));
      s1 = f32x4.add(s1, f32x4.mul(v128.load(y1), value));
      s2 = f32x4.add(s2, f32x4.mul(v128.load(y2), value));
      s3 = f32x4.add(s3, f32x4.mul(v128.load(y3), value));
      y0 += 16;
      y1 += 16;
      y2 += 16;
      y3 += 16;
    }
    if (kind === 2) {
      s0 = power(s0, gamma, constant, degree);
      s1 = power(s1, gamma, constant, degree);
      s2 = power(s2, gamma, constant, degree);
      s3 = power(s3, gamma, constant, degree);
    }
    v128.store(out, s0);
    v128.store(out, s1, 16);
    v128.store(out, s2, 32);
    v128.store(out, s3, 48);
  }
}

function power(dot: v128, gamma: f32, constant: f32, degree: i32): v128 {
  let base = f32x4.add(f32x4.mul(dot, f32x4.splat(gamma)), f32x4.splat(constant));
  let result = f32x4.splat(1);
  for (let n = degree; n > 0; n >>= 1) {
    if (n & 1) result = f32x4.mul(result, base);
    base = f32x4.mul(base, base);
  }
  return result;
}

/** e^x for x ≤ 0 within 2 units of the last place: x = n ln 2 + r, |r| ≤ ln 2 / 2, Taylor's polynomial in r; 0 below −87. */
function exponential(x: v128): v128 {
  const n = f32x4.nearest(f32x4.mul(x, f32x4.splat(1.44269504)));
  // ln 2 in two parts, the first of few digits, so that n·first is exact.
  const r = f32x4.sub(
    f32x4.sub(x, f32x4.mul(n, f32x4.splat(0.693359375))),
    f32x4.mul(n, f32x4.splat(-2.1219444e-4)),
  );
  let e = f32x4.splat(1.0 / 720);
  e = f32x4.add(f32x4.mul(e, r), f32x4.splat(1.0 / 120));
  e = f32x4.add(f32x4.mul(e, r), f32x4.splat(1.0 / 24));
  e = f32x4.add(f32x4.mul(e, r), f32x4.splat(1.0 / 6));
  e = f32x4.add(f32x4.mul(e, r), f32x4.splat(0.5));
  e = f32x4.add(f32x4.mul(e, r), f32x4.splat(1));
  e = f32x4.add(f32x4.mul(e, r), f32x4.splat(1));
  const scale = i32x4.shl(i32x4.add(i32x4.trunc_sat_f32x4_s(n), i32x4.splat(127)), 23);
  return v128.and(f32x4.mul(e, scale), f32x4.gt(x, f32x4.splat(-87)));
}

/** Largest S + up of the first `count` rows (a multiple of 4): its value (f64) and its row (f64) at `out`; the last of equal ones. */
export function mostViolating(scores: usize, up: usize, count: i32, out: usize): void {
  let best = f64x2.splat(-Infinity),
    where = f64x2.splat(-1),
    index = f64x2(0, 1);
  const two = f64x2.splat(2);
  for (let t = 0; t < count; t += 2) {
    const s = f64x2.add(
      v128.load(scores + (usize(t) << 3)),
      f64x2.promote_low_f32x4(v128.load64_zero(up + (usize(t) << 2))),
    );
    const better = f64x2.ge(s, best);
    best = v128.bitselect(s, best, better);
    where = v128.bitselect(index, where, better);
    index = f64x2.add(index, two);
  }
  const a = f64x2.extract_lane(best, 0),
    b = f64x2.extract_lane(best, 1),
    i = f64x2.extract_lane(where, 0),
    j = f64x2.extract_lane(where, 1);
  const second = b > a || (b === a && j > i);
  store<f64>(out, second ? b : a);
  store<f64>(out, second ? j : i, 8);
}

/**
 * The partner of row i by second-order information (Fan, Chen & Lin 2005, eq. 14, WSS 2): of the rows that may move down, the one with the largest
 * (Sᵢ − Sₜ)² / (Kᵢᵢ + Kₜₜ − 2 Kᵢₜ). At `out`: its row, or −1 (f64), and the least S of the rows that may move down.
 */
export function partner(
  scores: usize,
  low: usize,
  diagonal: usize,
  row: usize,
  count: i32,
  top: f64,
  own: f64,
  out: usize,
): void {
  const tops = f64x2.splat(top),
    owns = f64x2.splat(own),
    tiny = f64x2.splat(1e-12),
    zero = f64x2.splat(0),
    two = f64x2.splat(2);
  let best = f64x2.splat(0),
    where = f64x2.splat(-1),
    index = f64x2(0, 1),
    least = f64x2.splat(Infinity);
  for (let t = 0; t < count; t += 2) {
    const at4 = usize(t) << 2;
    const s = f64x2.add(
      v128.load(scores + (usize(t) << 3)),
      f64x2.promote_low_f32x4(v128.load64_zero(low + at4)),
    );
    least = f64x2.pmin(least, s);
    const gap = f64x2.sub(tops, s);
    if (!v128.any_true(f64x2.gt(gap, zero))) {
      index = f64x2.add(index, two);
      continue;
    }
    const k = f64x2.promote_low_f32x4(v128.load64_zero(row + at4));
    let curvature = f64x2.sub(
      f64x2.add(owns, f64x2.promote_low_f32x4(v128.load64_zero(diagonal + at4))),
      f64x2.add(k, k),
    );
    curvature = f64x2.pmax(curvature, tiny);
    const gain = f64x2.div(f64x2.mul(gap, gap), curvature);
    const better = v128.and(f64x2.ge(gain, best), f64x2.gt(gap, zero));
    best = v128.bitselect(gain, best, better);
    where = v128.bitselect(index, where, better);
    index = f64x2.add(index, two);
  }
  const a = f64x2.extract_lane(best, 0),
    b = f64x2.extract_lane(best, 1),
    i = f64x2.extract_lane(where, 0),
    j = f64x2.extract_lane(where, 1);
  const second = i < 0 || (j >= 0 && (b > a || (b === a && j > i)));
  store<f64>(out, second ? j : i);
  store<f64>(out, Math.min(f64x2.extract_lane(least, 0), f64x2.extract_lane(least, 1)), 8);
}

/** S −= a·Kᵢ + b·Kⱼ. */
export function update(scores: usize, first: usize, second: usize, count: i32, a: f64, b: f64): void {
  const as = f64x2.splat(a),
    bs = f64x2.splat(b);
  for (let t = 0; t < count; t += 2) {
    const at4 = usize(t) << 2,
      at = scores + (usize(t) << 3);
    const change = f64x2.add(
      f64x2.mul(as, f64x2.promote_low_f32x4(v128.load64_zero(first + at4))),
      f64x2.mul(bs, f64x2.promote_low_f32x4(v128.load64_zero(second + at4))),
    );
    v128.store(at, f64x2.sub(v128.load(at), change));
  }
}

/** Σ w·k over `count` numbers (a multiple of 2): w in f64, k in f32. */
export function weightedSum(weights: usize, values: usize, count: i32): f64 {
  let sum = f64x2.splat(0);
  for (let t = 0; t < count; t += 2) {
    sum = f64x2.add(
      sum,
      f64x2.mul(
        v128.load(weights + (usize(t) << 3)),
        f64x2.promote_low_f32x4(v128.load64_zero(values + (usize(t) << 2))),
      ),
    );
  }
  return f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1);
}

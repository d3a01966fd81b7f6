// Inner products of rows of bytes, exact.

/** Columns whose products do not overflow the four sums they are divided among: 255² · 2¹⁷ / 4 < 2³¹. */
const most: i32 = 131072;

/**
 * out[4·i … 4·i + 3 of stride `stride`] for `groups` groups of four rows of `a` and `rows` rows of `b`: out[row of a][row of b] = Σ a·b.
 * `columns` is a multiple of 16; rows follow one another without a gap.
 */
export function greyProducts(
  a: usize,
  groups: i32,
  b: usize,
  rows: i32,
  columns: i32,
  out: usize,
  stride: i32,
): void {
  const rowBytes = usize(columns),
    outBytes = usize(stride) << 3;
  for (let g = 0; g < groups; g++, a += 4 * rowBytes, out += 4 * outBytes) {
    for (let j = 0; j < rows; j++) {
      const y = b + usize(j) * rowBytes,
        to = out + (usize(j) << 3);
      let t0: f64 = 0,
        t1: f64 = 0,
        t2: f64 = 0,
        t3: f64 = 0;
      for (let from = 0; from < columns; from += most) {
        const end = y + usize(min(columns, from + most));
        let s0 = i32x4.splat(0),
          s1 = s0,
          s2 = s0,
          s3 = s0;
        let x = a + usize(from);
        for (let p = y + usize(from); p < end; p += 16, x += 16) {
          const v = v128.load(p),
            low = i16x8.extend_low_i8x16_u(v),
            high = i16x8.extend_high_i8x16_u(v);
          s0 = i32x4.add(s0, product(v128.load(x), low, high));
          s1 = i32x4.add(s1, product(v128.load(x + rowBytes), low, high));
          s2 = i32x4.add(s2, product(v128.load(x + 2 * rowBytes), low, high));
          s3 = i32x4.add(s3, product(v128.load(x + 3 * rowBytes), low, high));
        }
        t0 += sum(s0);
        t1 += sum(s1);
        t2 += sum(s2);
        t3 += sum(s3);
      }
      store<f64>(to, t0);
      store<f64>(to + outBytes, t1);
      store<f64>(to + 2 * outBytes, t2);
      store<f64>(to + 3 * outBytes, t3);
    }
  }
}

function product(u: v128, low: v128, high: v128): v128 {
  return i32x4.add(
    i32x4.dot_i16x8_s(i16x8.extend_low_i8x16_u(u), low),
    i32x4.dot_i16x8_s(i16x8.extend_high_i8x16_u(u), high),
  );
}

function sum(s: v128): f64 {
  return (
    f64(i32x4.extract_lane(s, 0)) +
    f64(i32x4.extract_lane(s, 1)) +
    f64(i32x4.extract_lane(s, 2)) +
    f64(i32x4.extract_lane(s, 3))
  );
}

// Weighted sums of pixels about each pixel, over one linear memory. Addresses are bytes; pitches and offsets are floats.

/**
 * out[y, x] = Σ weight_k · source[y, x + offset_k] over `taps` taps, `rows` rows of `count` floats, a multiple of 16. Each pixel's terms are added in the order of the taps. NaN spreads.
 */
export function weightedSums(
  source: usize,
  pitch: i32,
  out: usize,
  outPitch: i32,
  count: i32,
  rows: i32,
  taps: i32,
  offsets: usize,
  weights: usize,
): void {
  for (let y = 0; y < rows; y++) {
    const row = source + (usize(y * pitch) << 2);
    const to = out + (usize(y * outPitch) << 2);
    for (let x = 0; x < count; x += 16) {
      const from = row + (usize(x) << 2);
      let a = f32x4.splat(0),
        b = f32x4.splat(0),
        c = f32x4.splat(0),
        d = f32x4.splat(0);
      for (let k = 0; k < taps; k++) {
        const at = from + (isize(load<i32>(offsets + (usize(k) << 2))) << 2);
        const weight = v128.load_splat<f32>(weights + (usize(k) << 2));
        a = f32x4.add(a, f32x4.mul(weight, v128.load(at)));
        b = f32x4.add(b, f32x4.mul(weight, v128.load(at + 16)));
        c = f32x4.add(c, f32x4.mul(weight, v128.load(at + 32)));
        d = f32x4.add(d, f32x4.mul(weight, v128.load(at + 48)));
      }
      const end = to + (usize(x) << 2);
      v128.store(end, a);
      v128.store(end + 16, b);
      v128.store(end + 32, c);
      v128.store(end + 48, d);
    }
  }
}

// Optimizer kernels over one linear memory: p parameters, g gradients, m and v moments, e moving average of p.
// Counts are multiples of 4 floats and addresses of 16 bytes; what pads an array is zero and stays so.

/** AdamW (Loshchilov & Hutter 2019), PyTorch's form: decay = lr·λ; rate = lr / (1 − β1^t); root = 1 / √(1 − β2^t). */
export function adamw(
  p: usize,
  g: usize,
  m: usize,
  v: usize,
  count: i32,
  gradientScale: f32,
  beta1: f32,
  beta2: f32,
  rate: f32,
  root: f32,
  epsilon: f32,
  decay: f32,
): void {
  const scale = f32x4.splat(gradientScale);
  const b1 = f32x4.splat(beta1),
    c1 = f32x4.splat(1 - beta1);
  const b2 = f32x4.splat(beta2),
    c2 = f32x4.splat(1 - beta2);
  const r = f32x4.splat(rate),
    s = f32x4.splat(root),
    eps = f32x4.splat(epsilon),
    keep = f32x4.splat(1 - decay);
  const end = usize(count) * 4;
  for (let i: usize = 0; i < end; i += 16) {
    const grad = f32x4.mul(v128.load(g + i), scale);
    const first = f32x4.add(f32x4.mul(v128.load(m + i), b1), f32x4.mul(grad, c1));
    const second = f32x4.add(f32x4.mul(v128.load(v + i), b2), f32x4.mul(f32x4.mul(grad, grad), c2));
    v128.store(m + i, first);
    v128.store(v + i, second);
    const step = f32x4.div(f32x4.mul(first, r), f32x4.add(f32x4.mul(f32x4.sqrt(second), s), eps));
    v128.store(p + i, f32x4.sub(f32x4.mul(v128.load(p + i), keep), step));
  }
}

/** Σ x², in double precision. */
export function sumOfSquares(x: usize, count: i32): f64 {
  let low = f64x2.splat(0),
    high = f64x2.splat(0);
  const end = usize(count) * 4;
  for (let i: usize = 0; i < end; i += 16) {
    const value = v128.load(x + i);
    const a = f64x2.promote_low_f32x4(value);
    const b = f64x2.promote_low_f32x4(
      i8x16.shuffle(value, value, 8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15),
    );
    low = f64x2.add(low, f64x2.mul(a, a));
    high = f64x2.add(high, f64x2.mul(b, b));
  }
  const total = f64x2.add(low, high);
  return f64x2.extract_lane(total, 0) + f64x2.extract_lane(total, 1);
}

/** e ← e + share · (p − e). */
export function average(e: usize, p: usize, count: i32, share: f32): void {
  const w = f32x4.splat(share);
  const end = usize(count) * 4;
  for (let i: usize = 0; i < end; i += 16) {
    const old = v128.load(e + i);
    v128.store(e + i, f32x4.add(old, f32x4.mul(f32x4.sub(v128.load(p + i), old), w)));
  }
}

/** Dropout mask of `count` floats (a multiple of 8): 0 where a 16-bit draw is below `threshold`, else `value`. xorshift32 × 4. */
export function dropoutMask(out: usize, count: i32, seed: u32, threshold: i32, value: f32): void {
  let s = i32x4(
    i32(seed * 0x9e3779b1 + 0x7f4a7c15),
    i32(seed * 0x85ebca6b + 0x3c6ef372),
    i32(seed * 0xc2b2ae35 + 0x1b873593),
    i32(seed * 0x27d4eb2f + 0x165667b1),
  );
  // A state of zero would stay zero.
  s = v128.or(s, i32x4.splat(0x10001));
  const limit = i32x4.splat(threshold),
    keep = f32x4.splat(value),
    low = i32x4.splat(65535);
  for (let k = 0; k < 16; k++) s = step(s);
  const end = usize(count) * 4;
  for (let i: usize = 0; i < end; i += 32) {
    s = step(s);
    v128.store(out + i, v128.and(keep, i32x4.ge_s(v128.and(s, low), limit)));
    v128.store(out + i + 16, v128.and(keep, i32x4.ge_s(i32x4.shr_u(s, 16), limit)));
  }
}

function step(s: v128): v128 {
  s = v128.xor(s, i32x4.shl(s, 13));
  s = v128.xor(s, i32x4.shr_u(s, 17));
  return v128.xor(s, i32x4.shl(s, 5));
}

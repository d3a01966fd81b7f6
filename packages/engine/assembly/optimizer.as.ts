// Optimizer kernels over one linear memory: p parameters, g gradients, e moving average of p; the others are
// what an optimizer remembers.
// Counts are multiples of 4 floats and addresses of 16 bytes; what pads an array is zero and stays so.

// An optimizer's kernel reads the gradient as scale·g + l2·p and the parameter as keep·p: scale clips, l2 is weight decay added to
// the gradient, keep = 1 − rate·λ decoupled weight decay.

@inline function gradientAt(p: usize, g: usize, i: usize, scale: v128, l2: v128): v128 {
  return f32x4.add(f32x4.mul(v128.load(g + i), scale), f32x4.mul(v128.load(p + i), l2));
}

/** p ← keep·p − rate·g. */
export function sgd(
  p: usize,
  g: usize,
  count: i32,
  gradientScale: f32,
  l2: f32,
  keep: f32,
  rate: f32,
): void {
  const scale = f32x4.splat(gradientScale),
    coupled = f32x4.splat(l2),
    kept = f32x4.splat(keep),
    r = f32x4.splat(rate);
  const end = usize(count) * 4;
  for (let i: usize = 0; i < end; i += 16) {
    const step = f32x4.mul(gradientAt(p, g, i, scale, coupled), r);
    v128.store(p + i, f32x4.sub(f32x4.mul(v128.load(p + i), kept), step));
  }
}

/** v ← μ·v + before·g, p ← keep·p − after·v; with `nesterov` the step is after·(μ·v + before·g), v being the new one. */
export function momentum(
  p: usize,
  g: usize,
  count: i32,
  gradientScale: f32,
  l2: f32,
  keep: f32,
  v: usize,
  mu: f32,
  before: f32,
  after: f32,
  nesterov: i32,
): void {
  const scale = f32x4.splat(gradientScale),
    coupled = f32x4.splat(l2),
    kept = f32x4.splat(keep),
    memory = f32x4.splat(mu),
    inner = f32x4.splat(before),
    outer = f32x4.splat(after);
  const end = usize(count) * 4;
  for (let i: usize = 0; i < end; i += 16) {
    const push = f32x4.mul(gradientAt(p, g, i, scale, coupled), inner);
    const velocity = f32x4.add(f32x4.mul(v128.load(v + i), memory), push);
    v128.store(v + i, velocity);
    const step = nesterov ? f32x4.add(f32x4.mul(velocity, memory), push) : velocity;
    v128.store(p + i, f32x4.sub(f32x4.mul(v128.load(p + i), kept), f32x4.mul(step, outer)));
  }
}

/**
 * s ← ρ·s + (1 − ρ)·g²; with an array `mean`, m ← ρ·m + (1 − ρ)·g and s − m² in place of s; u = before·g / (√(s + inside) + outside);
 * with an array `velocity`, v ← μ·v + u in place of u; p ← keep·p − after·u. Address 0: no such array.
 */
export function rmsprop(
  p: usize,
  g: usize,
  count: i32,
  gradientScale: f32,
  l2: f32,
  keep: f32,
  square: usize,
  mean: usize,
  velocity: usize,
  rho: f32,
  gain: f32,
  inside: f32,
  outside: f32,
  mu: f32,
  before: f32,
  after: f32,
): void {
  const scale = f32x4.splat(gradientScale),
    coupled = f32x4.splat(l2),
    kept = f32x4.splat(keep),
    memory = f32x4.splat(rho),
    share = f32x4.splat(gain),
    epsilonInside = f32x4.splat(inside),
    epsilonOutside = f32x4.splat(outside),
    momentum = f32x4.splat(mu),
    inner = f32x4.splat(before),
    outer = f32x4.splat(after),
    zero = f32x4.splat(0);
  const end = usize(count) * 4;
  for (let i: usize = 0; i < end; i += 16) {
    const grad = gradientAt(p, g, i, scale, coupled);
    let spread = f32x4.add(f32x4.mul(v128.load(square + i), memory), f32x4.mul(f32x4.mul(grad, grad), share));
    v128.store(square + i, spread);
    if (mean) {
      const center = f32x4.add(f32x4.mul(v128.load(mean + i), memory), f32x4.mul(grad, share));
      v128.store(mean + i, center);
      // Rounding can leave a variance of next to nothing below 0.
      spread = f32x4.max(f32x4.sub(spread, f32x4.mul(center, center)), zero);
    }
    const length = f32x4.add(f32x4.sqrt(f32x4.add(spread, epsilonInside)), epsilonOutside);
    let step = f32x4.div(f32x4.mul(grad, inner), length);
    if (velocity) {
      step = f32x4.add(f32x4.mul(v128.load(velocity + i), momentum), step);
      v128.store(velocity + i, step);
    }
    v128.store(p + i, f32x4.sub(f32x4.mul(v128.load(p + i), kept), f32x4.mul(step, outer)));
  }
}

/** s ← ρ·s + (1 − ρ)·g², u = g·√(c + ε) / √(s + ε), c ← ρ·c + (1 − ρ)·u², p ← keep·p − rate·u. */
export function adadelta(
  p: usize,
  g: usize,
  count: i32,
  gradientScale: f32,
  l2: f32,
  keep: f32,
  square: usize,
  change: usize,
  rho: f32,
  gain: f32,
  epsilon: f32,
  rate: f32,
): void {
  const scale = f32x4.splat(gradientScale),
    coupled = f32x4.splat(l2),
    kept = f32x4.splat(keep),
    memory = f32x4.splat(rho),
    share = f32x4.splat(gain),
    eps = f32x4.splat(epsilon),
    r = f32x4.splat(rate);
  const end = usize(count) * 4;
  for (let i: usize = 0; i < end; i += 16) {
    const grad = gradientAt(p, g, i, scale, coupled);
    const squares = f32x4.add(f32x4.mul(v128.load(square + i), memory), f32x4.mul(f32x4.mul(grad, grad), share));
    v128.store(square + i, squares);
    const changes = v128.load(change + i);
    const ratio = f32x4.div(f32x4.sqrt(f32x4.add(changes, eps)), f32x4.sqrt(f32x4.add(squares, eps)));
    const step = f32x4.mul(grad, ratio);
    v128.store(change + i, f32x4.add(f32x4.mul(changes, memory), f32x4.mul(f32x4.mul(step, step), share)));
    v128.store(p + i, f32x4.sub(f32x4.mul(v128.load(p + i), kept), f32x4.mul(step, r)));
  }
}

/** m ← β1·m + (1 − β1)·g, v ← β2·v + (1 − β2)·g², p ← keep·p − rate·m / (root·√v + ε). */
export function adam(
  p: usize,
  g: usize,
  count: i32,
  gradientScale: f32,
  l2: f32,
  keep: f32,
  m: usize,
  v: usize,
  beta1: f32,
  gain1: f32,
  beta2: f32,
  gain2: f32,
  rate: f32,
  root: f32,
  epsilon: f32,
): void {
  const scale = f32x4.splat(gradientScale),
    coupled = f32x4.splat(l2),
    kept = f32x4.splat(keep);
  const b1 = f32x4.splat(beta1),
    c1 = f32x4.splat(gain1);
  const b2 = f32x4.splat(beta2),
    c2 = f32x4.splat(gain2);
  const r = f32x4.splat(rate),
    s = f32x4.splat(root),
    eps = f32x4.splat(epsilon);
  const end = usize(count) * 4;
  for (let i: usize = 0; i < end; i += 16) {
    const grad = gradientAt(p, g, i, scale, coupled);
    const first = f32x4.add(f32x4.mul(v128.load(m + i), b1), f32x4.mul(grad, c1));
    const second = f32x4.add(f32x4.mul(v128.load(v + i), b2), f32x4.mul(f32x4.mul(grad, grad), c2));
    v128.store(m + i, first);
    v128.store(v + i, second);
    const step = f32x4.div(f32x4.mul(first, r), f32x4.add(f32x4.mul(f32x4.sqrt(second), s), eps));
    v128.store(p + i, f32x4.sub(f32x4.mul(v128.load(p + i), kept), step));
  }
}

/** g ← g + l1·sign(p) + 2·l2·p: the gradient of l1·Σ|p| + l2·Σp². */
export function penalize(p: usize, g: usize, count: i32, l1: f32, l2: f32): void {
  const a = f32x4.splat(l1),
    b = f32x4.splat(2 * l2),
    zero = f32x4.splat(0);
  const end = usize(count) * 4;
  for (let i: usize = 0; i < end; i += 16) {
    const value = v128.load(p + i);
    const up = v128.and(f32x4.gt(value, zero), a);
    const down = v128.and(f32x4.lt(value, zero), a);
    const slope = f32x4.add(f32x4.sub(up, down), f32x4.mul(value, b));
    v128.store(g + i, f32x4.add(v128.load(g + i), slope));
  }
}

/** Every x into ±limit. */
export function clamp(x: usize, count: i32, limit: f32): void {
  const high = f32x4.splat(limit),
    low = f32x4.splat(-limit);
  const end = usize(count) * 4;
  for (let i: usize = 0; i < end; i += 16) {
    v128.store(x + i, f32x4.min(f32x4.max(v128.load(x + i), low), high));
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

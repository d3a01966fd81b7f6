// Gaussian noise on a run of pixels, four lanes at a time: xorshift128 (Marsaglia 2003, J. Stat. Software 8, 14) in each lane, and the
// Box–Muller transform with polynomials for logarithm and sine good to 1e-6, far below a single draw's meaning.

// The generators' four words, each for four lanes, at byte 0; pixels and variances where the caller puts them.

// @ts-ignore: decorator
@inline
function next(): v128 {
  let t = v128.load(0);
  const s = v128.load(16);
  v128.store(0, s);
  v128.store(16, v128.load(32));
  const w = v128.load(48);
  v128.store(32, w);
  t = v128.xor(t, i32x4.shl(t, 11));
  t = v128.xor(t, i32x4.shr_u(t, 8));
  const out = v128.xor(v128.xor(w, i32x4.shr_u(w, 19)), t);
  v128.store(48, out);
  return out;
}

// @ts-ignore: decorator
@inline
function splat(x: f32): v128 {
  return f32x4.splat(x);
}

// @ts-ignore: decorator
@inline
function fma(a: v128, x: v128, b: v128): v128 {
  return f32x4.add(f32x4.mul(a, x), b);
}

/** Natural logarithm of positive normal numbers (the Cephes polynomial). */
// @ts-ignore: decorator
@inline
function log(x: v128): v128 {
  // x = m · 2^e with m in [√½, √2)
  const bits = i32x4.sub(x, i32x4.splat(0x3f3504f3));
  const e = i32x4.shr_s(bits, 23);
  const m = i32x4.sub(x, i32x4.shl(e, 23));
  const f = f32x4.sub(m, splat(1));
  const z = f32x4.mul(f, f);
  let p = splat(7.0376836292e-2);
  p = fma(p, f, splat(-1.151461031e-1));
  p = fma(p, f, splat(1.1676998740e-1));
  p = fma(p, f, splat(-1.2420140846e-1));
  p = fma(p, f, splat(1.4249322787e-1));
  p = fma(p, f, splat(-1.6668057665e-1));
  p = fma(p, f, splat(2.0000714765e-1));
  p = fma(p, f, splat(-2.4999993993e-1));
  p = fma(p, f, splat(3.3333331174e-1));
  p = f32x4.mul(f32x4.mul(p, f), z);
  p = fma(splat(-0.5), z, p);
  return fma(f32x4.convert_i32x4_s(e), splat(0.69314718), f32x4.add(f, p));
}

/** sin(2πt) for t in [−½, ½). */
// @ts-ignore: decorator
@inline
function sine(t: v128): v128 {
  // Fold into [−¼, ¼].
  const half = v128.or(v128.and(t, splat(-0.0)), splat(0.5));
  const outer = f32x4.gt(f32x4.abs(t), splat(0.25));
  const f = f32x4.mul(v128.bitselect(f32x4.sub(half, t), t, outer), splat(6.2831853));
  const z = f32x4.mul(f, f);
  let p = splat(2.6083159810e-6);
  p = fma(p, z, splat(-1.9810690719e-4));
  p = fma(p, z, splat(8.3330786741e-3));
  p = fma(p, z, splat(-1.6666659675e-1));
  return fma(f32x4.mul(f, z), p, f);
}

/**
 * Adds a Gaussian of variance max(e, 0) + variance to each of `count` pixels (a multiple of 8).
 * @param pixels address of float32 pixels; variances: address of as many float32.
 */
export function noise(pixels: usize, variances: usize, count: i32): void {
  const end = pixels + (<usize>count << 2);
  while (pixels < end) {
    // 24 bits of each word: u in (0, 1), t in [−½, ½).
    const u = f32x4.mul(
      f32x4.add(f32x4.convert_i32x4_s(i32x4.shr_u(next(), 8)), splat(0.5)),
      splat(5.9604645e-8),
    );
    const t = f32x4.mul(f32x4.convert_i32x4_s(i32x4.shr_s(next(), 8)), splat(5.9604645e-8));
    const radius2 = f32x4.mul(log(u), splat(-2));
    // cos(2πt) = sin(2π(t + ¼)), wrapped back.
    const shifted = f32x4.add(t, splat(0.25));
    const wrapped = f32x4.sub(shifted, v128.and(f32x4.ge(shifted, splat(0.5)), splat(1)));

    const e0 = v128.load(pixels);
    const v0 = f32x4.add(f32x4.max(e0, splat(0)), v128.load(variances));
    // One square root for radius and width together.
    v128.store(pixels, fma(sine(t), f32x4.sqrt(f32x4.mul(radius2, v0)), e0));
    const e1 = v128.load(pixels, 16);
    const v1 = f32x4.add(f32x4.max(e1, splat(0)), v128.load(variances, 16));
    v128.store(pixels, fma(sine(wrapped), f32x4.sqrt(f32x4.mul(radius2, v1)), e1), 16);
    pixels += 32;
    variances += 32;
  }
}

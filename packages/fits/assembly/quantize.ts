// Quantised floating-point pixels (FITS standard 4.0, section 10.2), in the order of operations of cfitsio,
// so that every bit of the result is the same.

const randomCount: u32 = 10000;
const zeroValue: i32 = -2147483646;

// Where the random sequence starts for a tile, and where it goes on after number 10,000.
@inline function sequenceStart(randoms: usize, seed: u32): u32 {
  return <u32>(load<f32>(randoms + ((<usize>seed) << 2)) * 500);
}

@inline function physical(v: i32, random: f64, dither: u32, scale: f64, zero: f64, hasBlank: u32, blank: i32): f64 {
  if (hasBlank != 0 && v == blank) return NaN;
  if (dither == 2 && v == zeroValue) return 0;
  return dither == 0 ? <f64>v * scale + zero : (<f64>v - random + 0.5) * scale + zero;
}

/** int32 at `src` to float32 at `dst` (which may be `src`). `seed` is the index of the tile's first random number. */
export function dequantize32(
  src: usize, dst: usize, n: u32, scale: f64, zero: f64, dither: u32, seed: u32, randoms: usize, hasBlank: u32, blank: i32,
): void {
  const scales = f64x2.splat(scale);
  const zeros = f64x2.splat(zero);
  const half = f64x2.splat(0.5);
  const blanks = i32x4.splat(hasBlank != 0 ? blank : zeroValue);
  const specials = i32x4.splat(dither == 2 ? zeroValue : hasBlank != 0 ? blank : zeroValue);
  const check = hasBlank != 0 || dither == 2;
  let next = dither == 0 ? 0 : sequenceStart(randoms, seed);
  let i: u32 = 0;
  while (i < n) {
    const run = dither == 0 ? n - i : min(n - i, randomCount - next);
    const stop = i + run;
    for (; i + 4 <= stop; i += 4) {
      const at = (<usize>i) << 2;
      const v = v128.load(src + at);
      if (check && v128.any_true(v128.or(i32x4.eq(v, blanks), i32x4.eq(v, specials)))) {
        for (let k: u32 = 0; k < 4; k++) {
          const random = dither == 0 ? 0 : <f64>load<f32>(randoms + ((<usize>(next + k)) << 2));
          const value = physical(load<i32>(src + at + (<usize>k << 2)), random, dither, scale, zero, hasBlank, blank);
          store<f32>(dst + at + (<usize>k << 2), <f32>value);
        }
        next += 4;
        continue;
      }
      let low = f64x2.convert_low_i32x4_s(v);
      let high = f64x2.convert_low_i32x4_s(i32x4.shuffle(v, v, 2, 3, 2, 3));
      if (dither != 0) {
        const r = v128.load(randoms + ((<usize>next) << 2));
        low = f64x2.add(f64x2.sub(low, f64x2.promote_low_f32x4(r)), half);
        high = f64x2.add(f64x2.sub(high, f64x2.promote_low_f32x4(i32x4.shuffle(r, r, 2, 3, 2, 3))), half);
      }
      low = f32x4.demote_f64x2_zero(f64x2.add(f64x2.mul(low, scales), zeros));
      high = f32x4.demote_f64x2_zero(f64x2.add(f64x2.mul(high, scales), zeros));
      v128.store(dst + at, i32x4.shuffle(low, high, 0, 1, 4, 5));
      next += 4;
    }
    for (; i < stop; i++) {
      const at = (<usize>i) << 2;
      const random = dither == 0 ? 0 : <f64>load<f32>(randoms + ((<usize>next) << 2));
      store<f32>(dst + at, <f32>physical(load<i32>(src + at), random, dither, scale, zero, hasBlank, blank));
      next++;
    }
    if (dither != 0 && next == randomCount) {
      seed = seed + 1 == randomCount ? 0 : seed + 1;
      next = sequenceStart(randoms, seed);
    }
  }
}

/** As dequantize32, to float64; `dst` must not overlap `src`. */
export function dequantize64(
  src: usize, dst: usize, n: u32, scale: f64, zero: f64, dither: u32, seed: u32, randoms: usize, hasBlank: u32, blank: i32,
): void {
  let next = dither == 0 ? 0 : sequenceStart(randoms, seed);
  for (let i: u32 = 0; i < n; i++) {
    const random = dither == 0 ? 0 : <f64>load<f32>(randoms + ((<usize>next) << 2));
    const value = physical(load<i32>(src + ((<usize>i) << 2)), random, dither, scale, zero, hasBlank, blank);
    store<f64>(dst + ((<usize>i) << 3), value);
    if (dither != 0 && ++next == randomCount) {
      seed = seed + 1 == randomCount ? 0 : seed + 1;
      next = sequenceStart(randoms, seed);
    }
  }
}

const nullValue: i32 = -2147483647;

@inline function nearest(x: f64): i32 {
  return <i32>(x >= 0 ? x + 0.5 : x - 0.5);
}

// The writing side of `physical`: NaN becomes nullValue; with dither 2 an exact zero becomes zeroValue.
@inline function step(v: f64, random: f64, dither: u32, scale: f64, zero: f64): i32 {
  if (v != v) return nullValue;
  if (dither == 2 && v == 0) return zeroValue;
  return nearest(dither == 0 ? (v - zero) / scale : (v - zero) / scale + random - 0.5);
}

/** float32 at `src` to int32 at `dst`. */
export function quantize32(
  src: usize, dst: usize, n: u32, scale: f64, zero: f64, dither: u32, seed: u32, randoms: usize,
): void {
  let next = dither == 0 ? 0 : sequenceStart(randoms, seed);
  for (let i: u32 = 0; i < n; i++) {
    const at = (<usize>i) << 2;
    const random = dither == 0 ? 0 : <f64>load<f32>(randoms + ((<usize>next) << 2));
    store<i32>(dst + at, step(<f64>load<f32>(src + at), random, dither, scale, zero));
    if (dither != 0 && ++next == randomCount) {
      seed = seed + 1 == randomCount ? 0 : seed + 1;
      next = sequenceStart(randoms, seed);
    }
  }
}

/** float64 at `src` to int32 at `dst`. */
export function quantize64(
  src: usize, dst: usize, n: u32, scale: f64, zero: f64, dither: u32, seed: u32, randoms: usize,
): void {
  let next = dither == 0 ? 0 : sequenceStart(randoms, seed);
  for (let i: u32 = 0; i < n; i++) {
    const random = dither == 0 ? 0 : <f64>load<f32>(randoms + ((<usize>next) << 2));
    store<i32>(dst + ((<usize>i) << 2), step(load<f64>(src + ((<usize>i) << 3)), random, dither, scale, zero));
    if (dither != 0 && ++next == randomCount) {
      seed = seed + 1 == randomCount ? 0 : seed + 1;
      next = sequenceStart(randoms, seed);
    }
  }
}

// Rice coding, the writing side; see rice.ts. The choice of `fs` is cfitsio's, so that the bytes are the same.
import { fsBitsOf, fsMaxOf } from './rice';

// Bits not yet stored (the low `pending` ones of `held`), and where they go.
let held: u64 = 0;
let pending: u32 = 0;
let out: usize = 0;

// `bits` is at most 32, so that held never overflows: fewer than 32 are pending before.
@inline function put(value: u32, bits: u32): void {
  held = (held << bits) | <u64>value;
  pending += bits;
  if (pending >= 32) {
    pending -= 32;
    store<u32>(out, bswap<u32>(<u32>(held >> pending)));
    out += 4;
  }
}

/**
 * Encodes `n` int32 pixels at `src` to `dst`, which must hold 2 * bytepix * n + 64 bytes and one for every block.
 * `scratch` holds 4 * blockSize + 64 bytes. Returns the number of bytes.
 */
export function riceEncode(src: usize, n: u32, dst: usize, bytepix: u32, blockSize: u32, scratch: usize): u32 {
  const fsBits = fsBitsOf(bytepix);
  const fsMax = fsMaxOf(bytepix);
  const bits = bytepix * 8;
  const narrow: i32 = 32 - bits;
  const mask: u32 = bytepix == 4 ? 0xffffffff : (1 << bits) - 1;
  held = 0;
  pending = 0;
  out = dst;
  if (n == 0) return 0;
  put(load<u32>(src) & mask, bits);
  let i: u32 = 0;
  let last: i32 = load<i32>(src);
  while (i < n) {
    const size = min(blockSize, n - i);
    const block = src + ((<usize>i) << 2);
    // Differences, folded to unsigned, and their sum.
    let sum: u64 = 0;
    let k: u32 = 0;
    let sums = i64x2.splat(0);
    if (size >= 4) {
      const head = i32x4.replace_lane(i32x4.shuffle(v128.load(block), v128.load(block), 0, 0, 1, 2), 0, last);
      let before = head;
      for (; k + 4 <= size; k += 4) {
        const at = (<usize>k) << 2;
        const v = v128.load(block + at);
        if (k > 0) before = v128.load(block + at - 4);
        let d = i32x4.sub(v, before);
        if (narrow != 0) d = i32x4.shr_s(i32x4.shl(d, narrow), narrow);
        d = v128.xor(i32x4.shl(d, 1), i32x4.shr_s(d, 31));
        v128.store(scratch + at, d);
        sums = i64x2.add(sums, i64x2.add(i64x2.extend_low_i32x4_u(d), i64x2.extend_high_i32x4_u(d)));
      }
      sum = i64x2.extract_lane(sums, 0) + i64x2.extract_lane(sums, 1);
    }
    for (; k < size; k++) {
      const at = (<usize>k) << 2;
      let d = load<i32>(block + at) - (k == 0 ? last : load<i32>(block + at - 4));
      if (narrow != 0) d = (d << narrow) >> narrow;
      d = (d << 1) ^ (d >> 31);
      store<i32>(scratch + at, d);
      sum += <u64><u32>d;
    }
    last = load<i32>(block + ((<usize>(size - 1)) << 2));
    i += size;
    if (sum == 0) {
      put(0, fsBits);
      continue;
    }
    let mean = (<f64>sum - <f64>(size / 2) - 1) / <f64>size;
    if (mean < 0) mean = 0;
    let half = (<u32>mean) >> 1;
    let fs: u32 = 0;
    for (; half > 0; fs++) half >>= 1;
    const stop = scratch + ((<usize>size) << 2);
    if (fs >= fsMax) {
      put(fsMax + 1, fsBits);
      for (let p = scratch; p < stop; p += 4) put(load<u32>(p) & mask, bits);
      continue;
    }
    put(fs + 1, fsBits);
    const low: u32 = (1 << fs) - 1;
    for (let p = scratch; p < stop; p += 4) {
      const value = load<u32>(p);
      let zeros = value >> fs;
      const code = (1 << fs) | (value & low);
      if (zeros + fs < 32) {
        put(code, zeros + fs + 1);
      } else {
        for (; zeros >= 32; zeros -= 32) put(0, 32);
        if (zeros > 0) put(0, zeros);
        put(code, fs + 1);
      }
    }
  }
  while (pending > 0) {
    const bits8 = min<u32>(pending, 8);
    const byte = <u32>(held >> (pending - bits8)) & ((1 << bits8) - 1);
    store<u8>(out, byte << (8 - bits8));
    out++;
    pending -= bits8;
  }
  return <u32>(out - dst);
}

// Rice coding of integers (FITS standard 4.0, section 10.4.1): per block of pixels, differences to the pixel before,
// folded to unsigned and written as a unary high part and `fs` low bits.

// The parameters that depend on the pixel's size: bits of the field that holds fs, the fs that means "stored as it is".
@inline export function fsBitsOf(bytepix: u32): u32 { return bytepix == 4 ? 5 : bytepix == 2 ? 4 : 3; }
@inline export function fsMaxOf(bytepix: u32): u32 { return bytepix == 4 ? 25 : bytepix == 2 ? 14 : 6; }

// The next 32 bits, zeros after the end of the input.
@inline function next32(p: usize, end: usize): u32 {
  if (p + 4 <= end) return bswap<u32>(load<u32>(p));
  let word: u32 = 0;
  for (let i: usize = 0; i < 4; i++) word = (word << 8) | (p + i < end ? <u32>load<u8>(p + i) : 0);
  return word;
}

@inline function unfold(v: u32): u32 { return (v >> 1) ^ (0 - (v & 1)); }

/**
 * Decodes `n` pixels of `length` bytes at `src` to int32 at `dst` (bytes 0..255, 16 bits with sign).
 * Returns 0, or 1 when the bytes end before the pixels do.
 */
export function riceDecode(src: usize, length: u32, dst: usize, n: u32, bytepix: u32, blockSize: u32): u32 {
  const fsBits = fsBitsOf(bytepix);
  const fsMax = fsMaxOf(bytepix);
  const bits = bytepix * 8;
  const narrow = 32 - bits;
  const end = src + length;
  let p = src;
  // Unread bits, left-aligned; the bits below them are zero.
  let buffer: u64 = 0;
  let count: u32 = 0;
  if (length * 8 < bits) return 1;
  buffer = (<u64>next32(p, end)) << 32;
  count = 32;
  p += 4;
  let last: u32 = <u32>(buffer >> (64 - bits));
  buffer <<= bits;
  count -= bits;
  const stop = dst + ((<usize>n) << 2);
  while (dst < stop) {
    const blockEnd = min(dst + ((<usize>blockSize) << 2), stop);
    if (count <= 32) { buffer |= (<u64>next32(p, end)) << (32 - count); p += 4; count += 32; }
    const field = <u32>(buffer >> (64 - fsBits));
    buffer <<= fsBits;
    count -= fsBits;
    if (field == 0) {
      const value = bytepix == 2 ? <u32>((<i32>(last << 16)) >> 16) : bytepix == 1 ? last & 0xff : last;
      while (dst < blockEnd) { store<u32>(dst, value); dst += 4; }
    } else if (field - 1 < fsMax) {
      const fs = field - 1;
      const low: u64 = 63 - fs;
      const room: u32 = 32 - fs;
      const start = dst;
      while (dst < blockEnd) {
        if (count <= 32) { buffer |= (<u64>next32(p, end)) << (32 - count); p += 4; count += 32; }
        const zeros = <u32>clz(buffer);
        let value: u32;
        if (zeros < room) {
          const rest = buffer << (zeros + 1);
          value = (zeros << fs) | <u32>((rest >> 1) >> low);
          buffer = rest << fs;
          count -= zeros + 1 + fs;
        } else {
          // A long unary part: refill as often as it takes, but never past the end.
          let run: u32 = 0;
          while (buffer == 0) {
            run += count;
            if (p >= end) return 1;
            buffer = (<u64>next32(p, end)) << 32;
            p += 4;
            count = 32;
          }
          const more = <u32>clz(buffer);
          run += more;
          buffer = (buffer << more) << 1;
          count -= more + 1;
          if (count <= 32) { buffer |= (<u64>next32(p, end)) << (32 - count); p += 4; count += 32; }
          value = (run << fs) | <u32>((buffer >> 1) >> low);
          buffer <<= fs;
          count -= fs;
        }
        last += unfold(value);
        store<u32>(dst, last);
        dst += 4;
      }
      if (narrow != 0) wrap(start, blockEnd, bytepix);
    } else {
      const start = dst;
      while (dst < blockEnd) {
        if (count <= 32) { buffer |= (<u64>next32(p, end)) << (32 - count); p += 4; count += 32; }
        const value = <u32>(buffer >> (64 - bits));
        buffer <<= bits;
        count -= bits;
        last += unfold(value);
        store<u32>(dst, last);
        dst += 4;
      }
      if (narrow != 0) wrap(start, blockEnd, bytepix);
    }
    // Bits read past the end were zeros nobody wrote.
    if (<i64>(p - src) * 8 - <i64>count > (<i64>length) * 8) return 1;
  }
  return 0;
}

// Pixels narrower than 32 bits wrap around at their own width.
function wrap(from: usize, to: usize, bytepix: u32): void {
  if (bytepix == 2) for (let p = from; p < to; p += 4) store<i32>(p, (load<i32>(p) << 16) >> 16);
  else for (let p = from; p < to; p += 4) store<i32>(p, load<i32>(p) & 0xff);
}

/** In place: `n` int32 pixels at `at`, each within the range of `bytepix` bytes, close up to elements of that size. */
export function narrowPixels(at: usize, n: u32, bytepix: u32): void {
  let from = at;
  let to = at;
  const stop = at + ((<usize>n) << 2);
  if (bytepix == 2) {
    for (; from + 32 <= stop; from += 32, to += 16)
      v128.store(to, i16x8.narrow_i32x4_s(v128.load(from), v128.load(from, 16)));
    for (; from < stop; from += 4, to += 2) store<i16>(to, <i16>load<i32>(from));
  } else {
    for (; from < stop; from += 4, to += 1) store<u8>(to, <u8>load<i32>(from));
  }
}

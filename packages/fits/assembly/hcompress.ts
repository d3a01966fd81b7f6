// HCOMPRESS_1 (FITS standard 4.0, section 10.4.4; White, Postman and Lattanzi 1992): a two-dimensional Haar-like
// transform whose bit planes are coded as quadtrees. 64-bit coefficients throughout. In this file x counts rows and
// y columns, as in the original: an image is nx rows of ny pixels.

// The input, bit by bit.
let source: usize = 0;
let limit: usize = 0;
let window: u32 = 0;
let available: u32 = 0;
let overrun: u32 = 0;

@inline function takeBits(n: u32): u32 {
  if (available < n) {
    window = (window << 8) | nextByte();
    available += 8;
  }
  available -= n;
  return (window >> available) & ((1 << n) - 1);
}

function nextByte(): u32 {
  if (source >= limit) {
    overrun++;
    return 0;
  }
  return load<u8>(source++);
}

@inline function be32(p: usize): i32 { return <i32>bswap<u32>(load<u32>(p)); }

/** Rows and columns that the stream declares (two int32 at `dst`); 1 when it is no HCOMPRESS stream. */
export function hcompressSize(src: usize, length: u32, dst: usize): u32 {
  if (length < 25 || load<u8>(src) != 0xdd || load<u8>(src + 1) != 0x99) return 1;
  store<i32>(dst, be32(src + 2));
  store<i32>(dst + 4, be32(src + 6));
  return 0;
}

/**
 * Decodes to int32 at `dst` (nx * ny). `a` holds nx * ny int64, `scratch` 2 * (nx * ny / 4 + nx + ny + 16) bytes and
 * max(nx, ny) int64. Returns 0, 1 for bytes that end early, 2 for bytes that are no such code.
 */
export function hcompressDecode(
  src: usize, length: u32, dst: usize, a: usize, scratch: usize, nx: i32, ny: i32, smooth: u32,
): u32 {
  const scale = <i64>be32(src + 10);
  const total = <i64>bswap<u64>(load<u64>(src + 14));
  const planes0 = <i32>load<u8>(src + 22);
  const planes1 = <i32>load<u8>(src + 23);
  const planes2 = <i32>load<u8>(src + 24);
  if (planes0 > 62 || planes1 > 62 || planes2 > 62) return 2;
  const n = <usize>nx * <usize>ny;
  memory.fill(a, 0, n << 3);
  source = src + 25;
  limit = src + length;
  window = 0;
  available = 0;
  overrun = 0;
  const nx2 = (nx + 1) >> 1;
  const ny2 = (ny + 1) >> 1;
  let status = decodeQuadrant(a, ny, nx2, ny2, planes0, scratch);
  if (status == 0) status = decodeQuadrant(a + (<usize>ny2 << 3), ny, nx2, ny >> 1, planes1, scratch);
  const lower = a + ((<usize>ny * <usize>nx2) << 3);
  if (status == 0) status = decodeQuadrant(lower, ny, nx >> 1, ny2, planes1, scratch);
  if (status == 0) status = decodeQuadrant(lower + (<usize>ny2 << 3), ny, nx >> 1, ny >> 1, planes2, scratch);
  if (status != 0) return status;
  if (takeBits(4) != 0) return 2;
  // The signs begin at a byte.
  available = 0;
  const end = a + (n << 3);
  for (let p = a; p < end; p += 8) {
    const v = load<i64>(p);
    if (v != 0 && takeBits(1) != 0) store<i64>(p, -v);
  }
  if (overrun > 0) return 1;
  store<i64>(a, total);
  if (scale > 1) for (let p = a; p < end; p += 8) store<i64>(p, load<i64>(p) * scale);
  invert(a, nx, ny, smooth != 0 ? scale : 0, scratch);
  for (let i: usize = 0; i < n; i++) store<i32>(dst + (i << 2), <i32>load<i64>(a + (i << 3)));
  return 0;
}

function log2Above(n: i32): i32 {
  let log: i32 = 0;
  while (1 << log < n) log++;
  return log;
}

// One quadrant's bit planes, most significant first; its rows are n coefficients apart.
function decodeQuadrant(a: usize, n: i32, nqx: i32, nqy: i32, planes: i32, scratch: usize): u32 {
  // A row or column of pixels: nobody writes that, there is nothing to transform.
  if (nqx == 0 || nqy == 0) return planes == 0 ? 0 : 2;
  const log2n = log2Above(max(nqx, nqy));
  const half = <usize>(((nqx + 1) >> 1) * ((nqy + 1) >> 1) + 16);
  for (let bit = planes - 1; bit >= 0; bit--) {
    const code = takeBits(4);
    if (overrun > 8) return 1;
    let nodes = scratch;
    if (code == 0) {
      // Not worth a tree: four bits for each 2 x 2 pixels.
      const count = ((nqx + 1) >> 1) * ((nqy + 1) >> 1);
      for (let i: i32 = 0; i < count; i++) store<u8>(nodes + i, <u8>takeBits(4));
    } else if (code != 15) {
      return 2;
    } else {
      store<u8>(nodes, <u8>takeHuffman());
      let nx: i32 = 1;
      let ny: i32 = 1;
      let fx = nqx;
      let fy = nqy;
      let c: i32 = 1 << log2n;
      let other = scratch + half;
      for (let k: i32 = 1; k < log2n; k++) {
        c >>= 1;
        const oldY = (ny << 1);
        nx <<= 1;
        ny <<= 1;
        if (fx <= c) nx--;
        else fx -= c;
        if (fy <= c) ny--;
        else fy -= c;
        expand(nodes, oldY >> 1, other, nx, ny);
        const swap = nodes;
        nodes = other;
        other = swap;
      }
    }
    if (overrun > 8) return 1;
    insertPlane(nodes, nqx, nqy, a, n, bit);
  }
  return 0;
}

// A level of the tree, (nx + 1) / 2 rows of `parents` nodes, to the next one: each bit of a node is a child, and children
// that are set are read, from the last to the first.
function expand(from: usize, parents: i32, to: usize, nx: i32, ny: i32): void {
  for (let i = nx - 1; i >= 0; i--) {
    for (let j = ny - 1; j >= 0; j--) {
      const node = <u32>load<u8>(from + (i >> 1) * parents + (j >> 1));
      const isSet = (node >> <u32>(3 - ((i & 1) << 1) - (j & 1))) & 1;
      store<u8>(to + i * ny + j, isSet != 0 ? <u8>takeHuffman() : 0);
    }
  }
}

function insertPlane(nodes: usize, nx: i32, ny: i32, a: usize, n: i32, bit: i32): void {
  const width = (ny + 1) >> 1;
  for (let i: i32 = 0; i < nx; i++) {
    const row = a + ((<usize>i * <usize>n) << 3);
    const from = nodes + (i >> 1) * width;
    for (let j: i32 = 0; j < ny; j++) {
      const node = <u64>load<u8>(from + (j >> 1));
      if (node == 0) continue;
      const set = (node >> <u64>(3 - ((i & 1) << 1) - (j & 1))) & 1;
      const at = row + (<usize>j << 3);
      store<u64>(at, load<u64>(at) | (set << <u64>bit));
    }
  }
}

// Codes of 3 to 6 bits; the frequent patterns are those with one bit.
function takeHuffman(): u32 {
  const c3 = takeBits(3);
  if (c3 < 4) return 1 << c3;
  const c4 = (c3 << 1) | takeBits(1);
  if (c4 < 13) {
    if (c4 == 8) return 3;
    if (c4 == 9) return 5;
    if (c4 == 10) return 10;
    if (c4 == 11) return 12;
    return 15;
  }
  const c5 = (c4 << 1) | takeBits(1);
  if (c5 < 31) {
    if (c5 == 26) return 6;
    if (c5 == 27) return 7;
    if (c5 == 28) return 9;
    if (c5 == 29) return 11;
    return 13;
  }
  return takeBits(1) == 0 ? 0 : 14;
}

@inline function get(a: usize, i: i32): i64 { return load<i64>(a + (<usize>i << 3)); }
@inline function put(a: usize, i: i32, v: i64): void { store<i64>(a + (<usize>i << 3), v); }

// To a multiple of 2^k, halves away from zero but for the rounding of negative ones, as the original has it.
@inline function round(v: i64, positive: i64, negative: i64, mask: i64): i64 {
  return (v + (v >= 0 ? positive : negative)) & mask;
}

/** The inverse transform, in place. */
function invert(a: usize, nx: i32, ny: i32, scale: i64, tmp: usize): void {
  const log2n = log2Above(max(nx, ny));
  let shift: i64 = 1;
  let bit0: i64 = (<i64>1 << <i64>log2n) >> 1;
  let bit1: i64 = bit0 << 1;
  let bit2: i64 = bit0 << 2;
  let mask0: i64 = -bit0;
  let mask1: i64 = mask0 << 1;
  const mask2: i64 = mask0 << 2;
  let prnd0: i64 = bit0 >> 1;
  let prnd1: i64 = bit1 >> 1;
  const prnd2: i64 = bit2 >> 1;
  let nrnd0: i64 = prnd0 - 1;
  let nrnd1: i64 = prnd1 - 1;
  const nrnd2: i64 = prnd2 - 1;
  put(a, 0, round(get(a, 0), prnd2, nrnd2, mask2));
  let nxtop: i32 = 1;
  let nytop: i32 = 1;
  let nxf = nx;
  let nyf = ny;
  let c: i32 = 1 << log2n;
  for (let k = log2n - 1; k >= 0; k--) {
    c >>= 1;
    nxtop <<= 1;
    nytop <<= 1;
    if (nxf <= c) nxtop--;
    else nxf -= c;
    if (nyf <= c) nytop--;
    else nyf -= c;
    if (k == 0) {
      nrnd0 = 0;
      shift = 2;
    }
    for (let i: i32 = 0; i < nxtop; i++) unshuffle(a + ((<usize>ny * <usize>i) << 3), nytop, 1, tmp);
    for (let j: i32 = 0; j < nytop; j++) unshuffle(a + (<usize>j << 3), nxtop, ny, tmp);
    if (scale > 0) smoothLevel(a, nxtop, nytop, ny, scale);
    const oddX = nxtop & 1;
    const oddY = nytop & 1;
    let i: i32 = 0;
    for (; i < nxtop - oddX; i += 2) {
      let s00 = ny * i;
      let s10 = s00 + ny;
      for (let j: i32 = 0; j < nytop - oddY; j += 2) {
        let h0 = get(a, s00);
        let hx = round(get(a, s10), prnd1, nrnd1, mask1);
        let hy = round(get(a, s00 + 1), prnd1, nrnd1, mask1);
        const hc = round(get(a, s10 + 1), prnd0, nrnd0, mask0);
        // The rounded-off bits of each sum are known from the parity of the finer ones.
        const low0 = hc & bit0;
        hx = hx >= 0 ? hx - low0 : hx + low0;
        hy = hy >= 0 ? hy - low0 : hy + low0;
        const low1 = (hc ^ hx ^ hy) & bit1;
        h0 = h0 >= 0 ? h0 + low0 - low1 : h0 + (low0 == 0 ? low1 : low0 - low1);
        put(a, s10 + 1, (h0 + hx + hy + hc) >> shift);
        put(a, s10, (h0 + hx - hy - hc) >> shift);
        put(a, s00 + 1, (h0 - hx + hy - hc) >> shift);
        put(a, s00, (h0 - hx - hy + hc) >> shift);
        s00 += 2;
        s10 += 2;
      }
      if (oddY != 0) pair(a, s00, s10, prnd1, nrnd1, mask1, bit1, shift);
    }
    if (oddX != 0) {
      let s00 = ny * i;
      for (let j: i32 = 0; j < nytop - oddY; j += 2) {
        pair(a, s00, s00 + 1, prnd1, nrnd1, mask1, bit1, shift);
        s00 += 2;
      }
      if (oddY != 0) put(a, s00, get(a, s00) >> shift);
    }
    bit2 = bit1;
    bit1 = bit0;
    bit0 >>= 1;
    mask1 = mask0;
    mask0 >>= 1;
    prnd1 = prnd0;
    prnd0 >>= 1;
    nrnd1 = nrnd0;
    nrnd0 = prnd0 - 1;
  }
}

// Two pixels at an odd edge: a sum and one difference.
@inline function pair(
  a: usize, first: i32, second: i32, prnd1: i64, nrnd1: i64, mask1: i64, bit1: i64, shift: i64,
): void {
  let h0 = get(a, first);
  const h1 = round(get(a, second), prnd1, nrnd1, mask1);
  const low = h1 & bit1;
  h0 = h0 >= 0 ? h0 - low : h0 + low;
  put(a, second, (h0 + h1) >> shift);
  put(a, first, (h0 - h1) >> shift);
}

// First half to even places, second half to odd ones; elements `stride` apart.
function unshuffle(a: usize, n: i32, stride: i32, tmp: usize): void {
  const half = (n + 1) >> 1;
  const step = <usize>stride << 3;
  for (let i = half; i < n; i++) store<i64>(tmp + (<usize>(i - half) << 3), load<i64>(a + step * i));
  for (let i = half - 1; i >= 0; i--) store<i64>(a + step * (i << 1), load<i64>(a + step * i));
  for (let i = half; i < n; i++) store<i64>(a + step * (((i - half) << 1) + 1), load<i64>(tmp + (<usize>(i - half) << 3)));
}

@inline function least(a: i64, b: i64): i64 { return a < b ? a : b; }
@inline function most(a: i64, b: i64): i64 { return a > b ? a : b; }

// Moves a coefficient towards `diff` by at most `smax`; `bits` is the difference's scale.
@inline function adjust(a: usize, at: i32, diff: i64, bits: i64, smax: i64): void {
  let s = diff - (get(a, at) << bits);
  s = s >= 0 ? s >> bits : (s + ((<i64>1 << bits) - 1)) >> bits;
  put(a, at, get(a, at) + most(least(s, smax), -smax));
}

/** Smooths a level: coefficients that lossy compression set to zero are interpolated from their neighbours' sums. */
function smoothLevel(a: usize, nxtop: i32, nytop: i32, ny: i32, scale: i64): void {
  const smax = scale >> 1;
  if (smax <= 0) return;
  const ny2 = ny << 1;
  for (let i: i32 = 2; i < nxtop - 2; i += 2) {
    let s00 = ny * i;
    for (let j: i32 = 0; j < nytop; j += 2) {
      slope(a, s00, ny2, s00 + ny, smax);
      s00 += 2;
    }
  }
  for (let i: i32 = 0; i < nxtop; i += 2) {
    let s00 = ny * i + 2;
    for (let j: i32 = 2; j < nytop - 2; j += 2) {
      slope(a, s00, 2, s00 + 1, smax);
      s00 += 2;
    }
  }
  for (let i: i32 = 2; i < nxtop - 2; i += 2) {
    let s00 = ny * i + 2;
    for (let j: i32 = 2; j < nytop - 2; j += 2) {
      const s10 = s00 + ny;
      const hmm = get(a, s00 - ny2 - 2);
      const hpm = get(a, s00 + ny2 - 2);
      const hmp = get(a, s00 - ny2 + 2);
      const hpp = get(a, s00 + ny2 + 2);
      const h0 = get(a, s00);
      const diff = hpp + hmm - hmp - hpm;
      const hx2 = get(a, s10) << 1;
      const hy2 = get(a, s00 + 1) << 1;
      const top = least(
        least(most(hpp - h0, 0) - hx2 - hy2, most(h0 - hpm, 0) + hx2 - hy2),
        least(most(h0 - hmp, 0) - hx2 + hy2, most(hmm - h0, 0) + hx2 + hy2),
      ) << 4;
      const bottom = most(
        most(least(hpp - h0, 0) - hx2 - hy2, least(h0 - hpm, 0) + hx2 - hy2),
        most(least(h0 - hmp, 0) - hx2 + hy2, least(hmm - h0, 0) + hx2 + hy2),
      ) << 4;
      if (bottom < top) adjust(a, s10 + 1, most(least(diff, top), bottom), 6, smax);
      s00 += 2;
    }
  }
}

@inline function slope(a: usize, s00: i32, stride: i32, at: i32, smax: i64): void {
  const hm = get(a, s00 - stride);
  const h0 = get(a, s00);
  const hp = get(a, s00 + stride);
  const top = most(least(hp - h0, h0 - hm), 0) << 2;
  const bottom = least(most(hp - h0, h0 - hm), 0) << 2;
  if (bottom < top) adjust(a, at, most(least(hp - hm, top), bottom), 3, smax);
}

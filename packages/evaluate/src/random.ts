/**
 * Seeded uniform integers for resampling: xoshiro128** (Blackman and Vigna 2021), state filled by splitmix32.
 * `integer(n)` is uniform on 0 … n − 1 (multiply-shift; bias below n/2³²).
 */
export function createRandom(seed: number): { integer(n: number): number; uniform(): number } {
  let fill = seed >>> 0;
  const next32 = (): number => {
    fill = (fill + 0x9e3779b9) >>> 0;
    let z = fill;
    z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
    z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
    return z ^ (z >>> 16);
  };
  let a = next32();
  let b = next32();
  let c = next32();
  let d = next32();
  const uint32 = (): number => {
    const m = Math.imul(b, 5);
    const result = Math.imul((m << 7) | (m >>> 25), 9) >>> 0;
    const t = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= t;
    d = (d << 11) | (d >>> 21);
    return result;
  };
  return {
    integer: (n) => Math.floor((uint32() / 4294967296) * n),
    uniform: () => uint32() / 4294967296,
  };
}

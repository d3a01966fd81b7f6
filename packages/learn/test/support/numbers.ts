/** Uniform numbers in [−1, 1) from a counter, as fixtures/networks.py computes them, times `scale` plus `offset`. */
export function numbers(count: number, seed: number, scale = 1, offset = 0): Float32Array {
  return Float32Array.from({ length: count }, (_, i) => {
    let x = (Math.imul(i, 0x9e3779b1) + Math.imul(seed, 0x85ebca6b)) >>> 0;
    x = Math.imul(x ^ (x >>> 16), 0x21f0aaad) >>> 0;
    x = Math.imul(x ^ (x >>> 15), 0x735a2d97) >>> 0;
    x = (x ^ (x >>> 15)) >>> 0;
    return (x / 2 ** 31 - 1) * scale + offset;
  });
}

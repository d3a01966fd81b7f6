import type { Plane } from '../plane.ts';

/**
 * A window of a plane convolved with a separable kernel x ⊗ y (both of 2 radius + 1 values): `width × height` values from (left, top).
 * What the kernel reaches must lie inside the plane. NaN spreads over all it reaches.
 */
export function convolveSeparable(
  plane: Plane,
  x: Float64Array,
  y: Float64Array,
  window: { readonly left: number; readonly top: number; readonly width: number; readonly height: number },
): Float64Array {
  const radius = (x.length - 1) / 2;
  const { left, top, width, height } = window;
  const rows = height + 2 * radius;
  const across = new Float64Array(rows * width);
  for (let v = 0; v < rows; v++) {
    const from = (top - radius + v) * plane.width + left;
    for (let u = 0; u < width; u++) {
      let sum = 0;
      for (let k = -radius; k <= radius; k++) sum += x[k + radius] * plane.data[from + u - k];
      across[v * width + u] = sum;
    }
  }
  const out = new Float64Array(width * height);
  for (let v = 0; v < height; v++)
    for (let k = -radius; k <= radius; k++) {
      const weight = y[k + radius];
      const from = (v + radius - k) * width;
      for (let u = 0; u < width; u++) out[v * width + u] += weight * across[from + u];
    }
  return out;
}

/** Side of the blocks over which a kernel that varies is taken as constant, pixels. */
const block = 32;

/**
 * A plane convolved with a kernel that varies over it, taken as constant in blocks of 32 px. Pixels whose kernel reaches a NaN or past the
 * edge are NaN.
 * @param kernelAt the kernel about a pixel, (2 radius + 1)² values row-major.
 * @param least weights below this share of the largest are left out, and reach no NaN
 */
export function convolveVarying(
  plane: Plane,
  radius: number,
  kernelAt: (x: number, y: number) => Float64Array,
  least = 0,
): Plane {
  const { width, height, data } = plane;
  const out = new Float32Array(width * height).fill(NaN);
  const side = 2 * radius + 1;
  const sums = new Float64Array(block);
  for (let top = radius; top < height - radius; top += block) {
    const bottom = Math.min(height - radius, top + block);
    for (let left = radius; left < width - radius; left += block) {
      const n = Math.min(width - radius, left + block) - left;
      const kernel = kernelAt(left + (n - 1) / 2, (top + bottom - 1) / 2);
      let limit = 0;
      if (least > 0) for (const weight of kernel) limit = Math.max(limit, least * Math.abs(weight));
      for (let y = top; y < bottom; y++) {
        sums.fill(0);
        for (let v = 0; v < side; v++) {
          const row = (y + radius - v) * width + left + radius;
          for (let u = 0; u < side; u++) {
            const weight = kernel[v * side + u];
            if (Math.abs(weight) < limit) continue;
            const from = row - u;
            for (let i = 0; i < n; i++) sums[i] += weight * data[from + i];
          }
        }
        for (let i = 0; i < n; i++) out[y * width + left + i] = sums[i];
      }
    }
  }
  return { width, height, data: out };
}

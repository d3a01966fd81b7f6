import { Layout } from '../kernel-memory.ts';
import type { Plane } from '../plane.ts';
import { inLanes, tapKernels } from './tap-kernels.ts';

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
 * A plane convolved with a kernel that varies over it, taken as constant in blocks of 32 px; sums are of single precision. Pixels whose kernel reaches a NaN or past the
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
  const layout = new Layout();
  const pitch = inLanes(width) + block;
  const sourceAt = layout.take(4 * pitch * (block + 2 * radius));
  const outAt = layout.take(4 * block * block);
  const offsetsAt = layout.take(4 * side * side);
  const weightsAt = layout.take(4 * side * side);
  const { run, f32, i32 } = tapKernels(layout.bytes);
  for (let top = radius; top < height - radius; top += block) {
    const rows = Math.min(height - radius - top, block);
    for (let y = 0; y < rows + 2 * radius; y++) {
      const from = (top - radius + y) * width;
      f32.set(data.subarray(from, from + width), sourceAt / 4 + y * pitch);
    }
    for (let left = radius; left < width - radius; left += block) {
      const n = Math.min(width - radius - left, block);
      const kernel = kernelAt(left + (n - 1) / 2, top + (rows - 1) / 2);
      let limit = 0;
      if (least > 0) for (const weight of kernel) limit = Math.max(limit, least * Math.abs(weight));
      let taps = 0;
      for (let v = 0; v < side; v++)
        for (let u = 0; u < side; u++) {
          const weight = kernel[v * side + u];
          if (Math.abs(weight) < limit) continue;
          f32[weightsAt / 4 + taps] = weight;
          i32[offsetsAt / 4 + taps] = (radius - v) * pitch + radius - u;
          taps++;
        }
      const source = sourceAt + 4 * (radius * pitch + left);
      run.weightedSums(source, pitch, outAt, block, inLanes(n), rows, taps, offsetsAt, weightsAt);
      for (let y = 0; y < rows; y++) {
        const from = outAt / 4 + y * block;
        out.set(f32.subarray(from, from + n), (top + y) * width + left);
      }
    }
  }
  return { width, height, data: out };
}

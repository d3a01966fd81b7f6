import type { PsfKernel } from '../artifact.ts';

/** A kernel of odd size from points with weights (pixels from the kernel's centre), each spread over its four pixels; sum 1. */
export function kernelFromPoints(
  points: readonly { readonly x: number; readonly y: number; readonly weight: number }[],
): PsfKernel {
  let reach = 1;
  for (const p of points) reach = Math.max(reach, Math.ceil(Math.max(Math.abs(p.x), Math.abs(p.y))) + 1);
  const size = 2 * reach + 1;
  const values = new Float32Array(size * size);
  for (const p of points) {
    const x = Math.floor(p.x);
    const y = Math.floor(p.y);
    const fx = p.x - x;
    const fy = p.y - y;
    const at = (y + reach) * size + x + reach;
    values[at] += p.weight * (1 - fx) * (1 - fy);
    values[at + 1] += p.weight * fx * (1 - fy);
    values[at + size] += p.weight * (1 - fx) * fy;
    values[at + size + 1] += p.weight * fx * fy;
  }
  return normalised(size, values);
}

/** Scales a kernel to a sum of 1, in place. */
export function normalised(size: number, values: Float32Array): PsfKernel {
  let sum = 0;
  for (const value of values) sum += value;
  for (let i = 0; i < values.length; i++) values[i] /= sum;
  return { size, values };
}

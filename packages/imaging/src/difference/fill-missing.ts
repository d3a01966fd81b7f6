import type { Plane } from '../plane.ts';
import { checkMask, checkPlane } from '../plane.ts';

export interface FillMissingOptions {
  /** Pixels from the nearest one with a value that are filled (default 16); what lies deeper stays NaN. */
  readonly depth?: number;
}

/**
 * The plane with its NaN, infinite and masked pixels replaced from the rim inwards, each by the mean of its neighbours that have a value: a stand-in that lets an
 * interpolation or a convolution pass over a hole without taking all it reaches. What it gives on such pixels is no measurement: mask them.
 * @param mask nonzero = bad pixel
 * @throws RangeError for a mask of another shape
 */
export function fillMissing(
  plane: Plane,
  mask: Uint8Array | null = null,
  options: FillMissingOptions = {},
): Plane {
  const { depth = 16 } = options;
  checkPlane(plane, 'fillMissing');
  checkMask(mask, plane, 'fillMissing');
  const { width, height } = plane;
  const data = new Float32Array(plane.data);
  const holes: number[] = [];
  for (let i = 0; i < data.length; i++) {
    if (Number.isFinite(data[i]) && (mask === null || mask[i] === 0)) continue;
    data[i] = NaN;
    holes.push(i);
  }
  let left = holes;
  for (let layer = 0; layer < depth && left.length > 0; layer++) {
    const values: number[] = [];
    const filled: number[] = [];
    const rest: number[] = [];
    for (const at of left) {
      const mean = meanOfNeighbours(data, width, height, at);
      if (mean === mean) {
        filled.push(at);
        values.push(mean);
      } else rest.push(at);
    }
    // set together, so that a layer does not feed on itself
    filled.forEach((at, k) => (data[at] = values[k]));
    if (filled.length === 0) break;
    left = rest;
  }
  return { width, height, data };
}

function meanOfNeighbours(data: Float32Array, width: number, height: number, at: number): number {
  const x = at % width;
  const y = (at - x) / width;
  let [sum, n] = [0, 0];
  for (let v = Math.max(0, y - 1); v <= Math.min(height - 1, y + 1); v++)
    for (let u = Math.max(0, x - 1); u <= Math.min(width - 1, x + 1); u++) {
      const value = data[v * width + u];
      if (value !== value) continue;
      sum += value;
      n++;
    }
  return n > 0 ? sum / n : NaN;
}

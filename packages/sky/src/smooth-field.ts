import type { Rng } from './rng.ts';

/** A smooth plane kept on nodes every `step` pixels: node (j, i) at pixel (j·step, i·step), bilinear between. */
export interface CoarseField {
  readonly step: number;
  readonly nx: number;
  readonly ny: number;
  readonly values: Float32Array;
}

const step = 16;

export function coarseField(
  width: number,
  height: number,
  value: (x: number, y: number) => number,
): CoarseField {
  const nx = Math.ceil(width / step) + 1;
  const ny = Math.ceil(height / step) + 1;
  const values = new Float32Array(nx * ny);
  for (let j = 0; j < ny; j++) for (let i = 0; i < nx; i++) values[j * nx + i] = value(i * step, j * step);
  return { step, nx, ny, values };
}

/**
 * A Gaussian random field of unit rms without structure below about `scale` pixels: cubic B-splines over random nodes `scale` apart
 * (Gaussian-like correlation, full width ≈ 1.6 × scale).
 */
export function randomField(rng: Rng, width: number, height: number, scale: number): CoarseField {
  const mx = Math.ceil(width / scale) + 4;
  const my = Math.ceil(height / scale) + 4;
  const nodes = Float64Array.from({ length: mx * my }, () => rng.normal());
  const offsetX = rng.uniform();
  const offsetY = rng.uniform();
  // Σ of squared spline weights is 0.479 in one dimension on average, hence the normalisation in two.
  const norm = 1 / 0.479;
  const wx = new Float64Array(4);
  const wy = new Float64Array(4);
  let rowOfWeights = -1;
  return coarseField(width, height, (x, y) => {
    const u = x / scale + offsetX;
    const v = y / scale + offsetY;
    const i = Math.floor(u);
    const j = Math.floor(v);
    splineWeights(u - i, wx);
    if (y !== rowOfWeights) splineWeights(v - j, wy);
    rowOfWeights = y;
    let sum = 0;
    for (let b = 0; b < 4; b++)
      for (let a = 0; a < 4; a++) sum += wy[b] * wx[a] * nodes[(j + b) * mx + i + a];
    return sum * norm;
  });
}

function splineWeights(t: number, w: Float64Array): void {
  const s = 1 - t;
  w[0] = (s * s * s) / 6;
  w[1] = (3 * t * t * t - 6 * t * t + 4) / 6;
  w[2] = (3 * s * s * s - 6 * s * s + 4) / 6;
  w[3] = (t * t * t) / 6;
}

/** Row y of the field into `row` (length = width). */
export function fieldRow(field: CoarseField, y: number, row: Float32Array): void {
  const { nx, values } = field;
  const j = Math.floor(y / step);
  const t = y / step - j;
  const below = j * nx;
  const above = below + nx;
  let left = values[below] * (1 - t) + values[above] * t;
  for (let i = 0, x = 0; x < row.length; i++) {
    const right = values[below + i + 1] * (1 - t) + values[above + i + 1] * t;
    const slope = (right - left) / step;
    for (let end = Math.min(x + step, row.length), k = 0; x < end; x++, k++) row[x] = left + slope * k;
    left = right;
  }
}

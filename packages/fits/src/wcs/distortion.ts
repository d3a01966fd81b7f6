/** Polynomial distortions of the plane, and their inverse by Newton's method. */

/** A point of the plane and the derivatives of its image: [x', y', dx'/dx, dx'/dy, dy'/dx, dy'/dy]. */
export type Mapped = readonly [number, number, number, number, number, number];

export interface Distortion {
  map(x: number, y: number): Mapped;
}

/** Steps below this, relative to the coordinate, are rounding. */
const tolerance = 1e-14;
const maxSteps = 50;

/**
 * The point that `distortion` maps to (u, v), found by Newton's method from (x0, y0).
 * @returns [NaN, NaN] when there is none near: far outside the image the polynomials turn over
 */
export function invert(distortion: Distortion, u: number, v: number, x0 = u, y0 = v): [number, number] {
  let x = x0;
  let y = y0;
  for (let step = 0; step < maxSteps; step++) {
    const [fx, fy, a, b, c, d] = distortion.map(x, y);
    const determinant = a * d - b * c;
    const ru = u - fx;
    const rv = v - fy;
    const dx = (ru * d - rv * b) / determinant;
    const dy = (rv * a - ru * c) / determinant;
    if (!Number.isFinite(dx + dy)) break;
    x += dx;
    y += dy;
    if (Math.abs(dx) + Math.abs(dy) <= tolerance * (1 + Math.abs(x) + Math.abs(y))) return [x, y];
  }
  return [NaN, NaN];
}

// Size and shape of one source by adaptive moments: second moments under an elliptical Gaussian weight that is matched to the source itself.
// Source: Bernstein & Jarvis 2002 (AJ 123, 583), §3; Hirata & Seljak 2003 (MNRAS 343, 459), §2.
import type { Plane } from './plane.ts';

export interface Moments {
  readonly x: number;
  readonly y: number;
  /** Covariance of the matched Gaussian, px². */
  readonly xx: number;
  readonly xy: number;
  readonly yy: number;
  /** Weighted fourth moment ρ⁴ of the matched ellipse: 2 for a Gaussian, more with wings, less for rings and discs. */
  readonly rho4: number;
}

/** exp(−½ρ²) for ρ² of 0…16 in steps of 1/64: a table keeps the inner loop free of exp. */
const tableSteps = 64;
const weightTable = Float64Array.from({ length: 16 * tableSteps + 2 }, (_, i) =>
  Math.exp((-0.5 * i) / tableSteps),
);

/**
 * Adaptive moments of the source near (x, y), from a start covariance of `variance` px² (round). Masked and NaN pixels are left out.
 * Null where it does not converge, leaves `reach` px from the start, shrinks below a pixel or runs off the image.
 */
export function adaptiveMoments(
  plane: Plane,
  mask: Uint8Array | null,
  startX: number,
  startY: number,
  variance: number,
  reach: number,
): Moments | null {
  const { width, height, data } = plane;
  let x = startX;
  let y = startY;
  let xx = variance;
  let xy = 0;
  let yy = variance;
  let step = 1;
  for (let pass = 0; pass < 40; pass++) {
    const det = xx * yy - xy * xy;
    if (!(det > 1e-4)) return null;
    const ixx = yy / det;
    const ixy = -xy / det;
    const iyy = xx / det;
    // A smooth source is sampled well enough by every second (fourth …) pixel once its minor σ holds 1.5 of those steps.
    const minor = Math.sqrt(0.5 * (xx + yy) - Math.hypot(0.5 * (xx - yy), xy));
    // Fixed after a few passes, or two sampling grids could take turns for ever.
    if (pass < 4) step = minor >= 6 ? 4 : minor >= 3 ? 2 : 1;
    const extentX = Math.min(4 * Math.sqrt(xx), 2 * reach);
    const extentY = Math.min(4 * Math.sqrt(yy), 2 * reach);
    const x0 = step * Math.ceil((x - extentX) / step);
    const x1 = Math.floor(x + extentX);
    const y0 = step * Math.ceil((y - extentY) / step);
    const y1 = Math.floor(y + extentY);
    if (x0 < 0 || y0 < 0 || x1 >= width || y1 >= height) return null;
    let s = 0;
    let sx = 0;
    let sy = 0;
    let sxx = 0;
    let sxy = 0;
    let syy = 0;
    let s4 = 0;
    for (let j = y0; j <= y1; j += step) {
      const v = j - y;
      for (let i = x0, at = j * width + x0; i <= x1; i += step, at += step) {
        const u = i - x;
        const rho2 = ixx * u * u + 2 * ixy * u * v + iyy * v * v;
        if (rho2 >= 16) continue;
        const value = data[at];
        if (value !== value || (mask !== null && mask[at] !== 0)) continue;
        const position = rho2 * tableSteps;
        const entry = position | 0;
        const w0 = weightTable[entry];
        const wi = (w0 + (position - entry) * (weightTable[entry + 1] - w0)) * value;
        s += wi;
        sx += wi * u;
        sy += wi * v;
        sxx += wi * u * u;
        sxy += wi * u * v;
        syy += wi * v * v;
        s4 += wi * rho2 * rho2;
      }
    }
    if (!(s > 0)) return null;
    const dx = sx / s;
    const dy = sy / s;
    // Under a matched Gaussian weight a Gaussian's moments come out halved.
    const nxx = 2 * (sxx / s - dx * dx);
    const nxy = 2 * (sxy / s - dx * dy);
    const nyy = 2 * (syy / s - dy * dy);
    if (!(nxx > 0 && nyy > 0 && nxx * nyy - nxy * nxy > 0)) return null;
    const change = (Math.abs(nxx - xx) + Math.abs(nyy - yy) + Math.abs(nxy - xy)) / (xx + yy);
    x += 2 * dx;
    y += 2 * dy;
    xx = nxx;
    xy = nxy;
    yy = nyy;
    if (Math.abs(x - startX) > reach || Math.abs(y - startY) > reach) return null;
    if (Math.sqrt(Math.max(xx, yy)) > reach) return null;
    if (change < 1e-3 && dx * dx + dy * dy < 1e-4 * (xx + yy)) return { x, y, xx, xy, yy, rho4: s4 / s };
  }
  return null;
}

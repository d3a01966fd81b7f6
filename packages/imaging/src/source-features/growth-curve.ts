import type { Plane } from '../plane.ts';

/** An ellipse's centre, axis ratio and direction of its major axis (radians from x towards y). */
export interface Ellipse {
  readonly x: number;
  readonly y: number;
  readonly axisRatio: number;
  readonly angle: number;
}

/** Flux within growing ellipses: `flux[k]` and `area[k]` (pixels) lie within the radius k·step along the major axis. */
export interface GrowthCurve {
  readonly step: number;
  readonly flux: Float64Array;
  readonly area: Float64Array;
  /** Σ r·F, for Kron's radius. */
  readonly moment: Float64Array;
}

const step = 0.1;
/** Pixels are parted into this many by as many points near the centre, where a pixel spans much of the radius, and farther out. */
const points = { near: 5, far: 3, nearRadius: 6 } as const;

/** Sums the light around a centre out to `reach` pixels, for planes of one size. NaN is no light and no area. */
export function growthCurves(planes: readonly Plane[], ellipse: Ellipse, reach: number): GrowthCurve[] {
  const { width, height } = planes[0];
  const { x, y, axisRatio, angle } = ellipse;
  const bins = Math.max(1, Math.ceil(reach / step));
  const curves = planes.map(() => ({
    step,
    flux: new Float64Array(bins + 1),
    area: new Float64Array(bins + 1),
    moment: new Float64Array(bins + 1),
  }));
  const [c, s] = [Math.cos(angle), Math.sin(angle)];
  const far = bins * step;
  const [x0, x1] = [Math.max(0, Math.ceil(x - far - 1)), Math.min(width - 1, Math.floor(x + far + 1))];
  const [y0, y1] = [Math.max(0, Math.ceil(y - far - 1)), Math.min(height - 1, Math.floor(y + far + 1))];
  for (let row = y0; row <= y1; row++)
    for (let column = x0; column <= x1; column++) {
      const at = row * width + column;
      const near = Math.abs(row - y) < points.nearRadius && Math.abs(column - x) < points.nearRadius;
      const n = near ? points.near : points.far;
      const part = 1 / (n * n);
      for (let j = 0; j < n; j++) {
        const v = row - y + (j + 0.5) / n - 0.5;
        for (let i = 0; i < n; i++) {
          const u = column - x + (i + 0.5) / n - 0.5;
          const along = u * c + v * s;
          const across = (v * c - u * s) / axisRatio;
          const r = Math.sqrt(along * along + across * across);
          const bin = Math.ceil(r / step);
          if (bin > bins) continue;
          for (let k = 0; k < planes.length; k++) {
            const value = planes[k].data[at];
            if (value !== value) continue;
            const curve = curves[k];
            curve.flux[bin] += part * value;
            curve.area[bin] += part;
            curve.moment[bin] += part * value * r;
          }
        }
      }
    }
  for (const { flux, area, moment } of curves)
    for (let k = 1; k <= bins; k++) {
      flux[k] += flux[k - 1];
      area[k] += area[k - 1];
      moment[k] += moment[k - 1];
    }
  return curves;
}

/** Radius within which a share of `total` lies first; NaN where it is not reached. */
export function radiusOf({ flux }: GrowthCurve, share: number, total: number): number {
  const target = share * total;
  if (!(target > 0)) return NaN;
  for (let k = 1; k < flux.length; k++)
    if (flux[k] >= target) {
      const rise = flux[k] - flux[k - 1];
      return step * (k - 1 + (rise > 0 ? (target - flux[k - 1]) / rise : 1));
    }
  return NaN;
}

/** Kron's radius Σ r F / Σ F within `reach` pixels (Kron 1980, ApJS 43, 305); NaN without light. */
export function kronRadius({ flux, moment }: GrowthCurve, reach: number): number {
  const k = Math.min(flux.length - 1, Math.round(reach / step));
  return flux[k] > 0 && moment[k] > 0 ? moment[k] / flux[k] : NaN;
}

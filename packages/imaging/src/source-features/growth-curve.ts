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
/** Pixels are parted into this many by as many points. */
const points = 5;

/** Sums the light around a centre out to `reach` pixels. NaN is no light and no area. */
export function growthCurve(plane: Plane, ellipse: Ellipse, reach: number): GrowthCurve {
  const { width, height, data } = plane;
  const { x, y, axisRatio, angle } = ellipse;
  const bins = Math.max(1, Math.ceil(reach / step));
  const flux = new Float64Array(bins + 1);
  const area = new Float64Array(bins + 1);
  const moment = new Float64Array(bins + 1);
  const [c, s] = [Math.cos(angle), Math.sin(angle)];
  const part = 1 / (points * points);
  const far = bins * step;
  for (let row = Math.max(0, Math.ceil(y - far - 1)); row <= Math.min(height - 1, y + far + 1); row++)
    for (
      let column = Math.max(0, Math.ceil(x - far - 1));
      column <= Math.min(width - 1, x + far + 1);
      column++
    ) {
      const value = data[row * width + column];
      if (value !== value) continue;
      for (let j = 0; j < points; j++) {
        const v = row - y + (j + 0.5) / points - 0.5;
        for (let i = 0; i < points; i++) {
          const u = column - x + (i + 0.5) / points - 0.5;
          const across = (v * c - u * s) / axisRatio;
          const r = Math.sqrt((u * c + v * s) ** 2 + across * across);
          const bin = Math.ceil(r / step);
          if (bin > bins) continue;
          flux[bin] += part * value;
          area[bin] += part;
          moment[bin] += part * value * r;
        }
      }
    }
  for (let k = 1; k <= bins; k++) {
    flux[k] += flux[k - 1];
    area[k] += area[k - 1];
    moment[k] += moment[k - 1];
  }
  return { step, flux, area, moment };
}

/** Flux within a radius, linear between steps; the last one's beyond the curve. */
export function fluxWithin({ flux }: GrowthCurve, radius: number): number {
  const at = Math.min(flux.length - 1, Math.max(0, radius / step));
  const k = Math.min(flux.length - 2, Math.floor(at));
  return flux[k] + (at - k) * (flux[k + 1] - flux[k]);
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

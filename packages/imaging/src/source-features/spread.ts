import type { Plane } from '../plane.ts';

/**
 * How much wider than a star a source's core is, after SPREAD_MODEL (Desai et al. 2012, ApJ 757, 83, equation 2): the light under the profile of a slightly
 * extended source (an exponential disc of scale length FWHM/16 seen through the seeing) over that under a star's, less the same ratio for a star. Both profiles
 * are Gaussians here. 0 for a star, positive for what is wider. NaN where there is no light.
 */
export function spreadOfCore(plane: Plane, x: number, y: number, fwhmPixels: number): number {
  const { width, height, data } = plane;
  const star = (fwhmPixels / 2.3548) ** 2;
  // The second moment of an exponential disc is 3 h² along each axis.
  const wide = star + 3 * (fwhmPixels / 16) ** 2;
  const reach = Math.ceil(4 * Math.sqrt(wide));
  let [starLight, wideLight, starStar, wideStar] = [0, 0, 0, 0];
  for (let v = Math.max(0, Math.round(y) - reach); v <= Math.min(height - 1, Math.round(y) + reach); v++)
    for (let u = Math.max(0, Math.round(x) - reach); u <= Math.min(width - 1, Math.round(x) + reach); u++) {
      const value = data[v * width + u];
      if (value !== value) continue;
      const r2 = (u - x) ** 2 + (v - y) ** 2;
      const p = Math.exp((-0.5 * r2) / star) / star;
      const g = Math.exp((-0.5 * r2) / wide) / wide;
      starLight += p * value;
      wideLight += g * value;
      starStar += p * p;
      wideStar += g * p;
    }
  return starLight > 0 ? wideLight / starLight - wideStar / starStar : NaN;
}

// Is a source wider than the PSF? (Desai et al. 2012, ApJ 757, 83; the SExtractor manual, "Model-based star-galaxy separation: SPREAD_MODEL".)
import { transform } from '../fourier.ts';
import type { Plane } from '../plane.ts';
import { checkPlane } from '../plane.ts';

export interface SpreadModel {
  /** About 0 for a point, above for what is wider, below for what is sharper than the PSF. */
  readonly spread: number;
  readonly spreadError: number;
}

/**
 * SPREAD_MODEL of a source at (x, y): Gᵀp / φᵀp − Gᵀφ / φᵀφ, where φ is the PSF there and G the PSF convolved with a round exponential disc of scale length FWHM / 16. Pixels without a value
 * or noise have weight 0, all others 1; the error is that of independent pixel noise. Null where φᵀp is not above 0 or the PSF does not reach the plane.
 * @param psf of sum 1, odd sides, centre in the middle. @param noise standard deviation per pixel, of the plane's size. @param fwhm of the PSF, pixels
 */
export function spreadModel(
  plane: Plane,
  noise: Plane,
  psf: Plane,
  fwhm: number,
  x: number,
  y: number,
): SpreadModel | null {
  checkPlane(plane, 'spreadModel');
  checkPlane(noise, 'spreadModel');
  checkPlane(psf, 'spreadModel');
  const [left, top] = [Math.round(x) - (psf.width >> 1), Math.round(y) - (psf.height >> 1)];
  const { point, disc } = models(psf, fwhm / 16, x - Math.round(x), y - Math.round(y));
  let [gp, fp, gf, ff, vgg, vff, vgf] = [0, 0, 0, 0, 0, 0, 0];
  for (let v = Math.max(0, -top); v < Math.min(psf.height, plane.height - top); v++)
    for (let u = Math.max(0, -left); u < Math.min(psf.width, plane.width - left); u++) {
      const at = (top + v) * plane.width + left + u;
      const value = plane.data[at];
      const sigma = noise.data[at];
      if (!Number.isFinite(value) || !(sigma > 0)) continue;
      const f = point[v * psf.width + u];
      const g = disc[v * psf.width + u];
      gp += g * value;
      fp += f * value;
      gf += g * f;
      ff += f * f;
      vgg += g * g * sigma * sigma;
      vff += f * f * sigma * sigma;
      vgf += g * f * sigma * sigma;
    }
  if (!(fp > 0) || !(ff > 0)) return null;
  return {
    spread: gp / fp - gf / ff,
    spreadError: Math.sqrt(Math.max(0, vgg * fp * fp + vff * gp * gp - 2 * vgf * gp * fp)) / (fp * fp),
  };
}

/** The PSF moved by a fraction of a pixel, and the same convolved with an exponential disc, whose transform is (1 + (2π h k)²)^(−3/2). */
function models(psf: Plane, scale: number, dx: number, dy: number) {
  const columns = powerOfTwo(2 * psf.width);
  const rows = powerOfTwo(2 * psf.height);
  const re = new Float64Array(columns * rows);
  const im = new Float64Array(columns * rows);
  for (let v = 0; v < psf.height; v++)
    for (let u = 0; u < psf.width; u++) re[v * columns + u] = psf.data[v * psf.width + u];
  transform(re, im, columns, rows);
  const [gRe, gIm] = [re.slice(), im.slice()];
  for (let v = 0; v < rows; v++)
    for (let u = 0; u < columns; u++) {
      const at = v * columns + u;
      const ku = (u < columns / 2 ? u : u - columns) / columns;
      const kv = (v < rows / 2 ? v : v - rows) / rows;
      const phase = -2 * Math.PI * (ku * dx + kv * dy);
      const [c, s] = [Math.cos(phase), Math.sin(phase)];
      const [a, b] = [re[at] * c - im[at] * s, re[at] * s + im[at] * c];
      const wide = (1 + (2 * Math.PI * scale) ** 2 * (ku * ku + kv * kv)) ** -1.5;
      [re[at], im[at]] = [a, b];
      [gRe[at], gIm[at]] = [a * wide, b * wide];
    }
  transform(re, im, columns, rows, true);
  transform(gRe, gIm, columns, rows, true);
  const cut = (values: Float64Array) =>
    Float64Array.from(
      { length: psf.width * psf.height },
      (_, i) => values[Math.floor(i / psf.width) * columns + (i % psf.width)],
    );
  return { point: cut(re), disc: cut(gRe) };
}

function powerOfTwo(least: number): number {
  let size = 1;
  while (size < least) size *= 2;
  return size;
}

/** A round PSF and galaxies as sums of Gaussians: convolved, they are sums of Gaussians again, exactly, which a difference of two seeings shows. */

/** Shares of the flux and widths relative to the first Gaussian's: near a Moffat profile of β = 3.5 in its core and first wings. */
const psfParts = [
  { share: 0.62, width: 1 },
  { share: 0.31, width: 1.7 },
  { share: 0.07, width: 3.4 },
];
/** An exponential-like disc, by the half-light radius. */
const discParts = [
  { share: 0.25, width: 0.35 },
  { share: 0.5, width: 0.8 },
  { share: 0.25, width: 1.35 },
];

export interface Blur {
  readonly fwhmPixels: number;
  /** Stretch along x by 1 + e/2 and along y by 1 − e/2. */
  readonly ellipticity: number;
}

/** A source of the field: a star, or with `radius` a galaxy of that half-light radius in pixels, its axes along those of the image. */
export interface BlurredSource {
  readonly x: number;
  readonly y: number;
  readonly flux: number;
  readonly radius?: number;
  readonly axisRatio?: number;
}

/** Width of the first Gaussian of a PSF of FWHM 1. */
const unitSigma = (() => {
  const value = (r: number) =>
    psfParts.reduce(
      (sum, { share, width }) => sum + (share / width ** 2) * Math.exp(-(r * r) / (2 * width * width)),
      0,
    );
  let [low, high] = [0, 10];
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2;
    if (value(middle) > value(0) / 2) low = middle;
    else high = middle;
  }
  return 1 / (2 * low);
})();

/** Adds a source seen through a PSF, at pixel centres, where it is above `level` a pixel. */
export function addBlurred(
  plane: Float32Array,
  width: number,
  height: number,
  source: BlurredSource,
  { fwhmPixels, ellipticity }: Blur,
  level: number,
): void {
  const sigma = unitSigma * fwhmPixels;
  const [sx, sy] = [sigma * (1 + ellipticity / 2), sigma * (1 - ellipticity / 2)];
  const { radius = 0, axisRatio = 1 } = source;
  for (const part of psfParts)
    for (const disc of radius > 0 ? discParts : [{ share: 1, width: 0 }]) {
      const vx = (part.width * sx) ** 2 + (disc.width * radius) ** 2;
      const vy = (part.width * sy) ** 2 + (disc.width * radius * axisRatio) ** 2;
      addGaussian(plane, width, height, source, source.flux * part.share * disc.share, vx, vy, level);
    }
}

function addGaussian(
  plane: Float32Array,
  width: number,
  height: number,
  { x, y }: BlurredSource,
  flux: number,
  vx: number,
  vy: number,
  level: number,
): void {
  const peak = flux / (2 * Math.PI * Math.sqrt(vx * vy));
  const depth = Math.abs(peak) / level;
  if (!(depth > 1)) return;
  const reach = Math.sqrt(2 * Math.log(depth));
  const [rx, ry] = [reach * Math.sqrt(vx), reach * Math.sqrt(vy)];
  const x0 = Math.max(0, Math.ceil(x - rx));
  const x1 = Math.min(width - 1, Math.floor(x + rx));
  const across = new Float64Array(Math.max(0, x1 - x0 + 1));
  for (let u = x0; u <= x1; u++) across[u - x0] = Math.exp(-((u - x) ** 2) / (2 * vx));
  for (let v = Math.max(0, Math.ceil(y - ry)); v <= Math.min(height - 1, Math.floor(y + ry)); v++) {
    const down = peak * Math.exp(-((v - y) ** 2) / (2 * vy));
    for (let u = x0; u <= x1; u++) plane[v * width + u] += down * across[u - x0];
  }
}

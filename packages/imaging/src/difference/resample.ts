import type { Plane } from '../plane.ts';
import { checkPlane } from '../plane.ts';

/** Lobes of the kernel on each side. */
const lobes = 3;
/** Kernels kept, by the fraction of a pixel. */
const fractions = 1024;

/** Weights of six pixels for a place `k / fractions` past the third, summing to 1. */
const kernels: readonly Float64Array[] = Array.from({ length: fractions + 1 }, (_, k) => {
  const weights = Float64Array.from({ length: 2 * lobes }, (__, i) =>
    lanczos(k / fractions - (i - lobes + 1)),
  );
  const sum = weights.reduce((total, w) => total + w, 0);
  return weights.map((w) => w / sum);
});

function lanczos(t: number): number {
  if (t === 0) return 1;
  if (Math.abs(t) >= lobes) return 0;
  const p = Math.PI * t;
  return (lobes * Math.sin(p) * Math.sin(p / lobes)) / (p * p);
}

export interface Resampled {
  readonly image: Plane;
  readonly variance: Plane | null;
}

/**
 * An image on another's pixels by Lanczos-3 interpolation (Duchon 1979), for scales near 1: a value is a weighted mean of 6 × 6 pixels whose
 * weights sum to 1, so that surface brightness is kept and flux grows as the pixels shrink. Where one of them is NaN or past the edge the value is NaN. The variance is Σ w² v: noise
 * becomes correlated, which it does not say.
 * @param variance of `image`, of its size. @param place where a pixel (x, y) of the result lies in `image`, 0-based.
 * @throws RangeError for planes of two sizes
 */
export function resample(
  image: Plane,
  variance: Plane | null,
  size: { readonly width: number; readonly height: number },
  place: (x: number, y: number) => readonly [number, number],
): Resampled {
  checkPlane(image, 'resample');
  if (variance !== null) {
    checkPlane(variance, 'resample');
    if (variance.width !== image.width || variance.height !== image.height)
      throw new RangeError(
        `resample: a variance of ${variance.width}×${variance.height} pixels for an image of ${image.width}×${image.height}; both must be of one size`,
      );
  }
  const { width, height } = size;
  const out = new Float32Array(width * height).fill(NaN);
  const spread = variance === null ? null : new Float32Array(width * height).fill(NaN);
  for (let y = 0, at = 0; y < height; y++)
    for (let x = 0; x < width; x++, at++) {
      const [px, py] = place(x, y);
      const left = Math.floor(px) - lobes + 1;
      const top = Math.floor(py) - lobes + 1;
      if (!(left >= 0 && top >= 0 && left + 2 * lobes <= image.width && top + 2 * lobes <= image.height))
        continue;
      const across = kernels[Math.round((px - Math.floor(px)) * fractions)];
      const down = kernels[Math.round((py - Math.floor(py)) * fractions)];
      let [sum, noise] = [0, 0];
      for (let v = 0; v < 2 * lobes; v++) {
        const from = (top + v) * image.width + left;
        let [row, rowNoise] = [0, 0];
        for (let u = 0; u < 2 * lobes; u++) {
          row += across[u] * image.data[from + u];
          if (variance !== null) rowNoise += across[u] * across[u] * variance.data[from + u];
        }
        sum += down[v] * row;
        noise += down[v] * down[v] * rowNoise;
      }
      out[at] = sum;
      if (spread !== null) spread[at] = noise;
    }
  return {
    image: { width, height, data: out },
    variance: spread === null ? null : { width, height, data: spread },
  };
}

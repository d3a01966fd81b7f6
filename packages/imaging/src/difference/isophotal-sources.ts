// Sources of a small image as SExtractor measures them: connected pixels above a threshold, and their moments.
// Source: Bertin & Arnouts 1996 (A&AS 117, 393), §4; the SExtractor manual, "Position and shape parameters derived from the isophotal profile".
import { labelComponents } from '../label-components.ts';
import type { Plane } from '../plane.ts';
import { checkPlane } from '../plane.ts';

export interface IsophotalSource {
  /** Centroid by flux, 0-based pixels. */
  readonly x: number;
  readonly y: number;
  /** Root mean squares along the major and the minor axis, pixels (A and B). */
  readonly a: number;
  readonly b: number;
  /** Sum over the pixels above the threshold. */
  readonly flux: number;
  /** The root of their summed variance. */
  readonly fluxError: number;
  readonly pixels: number;
  /** One of them lies on the edge. */
  readonly truncated: boolean;
  /** Whether a pixel is one of the source's. */
  covers(x: number, y: number): boolean;
}

export interface IsophotalOptions {
  /** In noise of a pixel (default 1.5). */
  readonly threshold?: number;
  /** Fewer pixels are no source (default 5). */
  readonly leastPixels?: number;
}

/** SExtractor's default filter: a pyramid of FWHM 2 px. */
const filter = [1, 2, 1, 2, 4, 2, 1, 2, 1].map((weight) => weight / 16);

/**
 * The sources of a background-subtracted plane: 8-connected pixels whose filtered value (3 × 3 pyramid) exceeds the threshold times their noise. Moments are taken on the
 * filtered values, fluxes on the plane itself, as SExtractor and sep do. Pixels without a value or noise count as 0 in the filter and belong to no source. There is no
 * deblending: neighbours that touch are one. None is a result.
 * @param noise standard deviation per pixel, of the plane's size
 */
export function isophotalSources(
  plane: Plane,
  noise: Plane,
  options: IsophotalOptions = {},
): IsophotalSource[] {
  const { threshold = 1.5, leastPixels = 5 } = options;
  checkPlane(plane, 'isophotalSources');
  checkPlane(noise, 'isophotalSources');
  const { width, height, data } = plane;
  if (noise.width !== width || noise.height !== height)
    throw new RangeError(
      `isophotalSources: a noise of ${noise.width}×${noise.height} pixels for a plane of ${width}×${height}; both must be of one size`,
    );
  const known = (at: number) => Number.isFinite(data[at]) && noise.data[at] > 0;
  const smooth = new Float32Array(width * height);
  const above = new Uint8Array(width * height);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const at = y * width + x;
      let sum = 0;
      for (let v = Math.max(-1, -y); v <= Math.min(1, height - 1 - y); v++)
        for (let u = Math.max(-1, -x); u <= Math.min(1, width - 1 - x); u++) {
          const from = at + v * width + u;
          if (known(from)) sum += filter[(v + 1) * 3 + u + 1] * data[from];
        }
      smooth[at] = sum;
      above[at] = known(at) && sum > threshold * noise.data[at] ? 1 : 0;
    }
  const { count, labels, area, xMin, xMax, yMin, yMax } = labelComponents(above, width, height);
  const sources: IsophotalSource[] = [];
  for (let label = 1; label <= count; label++) {
    const i = label - 1;
    if (area[i] < leastPixels) continue;
    let [s, sx, sy, sxx, sxy, syy, flux, variance] = [0, 0, 0, 0, 0, 0, 0, 0];
    for (let y = yMin[i]; y <= yMax[i]; y++)
      for (let x = xMin[i]; x <= xMax[i]; x++) {
        const at = y * width + x;
        if (labels[at] !== label) continue;
        const value = smooth[at];
        const [u, v] = [x - xMin[i], y - yMin[i]];
        s += value;
        sx += value * u;
        sy += value * v;
        sxx += value * u * u;
        sxy += value * u * v;
        syy += value * v * v;
        flux += data[at];
        variance += noise.data[at] ** 2;
      }
    const [mx, my] = [sx / s, sy / s];
    const { a, b } = axes(sxx / s - mx * mx, sxy / s - mx * my, syy / s - my * my);
    sources.push({
      x: xMin[i] + mx,
      y: yMin[i] + my,
      ...{ a, b, flux, pixels: area[i] },
      fluxError: Math.sqrt(variance),
      truncated: xMin[i] === 0 || yMin[i] === 0 || xMax[i] === width - 1 || yMax[i] === height - 1,
      covers: (x, y) => labels[y * width + x] === label,
    });
  }
  return sources;
}

/** A row of pixels has no width: as SExtractor does, singular moments get the variance of a pixel. */
function axes(xx: number, xy: number, yy: number): { a: number; b: number } {
  const singular = xx * yy - xy * xy < 1 / 144;
  const [p, q] = singular ? [xx + 1 / 12, yy + 1 / 12] : [xx, yy];
  const half = (p + q) / 2;
  const split = Math.hypot((p - q) / 2, xy);
  return { a: Math.sqrt(half + split), b: Math.sqrt(Math.max(0, half - split)) };
}

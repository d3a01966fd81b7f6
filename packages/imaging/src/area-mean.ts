import type { Plane } from './plane.ts';
import { checkInteger, checkPlane } from './plane.ts';

/**
 * A plane averaged over the cells of a grid of another shape, `width × height` of them, which need not divide the plane's size: each pixel counts
 * with its weight (default 1) times its area within the cell. A cell without a weighed finite pixel is NaN; cells smaller than a pixel repeat it.
 * @param weights one a pixel, 0 or more; null = all alike
 * @throws RangeError for a size < 1 or weights of another shape
 */
export function areaMean(plane: Plane, weights: Float32Array | null, width: number, height: number): Plane {
  checkPlane(plane, 'areaMean');
  checkInteger(width, 1, 'width', 'areaMean');
  checkInteger(height, 1, 'height', 'areaMean');
  if (weights !== null && weights.length !== plane.data.length)
    throw new RangeError(
      `areaMean: ${weights.length} weights for ${plane.data.length} pixels; give one each`,
    );
  // Columns first, row by row: sums of weight × value and of weight, [plane.height, width].
  const sums = new Float64Array(width * plane.height);
  const totals = new Float64Array(width * plane.height);
  for (let u = 0; u < width; u++) {
    const span = spanOf(u, width, plane.width);
    for (let x = span.first; x <= span.last; x++) {
      const share = shareOf(span, x);
      for (let y = 0; y < plane.height; y++) {
        const at = y * plane.width + x;
        const value = plane.data[at];
        const weight = share * (weights === null ? 1 : weights[at]);
        if (value - value !== 0 || !(weight > 0)) continue;
        sums[y * width + u] += weight * value;
        totals[y * width + u] += weight;
      }
    }
  }
  const data = new Float32Array(width * height);
  for (let v = 0; v < height; v++) {
    const span = spanOf(v, height, plane.height);
    for (let u = 0; u < width; u++) {
      let sum = 0;
      let total = 0;
      for (let y = span.first; y <= span.last; y++) {
        const share = shareOf(span, y);
        sum += share * sums[y * width + u];
        total += share * totals[y * width + u];
      }
      data[v * width + u] = total > 0 ? sum / total : NaN;
    }
  }
  return { width, height, data };
}

/** What a cell covers of an axis, in pixels. */
interface Span {
  readonly from: number;
  readonly to: number;
  readonly first: number;
  readonly last: number;
}

function spanOf(cell: number, cells: number, pixels: number): Span {
  const from = (cell * pixels) / cells;
  const to = ((cell + 1) * pixels) / cells;
  return { from, to, first: Math.floor(from), last: Math.min(pixels, Math.ceil(to)) - 1 };
}

/** Share of a pixel that lies within the span. */
function shareOf({ from, to }: Span, pixel: number): number {
  return Math.min(to, pixel + 1) - Math.max(from, pixel);
}

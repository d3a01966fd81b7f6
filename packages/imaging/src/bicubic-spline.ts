// Natural bicubic spline from mesh centres to pixels, as source-extractor renders its background: splines along y through the nodes of each
// column, then one spline along x per image row; outside the outermost nodes the end polynomials go on.
// Source: SExtractor manual, "Modeling the background"; natural cubic splines as in Press et al., Numerical Recipes, §3.3.

export interface SplineGrid {
  readonly nx: number;
  readonly ny: number;
  readonly meshWidth: number;
  readonly meshHeight: number;
  readonly width: number;
  readonly height: number;
}

/** Second derivatives (node spacing 1) of the natural spline through `count` values at `offset, offset + stride, …`. */
function secondDerivatives(
  values: Float64Array | Float32Array,
  out: Float64Array,
  count: number,
  offset: number,
  stride: number,
  work: Float64Array,
): void {
  for (let i = 0; i < count; i++) out[offset + i * stride] = 0;
  if (count < 3) return;
  // Tridiagonal system  m[i−1] + 4·m[i] + m[i+1] = 6·(v[i−1] − 2·v[i] + v[i+1]),  m = 0 at both ends.
  work[0] = 0;
  for (let i = 1; i < count - 1; i++) {
    const at = offset + i * stride;
    const pivot = 4 - work[i - 1]!;
    work[i] = 1 / pivot;
    const right = 6 * (values[at - stride]! - 2 * values[at]! + values[at + stride]!);
    out[at] = (right - out[at - stride]!) / pivot;
  }
  for (let i = count - 2; i > 0; i--) {
    const at = offset + i * stride;
    out[at] = out[at]! - work[i]! * out[at + stride]!;
  }
}

/**
 * Calls `row(y, polynomials)` for each image row: along x the surface is piecewise cubic, and `polynomials` (reused between calls) holds
 * for interval k four coefficients c0…c3 of c0 + c1·t + c2·t² + c3·t³, with t = (x + ½)/meshWidth − ½ − k. Interval k covers pixels
 * [start(k), start(k + 1)) as `intervalStarts` lists them.
 */
export function forEachSplineRow(
  grid: SplineGrid,
  values: Float32Array,
  row: (y: number, polynomials: Float64Array) => void,
): void {
  const { nx, ny, meshHeight, height } = grid;
  const work = new Float64Array(Math.max(nx, ny, 1));
  const curveY = new Float64Array(nx * ny);
  for (let i = 0; i < nx; i++) secondDerivatives(values, curveY, ny, i, nx, work);
  const line = new Float64Array(nx);
  const curve = new Float64Array(nx);
  const intervals = Math.max(1, nx - 1);
  const polynomials = new Float64Array(4 * intervals);
  for (let y = 0; y < height; y++) {
    if (ny === 1) {
      for (let i = 0; i < nx; i++) line[i] = values[i]!;
    } else {
      const position = (y + 0.5) / meshHeight - 0.5;
      const k = Math.min(Math.max(Math.floor(position), 0), ny - 2);
      const t = position - k;
      const u = 1 - t;
      const a = (u * u * u - u) / 6;
      const b = (t * t * t - t) / 6;
      const lower = k * nx;
      const upper = lower + nx;
      for (let i = 0; i < nx; i++)
        line[i] =
          u * values[lower + i]! + t * values[upper + i]! + a * curveY[lower + i]! + b * curveY[upper + i]!;
    }
    secondDerivatives(line, curve, nx, 0, 1, work);
    if (nx === 1) {
      polynomials.fill(0);
      polynomials[0] = line[0]!;
    } else
      for (let k = 0; k < intervals; k++) {
        const m0 = curve[k]!;
        const m1 = curve[k + 1]!;
        polynomials[4 * k] = line[k]!;
        polynomials[4 * k + 1] = line[k + 1]! - line[k]! - (2 * m0 + m1) / 6;
        polynomials[4 * k + 2] = m0 / 2;
        polynomials[4 * k + 3] = (m1 - m0) / 6;
      }
    row(y, polynomials);
  }
}

/** First pixel of each interval along x, and the width at the end: nx − 1 intervals (one for nx = 1). */
export function intervalStarts(grid: SplineGrid): Int32Array {
  const { nx, meshWidth, width } = grid;
  const intervals = Math.max(1, nx - 1);
  const starts = new Int32Array(intervals + 1);
  // Pixel x belongs to interval floor((x + ½)/meshWidth − ½): from x = ceil((k + ½)·meshWidth − ½) on.
  for (let k = 1; k < intervals; k++) starts[k] = Math.min(width, Math.ceil((k + 0.5) * meshWidth - 0.5));
  starts[intervals] = width;
  return starts;
}

// Bicubic spline from mesh centres to pixels, as source-extractor renders its background: cubics along y through the nodes of each column,
// then one cubic along x per image row; outside the outermost nodes the end polynomials go on.
// Source: SExtractor manual, "Modeling the background" (a "natural bicubic spline"). Probed with impulses on single nodes, its rendering
// differs from the textbook's natural spline in three ways, all kept here so that maps agree to rounding:
//  - back substitution divides by six at every step, where the textbook divides once at the end: the coupling between curvatures is 6× weaker;
//  - rows are counted from their lower edge (y/mesh − ½), columns from pixel centres ((x + ½)/mesh − ½);
//  - with a single row of meshes the interpolation along x is linear.

export interface SplineGrid {
  readonly nx: number;
  readonly ny: number;
  readonly meshWidth: number;
  readonly meshHeight: number;
  readonly width: number;
  readonly height: number;
}

/** Curvatures (second derivative / 6, node spacing 1) at `offset, offset + stride, …`; zero at both ends. `work` holds 2·count numbers. */
function curvatures(
  values: Float64Array | Float32Array,
  out: Float64Array,
  count: number,
  offset: number,
  stride: number,
  work: Float64Array,
): void {
  for (let i = 0; i < count; i++) out[offset + i * stride] = 0;
  let coupling = 0;
  let right = 0;
  for (let i = 1; i < count - 1; i++) {
    const at = offset + i * stride;
    coupling = -1 / (coupling + 4);
    right = coupling * (right - 6 * (values[at - stride] - 2 * values[at] + values[at + stride]));
    work[2 * i] = coupling;
    work[2 * i + 1] = right;
  }
  for (let i = count - 2; i > 0; i--) {
    const at = offset + i * stride;
    out[at] = (work[2 * i] * out[at + stride] + work[2 * i + 1]) / 6;
  }
}

/** Rows of a spline, prepared once per grid: `rows(y0, y1, out)` writes their polynomials. */
export interface SplineRows {
  readonly intervals: number;
  /**
   * Along x each row is piecewise cubic; `out` receives, for rows y0…y1 − 1 and intervals k in order, the coefficients c0…c3 of
   * c0 + c1·t + c2·t² + c3·t³, t = (x + ½)/meshWidth − ½ − k. Interval k covers pixels [starts[k], starts[k + 1]) of `intervalStarts`.
   */
  rows(y0: number, y1: number, out: Float32Array): void;
}

/** Prepares the spline through `values` (ny × nx). */
export function splineThrough(grid: SplineGrid, values: Float32Array): SplineRows {
  const { nx, ny, meshHeight } = grid;
  const work = new Float64Array(2 * Math.max(nx, ny));
  const curveY = new Float64Array(nx * ny);
  for (let i = 0; i < nx; i++) curvatures(values, curveY, ny, i, nx, work);
  const line = new Float64Array(nx);
  const curve = new Float64Array(nx);
  const intervals = Math.max(1, nx - 1);
  const rows = (y0: number, y1: number, out: Float32Array): void => {
    let o = 0;
    for (let y = y0; y < y1; y++) {
      if (ny === 1) {
        line.set(values);
      } else {
        const position = y / meshHeight - 0.5;
        const k = Math.min(Math.max(Math.floor(position), 0), ny - 2);
        const t = position - k;
        const u = 1 - t;
        const a = u * u * u - u;
        const b = t * t * t - t;
        const lower = k * nx;
        const upper = lower + nx;
        for (let i = 0; i < nx; i++)
          line[i] =
            u * values[lower + i] + t * values[upper + i] + a * curveY[lower + i] + b * curveY[upper + i];
        curvatures(line, curve, nx, 0, 1, work);
      }
      for (let k = 0; k < intervals; k++, o += 4) {
        const d0 = curve[k];
        const d1 = nx > 1 ? curve[k + 1] : 0;
        out[o] = line[k];
        out[o + 1] = nx > 1 ? line[k + 1] - line[k] - 2 * d0 - d1 : 0;
        out[o + 2] = 3 * d0;
        out[o + 3] = d1 - d0;
      }
    }
  };
  return { intervals, rows };
}

/** First pixel of each interval along x, then the width: nx − 1 intervals (one for nx = 1). */
export function intervalStarts(grid: SplineGrid): Int32Array {
  const { nx, meshWidth, width } = grid;
  const intervals = Math.max(1, nx - 1);
  const starts = new Int32Array(intervals + 1);
  // Pixel x belongs to interval floor((x + ½)/meshWidth − ½): from x = ceil((k + ½)·meshWidth − ½) on.
  for (let k = 1; k < intervals; k++) starts[k] = Math.min(width, Math.ceil((k + 0.5) * meshWidth - 0.5));
  starts[intervals] = width;
  return starts;
}

/**
 * A field sampled every `step` pixels and added to a plane by bilinear interpolation: artifacts with no structure below a few pixels cost
 * step² times fewer evaluations. Node (i, j) lies on pixel (i · step, j · step); the last node of an axis may lie past the edge.
 */
export class CoarseField {
  readonly step: number;
  readonly nx: number;
  readonly ny: number;
  /** [ny, nx], row-major. */
  readonly values: Float32Array;
  readonly #width: number;
  readonly #height: number;

  constructor(width: number, height: number, step: number) {
    this.step = step;
    this.#width = width;
    this.#height = height;
    this.nx = Math.ceil((width - 1) / step) + 1;
    this.ny = Math.ceil((height - 1) / step) + 1;
    this.values = new Float32Array(this.nx * this.ny);
  }

  /** Node indices [first, last] along x (or y) that lie within [low, high] pixels; empty when first > last. */
  nodesX(low: number, high: number): [number, number] {
    return [Math.max(0, Math.ceil(low / this.step)), Math.min(this.nx - 1, Math.floor(high / this.step))];
  }

  nodesY(low: number, high: number): [number, number] {
    return [Math.max(0, Math.ceil(low / this.step)), Math.min(this.ny - 1, Math.floor(high / this.step))];
  }

  /** Adds scale × field to `plane` ([height, width]); cells whose corners are all zero are left untouched. */
  addTo(plane: Float32Array, scale: number): void {
    const { step, nx, ny, values } = this;
    const width = this.#width;
    const perPixel = 1 / step;
    const row = new Float64Array(nx);
    for (let j = 0; j < ny; j++) {
      const above = j * nx;
      const below = Math.min(j + 1, ny - 1) * nx;
      let first = nx;
      let last = -1;
      for (let i = 0; i < nx; i++) {
        if (values[above + i] !== 0 || values[below + i] !== 0) {
          if (first > i) first = i;
          last = i;
        }
      }
      if (last < 0) continue;
      const from = Math.max(0, first - 1);
      const to = Math.min(nx - 2, last);
      const yEnd = Math.min(this.#height, (j + 1) * step);
      for (let y = j * step; y < yEnd; y++) {
        const f = (y - j * step) / step;
        for (let i = from; i <= to + 1; i++) {
          row[i] = scale * (values[above + i] + f * (values[below + i] - values[above + i]));
        }
        const base = y * width;
        for (let i = from; i <= to; i++) {
          let value = row[i];
          const slope = (row[i + 1] - value) * perPixel;
          if (value === 0 && slope === 0) continue;
          const start = base + i * step;
          const end = Math.min(start + step, base + width);
          for (let k = start; k < end; k++) {
            plane[k] += value;
            value += slope;
          }
        }
        // a width that ends exactly on the last node: that pixel belongs to no cell
        if (to === nx - 2 && (nx - 1) * step < width) plane[base + (nx - 1) * step] += row[nx - 1];
      }
    }
  }
}

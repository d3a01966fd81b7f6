// Repairs and smooths the coarse background grids: Bertin & Arnouts 1996 (A&AS 117, 393), §3, and the SExtractor manual.
import { medianInPlace } from './median.ts';

/** Gives each node without a value (NaN) the mean of its nearest nodes that have one, in both grids. All NaN: left so. */
export function fillBadNodes(level: Float32Array, rms: Float32Array, nx: number, ny: number): void {
  const good: number[] = [];
  for (let i = 0; i < nx * ny; i++) if (level[i] === level[i]) good.push(i);
  if (good.length === 0 || good.length === nx * ny) return;
  for (let i = 0; i < nx * ny; i++) {
    if (level[i] === level[i] && rms[i] === rms[i]) continue;
    const x = i % nx;
    const y = Math.floor(i / nx);
    let nearest = Infinity;
    let sumLevel = 0;
    let sumRms = 0;
    let count = 0;
    for (const j of good) {
      const d = ((j % nx) - x) ** 2 + (Math.floor(j / nx) - y) ** 2;
      if (d > nearest) continue;
      if (d < nearest) {
        nearest = d;
        sumLevel = sumRms = count = 0;
      }
      sumLevel += level[j];
      sumRms += rms[j];
      count++;
    }
    // `good` was listed before filling: a filled node never feeds another.
    level[i] = sumLevel / count;
    rms[i] = sumRms / count;
  }
}

/**
 * Median of the `size × size` nodes around each node (size odd). Near an edge the window shrinks on both sides alike, so that a gradient is not
 * flattened there: corners stay as they are (source-extractor's way, found with single-mesh images). Returns a new grid.
 */
export function medianFilterGrid(grid: Float32Array, nx: number, ny: number, size: number): Float32Array {
  const half = size >> 1;
  const out = new Float32Array(nx * ny);
  const window = new Float32Array(size * size);
  for (let y = 0; y < ny; y++)
    for (let x = 0; x < nx; x++) {
      const halfX = Math.min(half, x, nx - 1 - x);
      const halfY = Math.min(half, y, ny - 1 - y);
      let count = 0;
      for (let v = y - halfY; v <= y + halfY; v++)
        for (let u = x - halfX; u <= x + halfX; u++) window[count++] = grid[v * nx + u];
      out[y * nx + x] = medianInPlace(window, count);
    }
  return out;
}

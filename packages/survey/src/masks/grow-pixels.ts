import { activeCells, unusable } from './frame.ts';
import type { Grow } from './frame.ts';

/** A cosmic ray starts at a pixel this many σ above the mean of its four neighbours' lower half … */
const seedSigma = 6;
/** … and takes in connected pixels down to this many σ. */
const growSigma = 3;

/**
 * Cosmic rays: pixels that rise above their surroundings faster than a star of this seeing can (their two lowest neighbours hold less
 * than half of them; in a star of FWHM ≥ 2.5 px they hold at least that), and what is connected to them above 3σ, within the active
 * cells and their neighbours.
 */
export const growPixels: Grow = (frame, cells, threshold, out) => {
  const { width, height, data } = frame.plane;
  const { columns, size } = cells;
  const active = activeCells(cells, threshold, 1);
  const inside = (x: number, y: number) =>
    active[Math.floor(y / size) * columns + Math.floor(x / size)] === 1;
  const stack: number[] = [];
  for (let row = 0; row < cells.rows; row++) {
    for (let column = 0; column < columns; column++) {
      if (active[row * columns + column] === 0) continue;
      const bottom = Math.min((row + 1) * size, height - 1);
      const right = Math.min((column + 1) * size, width - 1);
      for (let y = Math.max(1, row * size); y < bottom; y++) {
        for (let x = Math.max(1, column * size); x < right; x++) {
          const at = y * width + x;
          const value = data[at]!;
          if (!(value > seedSigma * frame.rms) || out[at] === 1 || unusable(frame, at)) continue;
          if (lowerNeighbours(data, width, at) > 0.5 * value) continue;
          out[at] = 1;
          stack.push(at);
        }
      }
    }
  }
  while (stack.length > 0) {
    const at = stack.pop()!;
    const x = at % width;
    const y = (at - x) / width;
    for (let v = Math.max(0, y - 1); v <= Math.min(height - 1, y + 1); v++) {
      for (let u = Math.max(0, x - 1); u <= Math.min(width - 1, x + 1); u++) {
        const to = v * width + u;
        if (out[to] === 1 || !(data[to]! > growSigma * frame.rms) || unusable(frame, to) || !inside(u, v))
          continue;
        // Do not spill from a ray into the star it crosses: a star's pixel is no brighter than its neighbours allow.
        if (lowerNeighbours(data, width, to) > 0.8 * data[to]!) continue;
        out[to] = 1;
        stack.push(to);
      }
    }
  }
};

/** Mean of the two lowest of a pixel's four neighbours. */
function lowerNeighbours(data: Float32Array, width: number, at: number): number {
  const a = data[at - 1]!;
  const b = data[at + 1]!;
  const c = data[at - width]!;
  const d = data[at + width]!;
  const low1 = Math.min(a, b);
  const high1 = Math.max(a, b);
  const low2 = Math.min(c, d);
  const high2 = Math.max(c, d);
  const lowest = Math.min(low1, low2);
  const second = Math.min(Math.max(low1, low2), high1, high2);
  return (lowest + second) / 2;
}

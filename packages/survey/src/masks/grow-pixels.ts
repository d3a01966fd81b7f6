import { activeCells, unusable } from './frame.ts';
import type { Grow, GrowFrame } from './frame.ts';

/** A cosmic ray starts at a sharp pixel this many σ above the sky … */
const seedSigma = 8;
/** … and takes in connected sharp pixels down to this many σ. */
const growSigma = 3;
/** Where no star was measured, px: a good night's. */
const usualFwhm = 4;

/**
 * Cosmic rays: pixels on a ridge narrower than any star of this seeing makes. Across a ridge both opposite neighbours, one or two pixels
 * away, fall below the share that a star of this FWHM keeps at that distance, exp(−4 ln 2 d²/FWHM²); in the wing of a star the inner
 * neighbour is brighter still and the tangential ones nearly as bright. Such pixels above 8σ, and what is connected to them above 3σ and
 * nearly as sharp, within the active cells and their neighbours.
 */
export const growPixels: Grow = (frame, cells, threshold, out) => {
  const { width, height, data } = frame.plane;
  const { columns, size } = cells;
  const active = activeCells(cells, threshold, 1);
  const inside = (x: number, y: number) =>
    active[Math.floor(y / size) * columns + Math.floor(x / size)] === 1;
  const kept = [1, 2].map((d) => Math.exp(-4 * Math.LN2 * (d / (frame.fwhm ?? usualFwhm)) ** 2));
  const sharp = (at: number, x: number, y: number, share: number) => isRidge(frame, at, x, y, kept, share);
  const stack: number[] = [];
  for (let row = 0; row < cells.rows; row++) {
    for (let column = 0; column < columns; column++) {
      if (active[row * columns + column] === 0) continue;
      const bottom = Math.min((row + 1) * size, height);
      const right = Math.min((column + 1) * size, width);
      for (let y = row * size; y < bottom; y++) {
        for (let x = column * size; x < right; x++) {
          const at = y * width + x;
          if (!(data[at] > seedSigma * frame.rms) || unusable(frame, at) || !sharp(at, x, y, 0.6)) continue;
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
        if (out[to] === 1 || !(data[to] > growSigma * frame.rms) || unusable(frame, to)) continue;
        if (!inside(u, v) || !sharp(to, u, v, 0.8)) continue;
        out[to] = 1;
        stack.push(to);
      }
    }
  }
};

const directions = [
  [1, 0],
  [0, 1],
  [1, 1],
  [1, -1],
] as const;

/** Do both opposite neighbours, in some direction at one or two pixels, hold less than `share` of what a star would keep? */
function isRidge(
  { plane: { width, height, data } }: GrowFrame,
  at: number,
  x: number,
  y: number,
  kept: readonly number[],
  share: number,
): boolean {
  const value = data[at];
  for (let d = 1; d <= 2; d++) {
    if (x < d || y < d || x >= width - d || y >= height - d) return false;
    const limit = share * kept[d - 1] * value;
    for (const [dx, dy] of directions) {
      // Two diagonal steps reach farther than a star's share allows for.
      if (d === 2 && dx !== 0 && dy !== 0) continue;
      const step = d * (dy * width + dx);
      if (data[at + step] < limit && data[at - step] < limit) return true;
    }
  }
  return false;
}

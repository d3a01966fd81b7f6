import { ridgeExcess } from '@blemish/imaging';
import { activeCells, unusable } from './frame.ts';
import type { Grow } from './frame.ts';

/** A cosmic ray starts at a sharp pixel this many σ above the sky … */
const seedSigma = 8;
/** … and takes in connected sharp pixels down to this many σ. */
const growSigma = 3;

/**
 * Cosmic rays: pixels on a ridge narrower than any star's (`ridgeExcess`) above 8σ, and what is connected to them above 3σ and nearly as
 * sharp, within the active cells and their neighbours.
 */
export const growPixels: Grow = (frame, cells, threshold, out) => {
  const { width, height, data } = frame.plane;
  const { columns, size } = cells;
  const active = activeCells(cells, threshold, 1);
  const inside = (x: number, y: number) =>
    active[Math.floor(y / size) * columns + Math.floor(x / size)] === 1;
  const sharp = (x: number, y: number, share: number) => ridgeExcess(frame.plane, x, y, share) > 0;
  const stack: number[] = [];
  for (let row = 0; row < cells.rows; row++) {
    for (let column = 0; column < columns; column++) {
      if (active[row * columns + column] === 0) continue;
      const bottom = Math.min((row + 1) * size, height);
      const right = Math.min((column + 1) * size, width);
      for (let y = row * size; y < bottom; y++) {
        for (let x = column * size; x < right; x++) {
          const at = y * width + x;
          if (!(data[at] > seedSigma * frame.rms) || unusable(frame, at) || !sharp(x, y, 0.6)) continue;
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
        if (!inside(u, v) || !sharp(u, v, 0.8)) continue;
        out[to] = 1;
        stack.push(to);
      }
    }
  }
};

import type { Plane } from '../plane.ts';
import { checkPlane } from '../plane.ts';
import { solvePositive } from './solve-positive.ts';

export interface RoundGaussian {
  readonly x: number;
  readonly y: number;
  readonly amplitude: number;
  /** Standard deviation, pixels. */
  readonly sigma: number;
  /** Sum of the squared residuals. */
  readonly squares: number;
}

/** How far the centre may lie from the middle, pixels. */
const reach = 0.5;
const mostSteps = 60;

/**
 * Least squares of A exp(−r² / 2σ²) to a plane, its centre within half a pixel of the middle, unweighted, by Levenberg and Marquardt's steps from σ = 2 px. NaN pixels take no part. Null
 * with fewer than four values, or where σ runs out of 0.1 px to the plane's width: there is nothing of that shape.
 */
export function fitRoundGaussian(plane: Plane): RoundGaussian | null {
  checkPlane(plane, 'fitRoundGaussian');
  const { width, height, data } = plane;
  const [cx, cy] = [(width - 1) / 2, (height - 1) / 2];
  let values = 0;
  for (const value of data) if (value === value) values++;
  if (values < 4) return null;
  const middle = data[Math.floor(cy) * width + Math.floor(cx)];
  let p: Parameters = [cx, cy, Number.isFinite(middle) ? middle : 0.1, 2];
  let here = sums(plane, p);
  let damping = 1e-3;
  for (let step = 0; step < mostSteps; step++) {
    const normal = here.normal.slice();
    for (let k = 0; k < 4; k++) normal[k * 5] = normal[k * 5] * (1 + damping) + 1e-12;
    const move = here.gradient.slice();
    if (!solvePositive(normal, move)) {
      damping *= 10;
      if (damping > 1e12) break;
      continue;
    }
    const next: Parameters = [
      clamp(p[0] + move[0], cx - reach, cx + reach),
      clamp(p[1] + move[1], cy - reach, cy + reach),
      p[2] + move[2],
      Math.max(0.05, p[3] + move[3]),
    ];
    const there = sums(plane, next);
    if (there.squares <= here.squares) {
      const done = here.squares - there.squares <= 1e-10 * here.squares;
      [p, here] = [next, there];
      damping = Math.max(1e-12, damping / 10);
      if (done) break;
    } else {
      damping *= 10;
      if (damping > 1e12) break;
    }
  }
  const [x, y, amplitude, sigma] = p;
  if (!(sigma > 0.1) || !(sigma < width)) return null;
  return { x, y, amplitude, sigma, squares: here.squares };
}

type Parameters = readonly [x: number, y: number, amplitude: number, sigma: number];

const clamp = (value: number, low: number, high: number) => Math.max(low, Math.min(high, value));

/** Σ r², and the normal equations of the residuals about these parameters. */
function sums({ width, height, data }: Plane, [x0, y0, amplitude, sigma]: Parameters) {
  const normal = new Float64Array(16);
  const gradient = new Float64Array(4);
  const slope = new Float64Array(4);
  let squares = 0;
  const s2 = sigma * sigma;
  for (let y = 0, at = 0; y < height; y++)
    for (let x = 0; x < width; x++, at++) {
      const value = data[at];
      if (value !== value) continue;
      const [dx, dy] = [x - x0, y - y0];
      const r2 = dx * dx + dy * dy;
      const shape = Math.exp(-r2 / (2 * s2));
      const residual = value - amplitude * shape;
      squares += residual * residual;
      slope[0] = (amplitude * shape * dx) / s2;
      slope[1] = (amplitude * shape * dy) / s2;
      slope[2] = shape;
      slope[3] = (amplitude * shape * r2) / (s2 * sigma);
      for (let a = 0; a < 4; a++) {
        gradient[a] += slope[a] * residual;
        for (let b = 0; b < 4; b++) normal[a * 4 + b] += slope[a] * slope[b];
      }
    }
  return { squares, normal, gradient };
}

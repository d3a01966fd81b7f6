// How two images of one field lie to each other, from the stars on both.
import { medianInPlace } from '../median.ts';

/** x' = a x + b y + c, y' = d x + e y + f. */
export type Affine = readonly [a: number, b: number, c: number, d: number, e: number, f: number];

export interface AlignStarsOptions {
  /** Largest shift looked for, pixels (default 60). */
  readonly reach?: number;
  /** Stars farther apart than this after the transformation are not the same (default 1.5 px). */
  readonly tolerance?: number;
  /** Brightest stars of each list that vote for the shift (default 200). */
  readonly voters?: number;
}

export interface Alignment {
  /** From pixels of the first image to pixels of the second. */
  readonly transform: Affine;
  /** Pairs of the two lists, by index. */
  readonly pairs: readonly (readonly [number, number])[];
  /** Root mean square of what is left between pairs, pixels, along one axis. */
  readonly rms: number;
}

export interface StarList {
  readonly count: number;
  /** Brightest first, 0-based pixels. */
  readonly x: ArrayLike<number>;
  readonly y: ArrayLike<number>;
}

/** Pairs that fix a transformation; with fewer than `leastAffine` it is a shift alone. */
const [leastPairs, leastAffine] = [3, 8];
const rounds = 5;

/**
 * The transformation that brings the stars of one list onto those of another, nearly a shift: the shift that most pairs agree on, then least squares
 * over pairs within `tolerance`. Null where no shift has more pairs than chance would give some shift in one field of a thousand.
 */
export function alignStars(from: StarList, to: StarList, options: AlignStarsOptions = {}): Alignment | null {
  const { reach = 60, tolerance = 1.5, voters = 200 } = options;
  const shift = votedShift(from, to, reach, Math.max(2, tolerance), voters);
  if (shift === null) return null;
  let transform: Affine = [1, 0, shift.x, 0, 1, shift.y];
  let radius = 2 * Math.max(2, tolerance);
  for (let round = 0; round < rounds; round++) {
    const pairs = nearestPairs(from, to, transform, radius);
    if (pairs.length < leastPairs) return null;
    transform = pairs.length < leastAffine ? shiftOf(from, to, pairs) : affineOf(from, to, pairs);
    radius = tolerance;
  }
  const pairs = nearestPairs(from, to, transform, tolerance);
  if (pairs.length < leastPairs) return null;
  const squares = pairs.map(([i, j]) => {
    const [x, y] = applyAffine(transform, from.x[i], from.y[i]);
    return ((x - to.x[j]) ** 2 + (y - to.y[j]) ** 2) / 2;
  });
  return { transform, pairs, rms: Math.sqrt(squares.reduce((sum, v) => sum + v, 0) / squares.length) };
}

/** Where a place of the first image lies in the second. */
export function applyAffine([a, b, c, d, e, f]: Affine, x: number, y: number): [number, number] {
  return [a * x + b * y + c, d * x + e * y + f];
}

/** The shift in whose neighbourhood most pairs of bright stars lie. */
function votedShift(
  from: StarList,
  to: StarList,
  reach: number,
  cell: number,
  voters: number,
): { x: number; y: number } | null {
  const side = 2 * Math.ceil(reach / cell) + 1;
  const votes = new Float64Array(side * side);
  const each = (use: (dx: number, dy: number) => void) => {
    for (let i = 0; i < Math.min(voters, from.count); i++)
      for (let j = 0; j < Math.min(voters, to.count); j++) {
        const dx = to.x[j] - from.x[i];
        const dy = to.y[j] - from.y[i];
        if (Math.abs(dx) <= reach && Math.abs(dy) <= reach) use(dx, dy);
      }
  };
  each((dx, dy) => {
    const [u, v] = [Math.round(dx / cell) + (side >> 1), Math.round(dy / cell) + (side >> 1)];
    for (let y = Math.max(0, v - 1); y <= Math.min(side - 1, v + 1); y++)
      for (let x = Math.max(0, u - 1); x <= Math.min(side - 1, u + 1); x++) votes[y * side + x]++;
  });
  let [best, all] = [0, 0];
  for (let k = 0; k < votes.length; k++) {
    all += votes[k];
    if (votes[k] > votes[best]) best = k;
  }
  if (votes[best] < Math.max(leastPairs, leastVotes(all / votes.length, votes.length))) return null;
  const centre = {
    x: ((best % side) - (side >> 1)) * cell,
    y: (Math.floor(best / side) - (side >> 1)) * cell,
  };
  const near: { dx: number; dy: number }[] = [];
  each((dx, dy) => {
    if (Math.abs(dx - centre.x) <= 1.5 * cell && Math.abs(dy - centre.y) <= 1.5 * cell) near.push({ dx, dy });
  });
  return {
    x: medianInPlace(Float64Array.from(near, ({ dx }) => dx)),
    y: medianInPlace(Float64Array.from(near, ({ dy }) => dy)),
  };
}

/** The votes that the best of many windows has by chance in fewer than one field of a thousand, where each expects `mean` (Poisson). */
function leastVotes(mean: number, windows: number): number {
  // nearly normal by then, and exp(−mean) would underflow
  if (mean > 50) return Math.ceil(mean + 6 * Math.sqrt(mean));
  let term = Math.exp(-mean);
  let below = term;
  let n = 0;
  while (windows * (1 - below) > 1e-3) {
    n++;
    term *= mean / n;
    below += term;
  }
  return n + 1;
}

/** Pairs no farther apart than `radius`: each star's nearest, and of several that have the same one the nearest. */
function nearestPairs(from: StarList, to: StarList, transform: Affine, radius: number): [number, number][] {
  const nearestOf = new Int32Array(to.count).fill(-1);
  const distanceOf = new Float64Array(to.count).fill(radius);
  const pairs: [number, number][] = [];
  for (let i = 0; i < from.count; i++) {
    const [x, y] = applyAffine(transform, from.x[i], from.y[i]);
    let [nearest, distance] = [-1, radius];
    for (let j = 0; j < to.count; j++) {
      const [dx, dy] = [to.x[j] - x, to.y[j] - y];
      if (!(Math.abs(dx) < distance && Math.abs(dy) < distance)) continue;
      const d = Math.hypot(dx, dy);
      if (d < distance) [nearest, distance] = [j, d];
    }
    if (nearest < 0) continue;
    if (distance < distanceOf[nearest]) {
      nearestOf[nearest] = i;
      distanceOf[nearest] = distance;
    }
  }
  nearestOf.forEach((i, j) => {
    if (i >= 0) pairs.push([i, j]);
  });
  return pairs;
}

function shiftOf(from: StarList, to: StarList, pairs: readonly (readonly [number, number])[]): Affine {
  const dx = medianInPlace(Float64Array.from(pairs, ([i, j]) => to.x[j] - from.x[i]));
  const dy = medianInPlace(Float64Array.from(pairs, ([i, j]) => to.y[j] - from.y[i]));
  return [1, 0, dx, 0, 1, dy];
}

/** Least squares of both axes about the mean of the stars. */
function affineOf(from: StarList, to: StarList, pairs: readonly (readonly [number, number])[]): Affine {
  const mean = (value: (pair: readonly [number, number]) => number) =>
    pairs.reduce((sum, pair) => sum + value(pair), 0) / pairs.length;
  const x0 = mean(([i]) => from.x[i]);
  const y0 = mean(([i]) => from.y[i]);
  let [sxx, sxy, syy] = [0, 0, 0];
  for (const [i] of pairs) {
    sxx += (from.x[i] - x0) ** 2;
    sxy += (from.x[i] - x0) * (from.y[i] - y0);
    syy += (from.y[i] - y0) ** 2;
  }
  const determinant = sxx * syy - sxy * sxy;
  // stars along a line fix no rotation
  if (!(determinant > 1e-6 * (sxx + syy) ** 2)) return shiftOf(from, to, pairs);
  const along = (target: ArrayLike<number>): [number, number, number] => {
    const t0 = mean(([, j]) => target[j]);
    let [sx, sy] = [0, 0];
    for (const [i, j] of pairs) {
      sx += (from.x[i] - x0) * (target[j] - t0);
      sy += (from.y[i] - y0) * (target[j] - t0);
    }
    const a = (sx * syy - sy * sxy) / determinant;
    const b = (sy * sxx - sx * sxy) / determinant;
    return [a, b, t0 - a * x0 - b * y0];
  };
  return [...along(to.x), ...along(to.y)];
}

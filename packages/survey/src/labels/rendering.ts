import type { Point } from './shapes.ts';

/**
 * The Exposure Checker shows a CCD on a 1024 × 512 rendering: binned 4 × 4 and turned by 90°, so that its long axis, the FITS y axis, lies
 * along the picture (Melchior et al. 2016, Astron. Comput. 16, 99; `sql/files.sql` of des-exp-checker). It stores the pixel that was
 * clicked. Turning swaps the axes and may flip them; which way depends on the program that made the pictures.
 */
export const rendering = { width: 1024, height: 512, factor: 4 } as const;

/** Which axes of the CCD run against the rendering's once the axes are swapped. */
export const flips = ['none', 'x', 'y', 'both'] as const;
export type Flip = (typeof flips)[number];

/** Axes swapped and nothing turned round, as a transposition does. */
export const defaultFlip: Flip = 'none';

/** A place on the rendering as 0-based CCD pixels: 4 times, axes swapped, then `flip` within 2048 × 4096 px. The first pixel of the 4 × 4 stands for all. */
export function fromRendering([u, v]: Point, flip: Flip = defaultFlip): Point {
  const { width, height, factor } = rendering;
  const x = flip === 'x' || flip === 'both' ? height - 1 - v : v;
  const y = flip === 'y' || flip === 'both' ? width - 1 - u : u;
  return [factor * x, factor * y];
}

/** The pixel of the rendering that shows a place on the CCD, 0-based FITS pixels. */
export function toRendering([x, y]: Point, flip: Flip = defaultFlip): Point {
  const { width, height, factor } = rendering;
  const v = Math.floor(x / factor);
  const u = Math.floor(y / factor);
  return [
    flip === 'y' || flip === 'both' ? width - 1 - u : u,
    flip === 'x' || flip === 'both' ? height - 1 - v : v,
  ];
}

/** A star that was clicked in the checker, or read off its picture, and where it is on the CCD. */
export interface KnownStar {
  /** On the rendering. */
  readonly stored: Point;
  /** 0-based FITS pixels. */
  readonly ccd: Point;
}

export interface SettledFlip {
  readonly flip: Flip;
  /** Median distance of the stars from where they are, CCD pixels, with this flip … */
  readonly distance: number;
  /** … and with the next best. */
  readonly nextDistance: number;
}

/**
 * The flip under which known stars fall where they are: the one of least median distance. One star off both middles of the CCD settles it.
 * @throws RangeError without a star, or where the next best flip is within four times the distance of the best (stars near the middle of
 *   an axis, or wrong matches)
 */
export function settleFlip(stars: readonly KnownStar[]): SettledFlip {
  if (stars.length === 0)
    throw new RangeError('settleFlip: no star; give one at least, off the middle of the CCD');
  const ranked = flips
    .map((flip) => {
      const distances = stars.map(({ stored, ccd }) => {
        const [x, y] = fromRendering(stored, flip);
        return Math.hypot(x - ccd[0], y - ccd[1]);
      });
      return { flip, distance: distances.sort((a, b) => a - b)[distances.length >> 1] };
    })
    .sort((a, b) => a.distance - b.distance);
  const [best, next] = ranked;
  // A click is good to a few pixels of the rendering: below that the ratio says nothing.
  if (next.distance < 4 * Math.max(best.distance, 4 * rendering.factor)) {
    throw new RangeError(
      `settleFlip: flip '${best.flip}' puts the stars ${best.distance.toFixed(0)} px from where they are, flip '${next.flip}' ${next.distance.toFixed(0)} px: give stars further from both middles of the CCD`,
    );
  }
  return { ...best, nextDistance: next.distance };
}

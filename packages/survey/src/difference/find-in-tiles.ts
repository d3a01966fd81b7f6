import { findCandidates } from '@blemish/imaging';
import type { Candidate } from '@blemish/imaging';
import type { Subtraction } from './subtract-sides.ts';
import { widened, window } from './tiles.ts';

/** A candidate of the whole image, with the number of its tile. */
export interface TiledCandidate extends Candidate {
  readonly tile: number;
}

/** Candidates of either sign, each tile with its own PSF and its own scatter of the score, in the order of |significance|. */
export function findInTiles(
  { image, variance, tiles }: Pick<Subtraction, 'image' | 'variance' | 'tiles'>,
  threshold: number,
): TiledCandidate[] {
  const found: TiledCandidate[] = [];
  tiles.forEach(({ tile, psf, fwhm }, number) => {
    const separation = Math.max(3, Math.round(fwhm));
    const wide = widened(tile, (psf.width >> 1) + separation + 1, image.width, image.height);
    const parts = { image: window(image, wide), variance: window(variance, wide) };
    for (const candidate of findCandidates(parts, psf, { threshold, separation })) {
      const [x, y] = [candidate.x + wide.left, candidate.y + wide.top];
      // a half pixel: the parabola may carry it over a border, and it must be in one tile
      const [px, py] = [Math.floor(x + 0.5), Math.floor(y + 0.5)];
      const inside =
        px >= tile.left && py >= tile.top && px < tile.left + tile.width && py < tile.top + tile.height;
      if (inside) found.push({ ...candidate, x, y, tile: number });
    }
  });
  return found.sort((a, b) => Math.abs(b.significance) - Math.abs(a.significance));
}

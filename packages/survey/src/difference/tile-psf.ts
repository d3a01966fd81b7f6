import { fitRoundGaussian, stackPsf } from '@blemish/imaging';
import type { Plane } from '@blemish/imaging';
import type { KernelStar } from './kernel-stars.ts';
import type { Tile } from './tiles.ts';

/** Half the side of a PSF less one, pixels. */
export const psfRadius = 15;
/** Stars about a tile that make its PSF: the brightest of three times as many. */
const psfStars = 20;

/** A tile and the PSF of the difference on it. */
export interface PsfTile {
  readonly tile: Tile;
  readonly psf: Plane;
  /** Pixels. */
  readonly fwhm: number;
}

/** The PSF of the brightest stars about the middle of a tile; null without any. */
export function psfAbout(tile: Tile, plane: Plane, stars: readonly KernelStar[]): Plane | null {
  const near = { x: tile.left + tile.width / 2, y: tile.top + tile.height / 2 };
  return stackPsf(plane, stars, { near, max: psfStars, radius: psfRadius });
}

/** Full width at half maximum of the round Gaussian nearest to a PSF, pixels. */
export function fwhmOf(psf: Plane): number {
  return 2.3548 * (fitRoundGaussian(psf)?.sigma ?? psf.width / 8);
}

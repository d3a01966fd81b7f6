import type { Star } from './artifact.ts';
import type { Galaxy } from './galaxy.ts';
import { addGalaxy, galaxyProfile } from './galaxy.ts';
import type { KernelPsf } from './kernel-psf.ts';
import type { PsfProfile } from './psf.ts';
import { addSpikes, addStar } from './psf.ts';

export interface Sources {
  readonly stars: readonly Star[];
  readonly galaxies: readonly Galaxy[];
  readonly spikeAngle: number;
  /** Electrons a pixel below which a profile is cut. */
  readonly level: number;
}

/** Adds stars and galaxies to a plane, through a kernel where one is given. */
export function addSources(
  plane: Float32Array,
  width: number,
  height: number,
  sources: Sources,
  psf: PsfProfile,
  kernel: KernelPsf | null,
): void {
  const { stars, galaxies, spikeAngle, level } = sources;
  const { fwhmPixels } = psf.shape;
  const least = 1.5 * fwhmPixels;
  for (const star of stars) {
    if (kernel !== null) kernel.addStar(plane, width, height, star, level, least);
    else addStar(plane, width, height, psf, star.x, star.y, star.flux, psf.radius(star.flux, level, least));
    addSpikes(plane, width, height, star, fwhmPixels, spikeAngle, 2 * level);
  }
  for (const galaxy of galaxies) {
    if (kernel !== null) kernel.addGalaxy(plane, width, height, galaxy, fwhmPixels, level);
    else addGalaxy(plane, width, height, galaxyProfile(galaxy, fwhmPixels, level));
  }
}

// Fluxes at which something has a given signal-to-noise in the difference of two images.
import type { Galaxy } from '../galaxy.ts';
import { addGalaxy, galaxyProfile } from '../galaxy.ts';
import type { PsfProfile } from '../psf.ts';
import type { Epoch } from './epoch.ts';
import { skyRms } from './epoch.ts';

/** Pixels whose noise a matched filter takes in: 1 / Σ PSF². */
export function noisePixels(psf: PsfProfile): number {
  let sum = 0;
  for (let y = -15; y <= 15; y++)
    for (let x = -15; x <= 15; x++) sum += psf.at((psf.qa * x + 2 * psf.qb * y) * x + psf.qc * y * y) ** 2;
  return 1 / sum;
}

/** Light of galaxies in one pixel of an image, electrons of one exposure. */
export function lightAt(galaxies: readonly Galaxy[], epoch: Epoch, x: number, y: number): number {
  const pixel = new Float32Array(1);
  for (const galaxy of galaxies) {
    const flux = galaxy.flux * epoch.throughput;
    addGalaxy(
      pixel,
      1,
      1,
      galaxyProfile({ ...galaxy, x: galaxy.x - x, y: galaxy.y - y, flux }, epoch.psf.shape.fwhmPixels, 0),
    );
  }
  return pixel[0];
}

/** Noise of a point source's flux in the difference, electrons of the science exposure. */
export function fluxNoise(science: Epoch, reference: Epoch, under = 0): number {
  const variance =
    skyRms(science) ** 2 +
    under +
    (skyRms(reference) * science.throughput) ** 2 +
    under / reference.exposures;
  return Math.sqrt(variance * noisePixels(science.psf));
}

/**
 * Electrons of a clear exposure for a point source with this signal-to-noise, against the noise that would be there without it.
 * @param under light of a host in its pixel, electrons; `star` steady electrons that add their shot noise
 */
export function fluxOfSnr(snr: number, science: Epoch, reference: Epoch, under = 0, star = 0): number {
  const noise2 = fluxNoise(science, reference, under) ** 2 + star * science.throughput;
  return (snr * Math.sqrt(noise2)) / science.throughput;
}

/** Electrons of a clear exposure at which a star's middle is at this share of the well. */
export function fluxOfWell(share: number, { psf, well, sky, throughput }: Epoch): number {
  return Math.max(0, share * well - sky) / psf.at(0) / throughput;
}

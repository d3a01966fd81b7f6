import type { ExposureContext, Star } from '../artifact.ts';
import type { Rng } from '../rng.ts';
import { fluxOfPeak, focalOrigin, fullWellElectrons, randomFieldPoint } from './place.ts';

/** A star that causes an event: taken from the exposure, or invented and then brought along. */
export interface CausingStar extends Star {
  readonly invented: boolean;
}

/**
 * A star bright enough for ghosts and halos: one of the exposure's, the brighter the likelier, or when it has none a star of 5 to 8 mag,
 * 10⁷ to 10⁸ electrons a second through the 4 m telescope, in the field or up to 3000 px outside it.
 */
export function pickBrightStar(rng: Rng, exposure: ExposureContext): CausingStar {
  const total = exposure.brightStars.reduce((sum, star) => sum + star.flux, 0);
  let ticket = rng.uniform(0, total);
  for (const star of exposure.brightStars) {
    ticket -= star.flux;
    if (ticket < 0) return { x: star.x, y: star.y, flux: star.flux, invented: false };
  }
  const { x, y } = randomFieldPoint(rng, exposure);
  return {
    x: x + rng.uniform(-3000, 3000),
    y: y + rng.uniform(-3000, 3000),
    flux: rng.logUniform(1e7, 1e8) * exposure.exposureSeconds,
    invented: true,
  };
}

/** Flux of a star whose unsaturated peak would be `times` the full well. */
export function saturatedFlux(times: number, exposure: Pick<ExposureContext, 'fwhmPixels'>): number {
  return fluxOfPeak(times * fullWellElectrons, exposure.fwhmPixels);
}

/**
 * A saturated star on the CCD, in its pixels, for an event of scope `ccd`: the brightest of the exposure's on it, or one that is brought along,
 * whose unsaturated peak would be `least` to ten times `least` the full well.
 */
export function starOnCcd(rng: Rng, exposure: ExposureContext, least: number): CausingStar {
  const { width, height } = exposure;
  // an event of one CCD: the context lists that one alone
  const origin = focalOrigin({ place: exposure.ccds[0], width, height });
  const invented = {
    x: rng.uniform(0.05, 0.95) * (width - 1),
    y: rng.uniform(0.05, 0.95) * (height - 1),
    flux: saturatedFlux(rng.logUniform(least, 10 * least), exposure),
    invented: true,
  };
  return exposure.brightStars
    .map(({ x, y, flux }) => ({ x: x - origin.x, y: y - origin.y, flux, invented: false }))
    .filter(({ x, y }) => x >= 0 && y >= 0 && x < width && y < height)
    .reduce((best, star) => (best.invented || star.flux > best.flux ? star : best), invented);
}

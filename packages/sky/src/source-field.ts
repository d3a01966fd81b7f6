import type { CcdPlace, Star } from './artifact.ts';
import type { Band } from './bands.ts';
import { fluxOfMagnitude } from './bands.ts';
import { pixelScaleArcsec } from './focal-plane.ts';
import type { Galaxy } from './galaxy.ts';
import { countBrighter, drawMagnitude, galaxyCounts, starCounts } from './number-counts.ts';
import type { Rng } from './rng.ts';

/** Stars brighter than this belong to the exposure (they reach over CCDs and cause ghosts), fainter ones to their CCD. */
export const brightMagnitude = 9;
/** Stars of a CCD are drawn this many pixels beyond its edges. */
export const starMargin = 200;

export interface FieldProperties {
  readonly band: Band;
  readonly exposureSeconds: number;
  /** Faintest magnitude drawn. */
  readonly limitMagnitude: number;
  /** Star and galaxy density over the standard counts. */
  readonly starDensity: number;
  readonly galaxyDensity: number;
}

function squareDegrees(width: number, height: number): number {
  return (width * height * pixelScaleArcsec ** 2) / 3600 ** 2;
}

/** Stars brighter than `brightMagnitude` within `radius` of the optical axis, focal-plane pixels. */
export function drawBrightStars(rng: Rng, field: FieldProperties, radius: number): Star[] {
  const area = squareDegrees(2 * radius, 2 * radius) * (Math.PI / 4);
  const count = rng.poisson(area * countBrighter(starCounts, brightMagnitude) * Math.sqrt(field.starDensity));
  return Array.from({ length: count }, () => {
    const r = radius * Math.sqrt(rng.uniform());
    const angle = rng.uniform(0, 2 * Math.PI);
    const magnitude = drawMagnitude(rng, starCounts, 0, brightMagnitude);
    const flux = fluxOfMagnitude(magnitude, field.band, field.exposureSeconds);
    return { x: r * Math.cos(angle), y: r * Math.sin(angle), flux };
  });
}

/** Fainter stars over a CCD and its margin, CCD pixels. */
export function drawStars(rng: Rng, field: FieldProperties, width: number, height: number): Star[] {
  const { limitMagnitude, starDensity, band, exposureSeconds } = field;
  const area = squareDegrees(width + 2 * starMargin, height + 2 * starMargin);
  const perSquareDegree =
    countBrighter(starCounts, limitMagnitude) - countBrighter(starCounts, brightMagnitude);
  return Array.from({ length: rng.poisson(area * perSquareDegree * starDensity) }, () => ({
    x: rng.uniform(-starMargin, width + starMargin),
    y: rng.uniform(-starMargin, height + starMargin),
    flux: fluxOfMagnitude(
      drawMagnitude(rng, starCounts, brightMagnitude, limitMagnitude),
      band,
      exposureSeconds,
    ),
  }));
}

/**
 * Galaxies over a CCD: half-light radius 10^(0.5 − 0.12 (m − 19))″ × a lognormal scatter of 0.5 (so a few of 20″ and more among the
 * bright), three quarters discs of n ≈ 1, the rest n = 2…4.
 */
export function drawGalaxies(rng: Rng, field: FieldProperties, width: number, height: number): Galaxy[] {
  const { limitMagnitude, galaxyDensity, band, exposureSeconds } = field;
  const count = rng.poisson(
    squareDegrees(width, height) * countBrighter(galaxyCounts, limitMagnitude) * galaxyDensity,
  );
  return Array.from({ length: count }, () => {
    const magnitude = drawMagnitude(rng, galaxyCounts, 0, limitMagnitude);
    const arcsec = 10 ** (0.3 - 0.12 * (magnitude - 19)) * Math.exp(rng.normal(0, 0.5));
    const disc = rng.chance(0.75);
    return {
      x: rng.uniform(0, width),
      y: rng.uniform(0, height),
      flux: fluxOfMagnitude(magnitude, band, exposureSeconds),
      radius: Math.min(arcsec, 60) / pixelScaleArcsec,
      sersicIndex: disc ? rng.pick([0.5, 1, 1, 1.5]) : rng.pick([2, 3, 4]),
      axisRatio: disc ? rng.uniform(0.15, 1) : rng.uniform(0.5, 1),
      angle: rng.uniform(0, Math.PI),
    };
  });
}

/** The exposure's bright stars in the pixels of one CCD, those that can reach it. */
export function brightStarsOnCcd(
  stars: readonly Star[],
  place: CcdPlace,
  width: number,
  height: number,
  reach: number,
): Star[] {
  const originX = place.centreX - (width - 1) / 2;
  const originY = place.centreY - (height - 1) / 2;
  return stars
    .map(({ x, y, flux }) => ({ x: x - originX, y: y - originY, flux }))
    .filter(({ x, y }) => x > -reach && x < width + reach && y > -reach && y < height + reach);
}

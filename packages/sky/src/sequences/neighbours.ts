import type { Star } from '../artifact.ts';
import type { Galaxy } from '../galaxy.ts';
import { countBrighter, drawMagnitude, galaxyCounts, starCounts } from '../number-counts.ts';
import type { Rng } from '../rng.ts';
import { cutoutSize, electronsOfMagnitude, ztfCamera } from './camera.ts';

/** What is around an object and stays there: places in pixels from the object, electrons in a clear exposure. */
export interface Neighbours {
  readonly stars: readonly Star[];
  readonly galaxies: readonly Galaxy[];
}

const brightest = 13;
const faintest = 22.5;
/** Sources are drawn this far beyond a cut-out, pixels. */
const margin = 12;

/** Stars and galaxies around an object by their counts on the sky; the field says how dense its stars are. */
export function drawNeighbours(rng: Rng, starDensity: number): Neighbours {
  const half = cutoutSize / 2 + margin;
  const area = (2 * half * ztfCamera.pixelScaleArcsec) ** 2 / 3600 ** 2;
  const place = () => ({ x: rng.uniform(-half, half), y: rng.uniform(-half, half) });
  const between = (counts: typeof starCounts) =>
    area * (countBrighter(counts, faintest) - countBrighter(counts, brightest));
  const stars = Array.from({ length: rng.poisson(between(starCounts) * starDensity) }, () => ({
    ...place(),
    flux: electronsOfMagnitude(drawMagnitude(rng, starCounts, brightest, faintest)),
  }));
  const galaxies = Array.from({ length: rng.poisson(between(galaxyCounts)) }, () =>
    drawGalaxy(rng, drawMagnitude(rng, galaxyCounts, brightest, faintest), place()),
  );
  return { stars, galaxies };
}

/** A galaxy of a magnitude; its half-light radius follows it with a scatter of 0.4. */
export function drawGalaxy(rng: Rng, magnitude: number, place: { x: number; y: number }): Galaxy {
  const arcsec = 10 ** (0.3 - 0.12 * (magnitude - 19)) * Math.exp(rng.normal(0, 0.4));
  return {
    ...place,
    flux: electronsOfMagnitude(magnitude),
    radius: Math.min(arcsec, 12) / ztfCamera.pixelScaleArcsec,
    sersicIndex: rng.pick([1, 1, 1.5, 2.5, 4]),
    axisRatio: rng.uniform(0.3, 1),
    angle: rng.uniform(0, Math.PI),
  };
}

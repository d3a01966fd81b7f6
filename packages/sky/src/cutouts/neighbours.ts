import { countBrighter, drawMagnitude, galaxyCounts, starCounts } from '../number-counts.ts';
import type { Rng } from '../rng.ts';
import type { SceneLight } from './scene.ts';
import { fluxOf } from './scene.ts';

/** Magnitudes (r) of what lies in a cut-out by chance: anything brighter is drawn on purpose. */
const brightest = 16.5;

/** Stars and galaxies of the field, on a square of this half side around the centre. */
export function drawField(rng: Rng, halfArcsec: number, faintest: number, stars: number): SceneLight[] {
  const squareDegrees = (2 * halfArcsec) ** 2 / 3600 ** 2;
  const count = (counts: typeof starCounts) =>
    rng.poisson(squareDegrees * (countBrighter(counts, faintest) - countBrighter(counts, brightest)));
  const lights: SceneLight[] = [];
  const place = () => ({ x: rng.uniform(-halfArcsec, halfArcsec), y: rng.uniform(-halfArcsec, halfArcsec) });
  const starCount = rng.poisson(stars * count(starCounts));
  for (let k = 0; k < starCount; k++) {
    const r = drawMagnitude(rng, starCounts, brightest, faintest);
    const gr = rng.uniform(0.3, 1.5);
    lights.push({ kind: 'star', ...place(), flux: fluxOf(r + gr, gr, 0.8 * gr), object: false });
  }
  const galaxies = count(galaxyCounts);
  for (let k = 0; k < galaxies; k++) {
    const r = drawMagnitude(rng, galaxyCounts, brightest, faintest);
    const gr = Math.max(-0.1, rng.normal(0.65, 0.35));
    // Half-light radii of field galaxies, with a scatter of a factor of 1.5.
    const radius = Math.max(0.15, 10 ** (0.3 - 0.12 * (r - 19)) * Math.exp(rng.normal(0, 0.4)));
    lights.push({
      ...{
        kind: 'galaxy',
        ...place(),
        flux: fluxOf(r + gr, gr, rng.normal(0.55, 0.3)),
        object: false,
        radius,
      },
      ...{
        sersicIndex: rng.chance(0.7) ? 1 : 3,
        axisRatio: rng.uniform(0.3, 1),
        angle: rng.uniform(0, Math.PI),
      },
    });
  }
  return lights;
}

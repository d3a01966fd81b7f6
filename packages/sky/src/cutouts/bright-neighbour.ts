import type { Rng } from '../rng.ts';
import type { GalaxyLight, SceneLight, StarLight } from './scene.ts';
import { around, fluxOf } from './scene.ts';

/** A star bright enough for its halo to matter, within or beside the cut-out. */
export function brightStar(
  rng: Rng,
  near: number,
  far: number,
  magnitudes: readonly [number, number],
): StarLight {
  const gr = rng.uniform(0.3, 1.3);
  const flux = fluxOf(rng.uniform(magnitudes[0], magnitudes[1]), gr, 0.8 * gr);
  return { kind: 'star', ...around(rng, near, far), flux, object: false };
}

/** A giant early-type galaxy, whose envelope reaches far. */
export function giantGalaxy(rng: Rng, near: number, far: number): GalaxyLight {
  const radius = rng.logUniform(4, 14);
  // Mean surface brightness within the half-light radius of 20.8 to 22.6 mag/arcsec².
  const g = rng.uniform(20.8, 22.6) - 2.5 * Math.log10(2 * Math.PI * radius ** 2);
  return {
    ...{
      kind: 'galaxy',
      ...around(rng, near, far),
      flux: fluxOf(g, rng.normal(0.75, 0.06), rng.normal(0.6, 0.06)),
    },
    ...{ object: false, radius, sersicIndex: rng.uniform(2.5, 4.5), axisRatio: rng.uniform(0.5, 1) },
    angle: rng.uniform(0, Math.PI),
  };
}

/** The bright object that a few galaxies have beside them by chance. */
export function brightNeighbour(rng: Rng): SceneLight[] {
  return [rng.chance(0.6) ? brightStar(rng, 8, 28, [13, 18]) : giantGalaxy(rng, 12, 28)];
}

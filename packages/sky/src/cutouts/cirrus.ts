import type { Rng } from '../rng.ts';
import type { CirrusLight, Scene } from './scene.ts';
import { fluxOf } from './scene.ts';

const none = { magnitudes: null, radiusArcsec: null, ellipticity: null, sersicIndex: null };

/**
 * Galactic cirrus that fills the cut-out. Brightest at 24.2 to 26.2 mag/arcsec² in g; colours after Román et al. 2020 (A&A 644, A42): as red in
 * g − r as galaxies, bluer beyond.
 */
export function drawCirrus(rng: Rng): Scene {
  return { truth: { kind: 'cirrus', ...none }, lights: [cirrusLight(rng, [24.2, 26.2], null)] };
}

/** A bright region of cirrus in the middle, the rest of it fainter around. */
export function cirrusKnot(rng: Rng): Scene {
  return {
    truth: { kind: 'cirrus-knot', ...none },
    lights: [cirrusLight(rng, [24, 25.6], rng.uniform(2, 5.5))],
  };
}

function cirrusLight(rng: Rng, peak: readonly [number, number], knot: number | null): CirrusLight {
  return {
    ...{ kind: 'cirrus', x: 0, y: 0, object: true, seed: rng.uint32(), filaments: rng.uniform(), knot },
    flux: fluxOf(rng.uniform(...peak), rng.normal(0.5, 0.13), rng.normal(0.22, 0.12)),
  };
}

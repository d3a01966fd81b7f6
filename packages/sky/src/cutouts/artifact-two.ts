import type { Rng } from '../rng.ts';
import { brightStar, giantGalaxy } from './bright-neighbour.ts';
import { cirrusKnot } from './cirrus.ts';
import type { GalaxyLight, PlumeLight, Scene, SceneLight, SpiralLight } from './scene.ts';
import { around, fluxOf, magnitudeOfBrightness, times, truthOfGalaxy, truthOfLights } from './scene.ts';

type Draw = (rng: Rng) => Scene;

/**
 * What passes the cuts on measured features and is rejected by eye (DeepShadows, type 2), with shares: compact objects in the diffuse light of
 * bright stars and giant galaxies, knots of spirals, tidal ejecta, bright regions of cirrus, groups of faint galaxies that run together, and galaxies
 * that are a little too small or too concentrated.
 */
const kinds: readonly (readonly [share: number, draw: Draw])[] = [
  [0.27, starHalo],
  [0.13, galaxyHalo],
  [0.11, spiralKnot],
  [0.08, tidalEjecta],
  [0.1, cirrusKnot],
  [0.14, faintGroup],
  [0.17, marginalGalaxy],
];

export function drawArtifactTwo(rng: Rng): Scene {
  let at = rng.uniform();
  for (const [share, draw] of kinds) {
    if (at < share) return draw(rng);
    at -= share;
  }
  return marginalGalaxy(rng);
}

/** Faint compact objects in the halo of a bright star. */
function starHalo(rng: Rng): Scene {
  const distance = rng.uniform(6, 40);
  // A farther star must be brighter for its halo to reach.
  const brightest = 14.4 - 0.08 * distance;
  const star = brightStar(rng, distance, distance, [brightest - 1.5, brightest + 1.8]);
  const lights: SceneLight[] = [...compactObjects(rng, [22.2, 24.2]), star];
  return { truth: truthOfLights('star-halo', lights), lights };
}

/** Faint compact objects in the envelope of a giant galaxy. */
function galaxyHalo(rng: Rng): Scene {
  const lights: SceneLight[] = [...compactObjects(rng, [21.8, 24]), giantGalaxy(rng, 8, 24)];
  return { truth: truthOfLights('galaxy-halo', lights), lights };
}

function compactObjects(rng: Rng, magnitudes: readonly [number, number]): SceneLight[] {
  return Array.from({ length: rng.integer(1, 4) }, (_, k): SceneLight => {
    const at = around(rng, 0, k === 0 ? 0.8 : 3.5);
    const flux = fluxOf(rng.uniform(...magnitudes), rng.normal(0.6, 0.35), rng.normal(0.5, 0.3));
    if (rng.chance(0.25)) return { kind: 'star', ...at, flux, object: true };
    return smallGalaxy(rng, at, flux, [0.4, 2.6]);
  });
}

function smallGalaxy(
  rng: Rng,
  at: { readonly x: number; readonly y: number },
  flux: GalaxyLight['flux'],
  radii: readonly [number, number],
): GalaxyLight {
  return {
    ...{ kind: 'galaxy', ...at, flux, object: true, radius: rng.logUniform(...radii) },
    ...{ sersicIndex: rng.uniform(0.7, 3), axisRatio: rng.uniform(0.4, 1), angle: rng.uniform(0, Math.PI) },
  };
}

/** A knot in the arm of a spiral whose nucleus is beside it. */
function spiralKnot(rng: Rng): Scene {
  const nucleus = around(rng, 7, 26);
  const disc = drawDisc(rng, nucleus, Math.hypot(nucleus.x, nucleus.y));
  const g = rng.uniform(20.4, 22.8);
  const knots = Array.from({ length: rng.integer(1, 3) }, (_, k): SceneLight => {
    const at = k === 0 ? { x: 0, y: 0 } : around(rng, 0.8, 3.5);
    const flux = fluxOf(
      g + (k === 0 ? 0 : rng.uniform(0.3, 1.6)),
      rng.normal(0.2, 0.15),
      rng.normal(0.05, 0.15),
    );
    return smallGalaxy(rng, at, flux, [0.5, 2.4]);
  });
  const lights = [...knots, ...disc];
  return { truth: truthOfLights('spiral-knot', lights), lights };
}

/** A spiral with its bulge; its disc is about as large as it is far from the centre of the cut-out. */
function drawDisc(rng: Rng, at: { readonly x: number; readonly y: number }, distance: number): SceneLight[] {
  const radius = distance * rng.uniform(0.3, 0.55);
  const g = magnitudeOfBrightness(rng.uniform(21.6, 23.4), 1.68 * radius);
  const flux = fluxOf(g, rng.normal(0.45, 0.08), rng.normal(0.4, 0.08));
  const disc: SpiralLight = {
    ...{ kind: 'spiral', ...at, flux, object: false, radius, axisRatio: rng.uniform(0.45, 1) },
    ...{ angle: rng.uniform(0, Math.PI), arms: rng.chance(0.7) ? 2 : rng.integer(3, 4) },
    ...{ pitch: rng.sign() * Math.tan(rng.uniform(0.25, 0.55)), contrast: rng.uniform(0.3, 0.8) },
    ...{ armX: 0, armY: 0, seed: rng.uint32() },
  };
  const bulge: GalaxyLight = {
    ...{ kind: 'galaxy', ...at, flux: fluxOf(g + rng.uniform(1.2, 2.6), 0.8, 0.65), object: false },
    ...{
      radius: 0.3 * radius,
      sersicIndex: rng.uniform(1.5, 3.5),
      axisRatio: disc.axisRatio ** 0.5,
      angle: disc.angle,
    },
  };
  return [disc, bulge];
}

/** A stream torn out of a galaxy beside it. */
function tidalEjecta(rng: Rng): Scene {
  const host: GalaxyLight = { ...giantGalaxy(rng, 9, 20), object: false };
  const distance = Math.hypot(host.x, host.y);
  // A circle through the host and the centre of the cut-out, on either side of the line between them.
  const radius = rng.uniform(0.55, 1.4) * distance;
  const side = rng.sign() * Math.sqrt(Math.max(0, radius ** 2 - distance ** 2 / 4));
  const x = host.x / 2 - (side * host.y) / distance;
  const y = host.y / 2 + (side * host.x) / distance;
  const sigma = rng.uniform(1.2, 3.2);
  const halfLength = rng.uniform(0.35, 0.8);
  // Of a square arcsecond at the ridge.
  const peak = fluxOf(rng.uniform(24, 25.7), rng.normal(0.5, 0.12), rng.normal(0.4, 0.12));
  const plume: PlumeLight = {
    ...{ kind: 'plume', x, y, object: true, radius, angle: Math.atan2(-y, -x), halfLength, sigma },
    flux: times(peak, sigma * Math.sqrt(2 * Math.PI) * radius * halfLength),
  };
  const lights: SceneLight[] = [plume, host];
  return { truth: truthOfLights('tidal', lights), lights };
}

/** Faint galaxies so close together that they look like one. */
function faintGroup(rng: Rng): Scene {
  const spread = rng.uniform(0.8, 3);
  const gr = rng.normal(0.7, 0.3);
  const lights = Array.from({ length: rng.integer(4, 10) }, (): SceneLight => {
    const at = { x: rng.normal(0, spread), y: rng.normal(0, spread) };
    const flux = fluxOf(rng.uniform(22.6, 24.6), gr + rng.normal(0, 0.2), rng.normal(0.6, 0.25));
    return smallGalaxy(rng, at, flux, [0.4, 2.4]);
  });
  return { truth: truthOfLights('group', lights), lights };
}

/** A galaxy just outside the definition: too small, or with a core too bright. */
function marginalGalaxy(rng: Rng): Scene {
  const radius = rng.uniform(1.5, 2.7);
  const g = magnitudeOfBrightness(rng.uniform(23.6, 25.2), radius);
  const galaxy: GalaxyLight = {
    ...smallGalaxy(rng, around(rng, 0, 0.5), fluxOf(g, rng.normal(0.5, 0.2), rng.normal(0.4, 0.2)), [1, 1]),
    radius,
    sersicIndex: rng.uniform(0.8, 4),
  };
  return { truth: truthOfGalaxy('marginal', galaxy), lights: [galaxy] };
}

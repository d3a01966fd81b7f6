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
  const lights: SceneLight[] = [...compactObjects(rng, [22.4, 24.6]), glow(rng, star), star];
  return { truth: truthOfLights('star-halo', lights), lights };
}

/** Faint compact objects in the envelope of a giant galaxy. */
function galaxyHalo(rng: Rng): Scene {
  const giant = giantGalaxy(rng, 12, 30);
  const lights: SceneLight[] = [...compactObjects(rng, [22.2, 24.4]), glow(rng, giant), giant];
  return { truth: truthOfLights('galaxy-halo', lights), lights };
}

/** One to four, the first in the middle. */
function compactObjects(rng: Rng, magnitudes: readonly [number, number]): SceneLight[] {
  return Array.from({ length: rng.integer(1, 4) }, (_, k): SceneLight => {
    const at = around(rng, 0, k === 0 ? 1 : 3.5);
    const flux = fluxOf(rng.uniform(...magnitudes), rng.normal(0.5, 0.3), rng.normal(0.4, 0.25));
    if (rng.chance(0.25)) return { kind: 'star', ...at, flux, object: true };
    return smallGalaxy(rng, at, flux, [0.4, 2.6]);
  });
}

/**
 * The diffuse light that compact objects are taken for one with: what reflections, a halo's structure or an uneven sky leave around them. As faint and as large as
 * a galaxy of the catalogue, stretched along the direction of `cause` or across it.
 */
function glow(rng: Rng, cause: { readonly x: number; readonly y: number } | null): GalaxyLight {
  const radius = rng.uniform(2, 4.8);
  const along = cause === null ? rng.uniform(0, Math.PI) : Math.atan2(cause.y, cause.x);
  return {
    ...{ kind: 'galaxy', ...around(rng, 0, 0.3 * radius), object: true, radius },
    flux: fluxOf(
      magnitudeOfBrightness(rng.uniform(24.5, 26.2), radius),
      rng.normal(0.45, 0.17),
      rng.normal(0.3, 0.15),
    ),
    ...{ sersicIndex: rng.uniform(0.5, 0.9), axisRatio: rng.uniform(0.45, 1) },
    angle: along + (rng.chance(0.5) ? Math.PI / 2 : 0) + rng.normal(0, 0.3),
  };
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
  const nucleus = around(rng, 10, 30);
  const disc = drawDisc(rng, nucleus, Math.hypot(nucleus.x, nucleus.y));
  const knots = Array.from({ length: rng.integer(1, 3) }, (_, k): SceneLight => {
    const at = k === 0 ? { x: 0, y: 0 } : around(rng, 0.8, 4);
    const radius = k === 0 ? rng.uniform(1.6, 3.8) : rng.uniform(0.4, 1.2);
    const g = k === 0 ? magnitudeOfBrightness(rng.uniform(23.6, 25.2), radius) : rng.uniform(22.4, 24);
    return smallGalaxy(rng, at, fluxOf(g, rng.normal(0.25, 0.13), rng.normal(0.12, 0.13)), [radius, radius]);
  });
  const lights = [...knots, ...disc];
  return { truth: truthOfLights('spiral-knot', lights), lights };
}

/** A spiral with its bulge; its disc is about as large as it is far from the centre of the cut-out. */
function drawDisc(rng: Rng, at: { readonly x: number; readonly y: number }, distance: number): SceneLight[] {
  const radius = distance * rng.uniform(0.24, 0.42);
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
  const host = giantGalaxy(rng, 13, 28);
  const distance = Math.hypot(host.x, host.y);
  // A circle through the host and the centre of the cut-out, on either side of the line between them.
  const radius = rng.uniform(0.55, 1.4) * distance;
  const side = rng.sign() * Math.sqrt(Math.max(0, radius ** 2 - distance ** 2 / 4));
  const x = host.x / 2 - (side * host.y) / distance;
  const y = host.y / 2 + (side * host.x) / distance;
  const sigma = rng.uniform(1.3, 3);
  // Of 4 to 11″, whatever the circle.
  const halfLength = rng.uniform(4, 11) / radius;
  // Of a square arcsecond at the ridge.
  const peak = fluxOf(rng.uniform(23.8, 25.5), rng.normal(0.45, 0.13), rng.normal(0.33, 0.12));
  const plume: PlumeLight = {
    ...{ kind: 'plume', x, y, object: true, radius, angle: Math.atan2(-y, -x), halfLength, sigma },
    flux: times(peak, sigma * Math.sqrt(2 * Math.PI) * radius * halfLength),
  };
  const lights: SceneLight[] = [plume, host];
  return { truth: truthOfLights('tidal', lights), lights };
}

/** Faint galaxies so close together that they look like one, with the light between them. */
function faintGroup(rng: Rng): Scene {
  const spread = rng.uniform(0.9, 2.8);
  const gr = rng.normal(0.5, 0.25);
  const members = Array.from({ length: rng.integer(3, 9) }, (): SceneLight => {
    const at = { x: rng.normal(0, spread), y: rng.normal(0, spread) };
    const flux = fluxOf(rng.uniform(22.8, 24.8), gr + rng.normal(0, 0.15), rng.normal(0.4, 0.2));
    return smallGalaxy(rng, at, flux, [0.5, 2.4]);
  });
  const lights = rng.chance(0.5) ? [...members, glow(rng, null)] : members;
  return { truth: truthOfLights('group', lights), lights };
}

/** A galaxy just outside the definition: too small, or with a core too bright. */
function marginalGalaxy(rng: Rng): Scene {
  const radius = rng.uniform(1.7, 2.9);
  const g = magnitudeOfBrightness(rng.uniform(23.7, 25.2), radius);
  const gr = rng.normal(0.42, 0.17);
  const galaxy: GalaxyLight = {
    ...smallGalaxy(rng, around(rng, 0, 0.5), fluxOf(g, gr, gr - 0.1 + rng.normal(0, 0.12)), [radius, radius]),
    sersicIndex: rng.uniform(0.7, 3),
  };
  return { truth: truthOfGalaxy('marginal', galaxy), lights: [galaxy] };
}

import type { Rng } from '../rng.ts';
import { brightStar, giantGalaxy } from './bright-neighbour.ts';
import type { GalaxyLight, Scene, SceneLight } from './scene.ts';
import { around, fluxOf, truthOfGalaxy, truthOfLights } from './scene.ts';

/**
 * What a support vector machine on measured features rejects (DeepShadows, type 1): small or compact galaxies, close pairs, pieces of the halos and
 * spikes of bright stars, outskirts of giant galaxies, trails and nothing but noise.
 */
export function drawArtifactOne(rng: Rng): Scene {
  const at = rng.uniform();
  if (at < 0.38) return smallGalaxy(rng);
  if (at < 0.6) return closePair(rng);
  if (at < 0.78) return starPiece(rng);
  if (at < 0.88) return outskirts(rng);
  if (at < 0.94) return trail(rng);
  return noisePeak(rng);
}

function compact(rng: Rng, reach: number, magnitudes: readonly [number, number]): GalaxyLight {
  const flux = fluxOf(rng.uniform(...magnitudes), rng.normal(0.7, 0.35), rng.normal(0.6, 0.3));
  return {
    ...{ kind: 'galaxy', ...around(rng, 0, reach), flux, object: true, radius: rng.logUniform(0.35, 1.8) },
    ...{ sersicIndex: rng.uniform(0.7, 4), axisRatio: rng.uniform(0.25, 1), angle: rng.uniform(0, Math.PI) },
  };
}

function smallGalaxy(rng: Rng): Scene {
  const galaxy = compact(rng, 0.5, [20, 23.4]);
  return { truth: truthOfGalaxy('small-galaxy', galaxy), lights: [galaxy] };
}

function closePair(rng: Rng): Scene {
  const lights = Array.from({ length: rng.integer(2, 3) }, () => compact(rng, 2.5, [21, 23.8]));
  return { truth: truthOfLights('close-pair', lights), lights };
}

/** A faint object on the wing or the spike of a star in the cut-out. */
function starPiece(rng: Rng): Scene {
  const lights: SceneLight[] = [compact(rng, 1, [22.5, 24.2]), brightStar(rng, 3, 14, [11, 15])];
  return { truth: truthOfLights('star-piece', lights), lights };
}

function outskirts(rng: Rng): Scene {
  const galaxy: GalaxyLight = { ...giantGalaxy(rng, 3, 12), object: true };
  return { truth: truthOfGalaxy('outskirts', galaxy), lights: [galaxy] };
}

/** A satellite that one exposure of one band left in the coadd. */
function trail(rng: Rng): Scene {
  const band = rng.integer(0, 2);
  const one = rng.logUniform(0.05, 0.4);
  const light: SceneLight = {
    ...{
      kind: 'trail',
      ...around(rng, 0, 1),
      angle: rng.uniform(0, Math.PI),
      sigma: rng.uniform(0.6, 1.2),
      object: true,
    },
    flux: [band === 0 ? one : 0, band === 1 ? one : 0, band === 2 ? one : 0],
  };
  const none = { magnitudes: null, radiusArcsec: null, ellipticity: null, sersicIndex: null };
  return { truth: { kind: 'trail', ...none }, lights: [light] };
}

function noisePeak(rng: Rng): Scene {
  const galaxy: GalaxyLight = { ...compact(rng, 0.5, [24.2, 25.5]), radius: rng.uniform(0.5, 2) };
  return { truth: truthOfGalaxy('noise', galaxy), lights: [galaxy] };
}

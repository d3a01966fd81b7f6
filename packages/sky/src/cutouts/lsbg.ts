import type { Rng } from '../rng.ts';
import { brightNeighbour } from './bright-neighbour.ts';
import type { GalaxyLight, Scene, SceneLight } from './scene.ts';
import { around, fluxOf, magnitudeOfBrightness, normalWithin, times, truthOfGalaxy } from './scene.ts';

/** The catalogue's limits: half-light radius in arcsec and mean surface brightness within it, mag/arcsec² in g. */
export const lsbgLimits = { radius: [2.5, 20], brightness: 24.2 } as const;

/**
 * A low-surface-brightness galaxy as DES has them (Tanoglidis et al. 2021, ApJS 252, 18): radii fall steeply from 2.5″ to 20″, surface brightnesses
 * from 24.2 mag/arcsec² on with a median of about 24.9; a third are red, smooth and now and then nucleated, the rest blue and often
 * lopsided, with knots of star formation. One in five has a bright neighbour.
 */
export function drawLsbg(rng: Rng): Scene {
  const red = rng.chance(0.33);
  const radius = Math.min(lsbgLimits.radius[1], lsbgLimits.radius[0] * (1 - rng.uniform()) ** (-1 / 2.6));
  const brightness = lsbgLimits.brightness + drawFaintness(rng);
  const gr = red ? rng.normal(0.55, 0.07) : rng.normal(0.28, 0.09);
  const rz = gr - 0.1 + rng.normal(0, 0.1);
  const flux = fluxOf(magnitudeOfBrightness(brightness, radius), gr, rz);
  const galaxy: GalaxyLight = {
    kind: 'galaxy',
    x: rng.normal(0, 0.35),
    y: rng.normal(0, 0.35),
    flux,
    object: true,
    radius,
    sersicIndex: normalWithin(rng, red ? 1 : 0.9, 0.25, 0.5, 2.5),
    axisRatio: normalWithin(rng, 0.7, 0.17, 0.3, 1),
    angle: rng.uniform(0, Math.PI),
  };
  const lights: SceneLight[] = [galaxy];
  if (red && rng.chance(0.3)) lights.push(nucleus(rng, galaxy));
  if (!red && rng.chance(0.55)) lights.push(...starFormation(rng, galaxy));
  // Its parts share the galaxy's light, so that the catalogue's magnitude is that of the whole.
  const inParts = lights.slice(1).reduce((sum, part) => sum + part.flux[0] / flux[0], 0);
  lights[0] = { ...galaxy, flux: times(flux, Math.max(0.3, 1 - inParts)) };
  const whole: GalaxyLight = { ...galaxy, flux: sumOf(lights) };
  if (rng.chance(0.2)) lights.push(...brightNeighbour(rng));
  return { truth: truthOfGalaxy(red ? 'red' : 'blue', whole), lights };
}

/** Magnitudes beyond the limit: rises over 0.3 mag, then falls by 1/e in 0.65 mag, to 2.8. */
function drawFaintness(rng: Rng): number {
  for (;;) {
    const faint = -0.45 * Math.log(1 - rng.uniform()) - 0.35 * Math.log(1 - rng.uniform());
    if (faint < 2.8) return faint;
  }
}

function nucleus(rng: Rng, { x, y, flux }: GalaxyLight): SceneLight {
  return { kind: 'star', x, y, flux: times(flux, rng.logUniform(0.01, 0.06)), object: true };
}

/** Blue knots over the galaxy, and light to one side. */
function starFormation(rng: Rng, galaxy: GalaxyLight): SceneLight[] {
  const { x, y, flux, radius } = galaxy;
  const knots = Array.from({ length: rng.integer(1, 4) }, (): SceneLight => {
    const at = around(rng, 0.1 * radius, 1.1 * radius);
    const share = rng.logUniform(0.008, 0.05);
    return {
      ...{ kind: 'galaxy', x: x + at.x, y: y + at.y, object: true },
      flux: [share * flux[0], share * flux[1] * 0.85, share * flux[2] * 0.7],
      ...{ radius: rng.uniform(0.2, 0.7), sersicIndex: 1, axisRatio: rng.uniform(0.6, 1), angle: 0 },
    };
  });
  if (rng.chance(0.5)) return knots;
  const side = around(rng, 0.3 * radius, 0.8 * radius);
  return [
    ...knots,
    {
      ...galaxy,
      ...{ x: x + side.x, y: y + side.y, flux: times(flux, rng.uniform(0.1, 0.3)) },
      ...{ radius: radius * rng.uniform(0.4, 0.8), sersicIndex: 0.7, axisRatio: rng.uniform(0.5, 1) },
    },
  ];
}

function sumOf(lights: readonly SceneLight[]): GalaxyLight['flux'] {
  const sum = (b: 0 | 1 | 2) => lights.reduce((total, { flux }) => total + flux[b], 0);
  return [sum(0), sum(1), sum(2)];
}

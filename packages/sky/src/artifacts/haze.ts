import type { ArtifactModel, Star } from '../artifact.ts';
import { drawAmplitude } from './amplitudes.ts';
import { CoarseField } from './coarse-field.ts';
import { focalOrigin, randomFieldPoint } from './place.ts';

export interface HazeParameters {
  /** Peak of the brightest star's halo, sky rms. */
  readonly peak: number;
  /** Where every halo ends, pixels. */
  readonly radius: number;
  /** Radius of its core in units of `radius`. */
  readonly core: number;
  /** Focal-plane pixels; weights in proportion to the flux, so that the sum of all halos peaks at 1. */
  readonly halos: readonly { readonly x: number; readonly y: number; readonly weight: number }[];
  /** Flux of a star whose halo would peak at `peak`, electrons. */
  readonly referenceFlux: number;
  readonly invented: readonly Star[];
}

/**
 * Cirrus or an aureole scatters starlight into a halo of 300–1500 px around every bright star, in proportion to its flux, on all CCDs; the
 * survey's sky subtraction then leaves it too small, with a dark ring. Profile (1 + r²/c²)^(−3/2) less its value at the end, where it
 * meets zero. The brightest star in reach of the CCDs peaks at 0.05–2 × sky rms. An exposure with fewer bright stars than CCDs
 * gets more of them, which the event brings along; the brightest dozen of the other stars on a CCD have their halos too.
 */
export const haze: ArtifactModel<HazeParameters> = {
  className: 'Haze',
  stage: 'photons',
  scope: 'exposure',
  extended: true,
  wholeCcd: false,
  draw(rng, exposure) {
    const peak = drawAmplitude(rng, 'Haze');
    const radius = rng.logUniform(300, 1500);
    const seen = (star: Star) =>
      exposure.ccds.some(
        (ccd) =>
          Math.abs(star.x - ccd.centreX) < exposure.width / 2 + radius / 2 &&
          Math.abs(star.y - ccd.centreY) < exposure.height / 2 + radius / 2,
      );
    const stars = exposure.brightStars.filter(seen);
    const invented: Star[] = [];
    const wanted = exposure.ccds.length;
    const flux = Math.max(2e6 * exposure.exposureSeconds, ...stars.map((star) => star.flux));
    while (stars.length + invented.length < wanted) {
      invented.push({ ...randomFieldPoint(rng, exposure), flux: flux * rng.logUniform(0.3, 1) });
    }
    const all = [...stars, ...invented];
    const brightest = Math.max(...all.map((star) => star.flux));
    const core = rng.uniform(0.3, 0.7);
    // halos that overlap add up: the drawn peak is that of their sum at a star
    const sumAt = (x: number, y: number) =>
      all.reduce(
        (sum, star) =>
          sum + (star.flux / brightest) * halo(Math.hypot(star.x - x, star.y - y) / radius, core),
        0,
      );
    const highest = Math.max(...all.map((star) => sumAt(star.x, star.y)));
    return {
      peak,
      radius,
      core,
      referenceFlux: brightest * highest,
      halos: all.map((star) => ({ x: star.x, y: star.y, weight: star.flux / brightest / highest })),
      invented,
    };
  },
  stars: ({ invented }) => invented,
  render(scene, p, delta) {
    const origin = focalOrigin(scene);
    const field = new CoarseField(scene.width, scene.height, 8);
    const table = haloTable(p.core);
    const scale = (table.length - 2) / (p.radius * p.radius);
    let used = false;
    const halos = p.halos.map(({ x, y, weight }) => ({ x: x - origin.x, y: y - origin.y, weight }));
    for (const { x: cx, y: cy, weight } of [
      ...halos,
      ...halosOfFainterStars(scene.stars, halos, p.referenceFlux),
    ]) {
      if (weight * p.peak < 0.005) continue;
      const [i0, i1] = field.nodesX(cx - p.radius, cx + p.radius);
      const [j0, j1] = field.nodesY(cy - p.radius, cy + p.radius);
      for (let j = j0; j <= j1; j++) {
        const dy = j * field.step - cy;
        for (let i = i0; i <= i1; i++) {
          const dx = i * field.step - cx;
          const s = (dx * dx + dy * dy) * scale;
          if (s >= table.length - 2) continue;
          const k = s | 0;
          field.values[j * field.nx + i] += weight * (table[k] + (s - k) * (table[k + 1] - table[k]));
          used = true;
        }
      }
    }
    if (used) field.addTo(delta, p.peak * scene.skyRms);
  },
};

/** The dozen brightest stars of a CCD that have no halo yet (those are the exposure's bright ones), CCD pixels. */
function halosOfFainterStars(
  stars: readonly Star[],
  taken: readonly { readonly x: number; readonly y: number }[],
  referenceFlux: number,
): { x: number; y: number; weight: number }[] {
  return stars
    .map(({ x, y, flux }) => ({ x, y, weight: Math.min(1, flux / referenceFlux) }))
    .filter(({ x, y, weight }) => weight > 0.02 && !taken.some((one) => Math.hypot(one.x - x, one.y - y) < 2))
    .sort((a, b) => b.weight - a.weight)
    .slice(0, 12);
}

/** The halo's profile at a distance of `r` halo radii: 1 at the star, 0 at its end and beyond. */
function halo(r: number, core: number): number {
  if (r >= 1) return 0;
  const end = (1 + 1 / (core * core)) ** -1.5;
  return ((1 + (r * r) / (core * core)) ** -1.5 - end) / (1 - end);
}

/** The profile sampled uniformly in r² (no square root per pixel). */
function haloTable(core: number): Float64Array {
  const n = 4096;
  return Float64Array.from({ length: n + 2 }, (_, i) => halo(Math.sqrt(i / n), core));
}

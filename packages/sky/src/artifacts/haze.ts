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
  /** Focal-plane pixels; weight = flux over that of the brightest. */
  readonly halos: readonly { readonly x: number; readonly y: number; readonly weight: number }[];
  readonly invented: readonly Star[];
}

/**
 * Cirrus or an aureole scatters starlight into a halo of 300–1500 px around every bright star, in proportion to its flux, on all CCDs; the
 * survey's sky subtraction then leaves it too small, with a dark ring. Profile (1 + r²/c²)^(−3/2) less its value at the end, where it
 * meets zero. The brightest star in reach of the CCDs peaks at 0.05–2 × sky rms. An exposure with fewer than one bright star for every
 * two CCDs gets more of them, which the event brings along.
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
    const wanted = Math.ceil(exposure.ccds.length / 2);
    const flux = Math.max(2e6 * exposure.exposureSeconds, ...stars.map((star) => star.flux));
    while (stars.length + invented.length < wanted) {
      invented.push({ ...randomFieldPoint(rng, exposure), flux: flux * rng.logUniform(0.3, 1) });
    }
    const all = [...stars, ...invented];
    const brightest = Math.max(...all.map((star) => star.flux));
    return {
      peak,
      radius,
      core: rng.uniform(0.3, 0.7),
      halos: all.map((star) => ({ x: star.x, y: star.y, weight: star.flux / brightest })),
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
    for (const halo of p.halos) {
      if (halo.weight * p.peak < 0.005) continue;
      const cx = halo.x - origin.x;
      const cy = halo.y - origin.y;
      const [i0, i1] = field.nodesX(cx - p.radius, cx + p.radius);
      const [j0, j1] = field.nodesY(cy - p.radius, cy + p.radius);
      for (let j = j0; j <= j1; j++) {
        const dy = j * field.step - cy;
        for (let i = i0; i <= i1; i++) {
          const dx = i * field.step - cx;
          const s = (dx * dx + dy * dy) * scale;
          if (s >= table.length - 2) continue;
          const k = s | 0;
          field.values[j * field.nx + i] += halo.weight * (table[k] + (s - k) * (table[k + 1] - table[k]));
          used = true;
        }
      }
    }
    if (used) field.addTo(delta, p.peak * scene.skyRms);
  },
};

/** The halo's profile, 1 at the star and 0 at its end, sampled uniformly in r² (no square root per pixel). */
function haloTable(core: number): Float64Array {
  const n = 4096;
  const table = new Float64Array(n + 2);
  const end = (1 + 1 / (core * core)) ** -1.5;
  for (let i = 0; i <= n; i++) table[i] = ((1 + i / n / (core * core)) ** -1.5 - end) / (1 - end);
  return table;
}

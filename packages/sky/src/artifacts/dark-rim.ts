import type { ArtifactModel, Star } from '../artifact.ts';
import { Rng } from '../rng.ts';
import { randomField } from '../smooth-field.ts';
import { drawAmplitude } from './amplitudes.ts';
import { fluxOfPeak, fullWellElectrons, smoothStep } from './place.ts';
import { CoarseField } from './coarse-field.ts';

/** Stars that make a field crowded: as many, at random over the CCD, N(> flux) ∝ flux^−0.8 between two fluxes in electrons. */
interface Crowd {
  readonly count: number;
  readonly faintest: number;
  readonly brightest: number;
  readonly seed: number;
  readonly width: number;
  readonly height: number;
}

export interface DarkRimParameters {
  /** Depth where it is darkest, sky rms. */
  readonly peak: number;
  /** Where the CCD is dark: one edge, two that meet, all four, or a corner. */
  readonly form: 'edge' | 'two edges' | 'frame' | 'corner';
  /** Which edge (0 to 3: low x, low y, high x, high y; the next one too for two) or corner (between an edge and the next). */
  readonly first: number;
  /** Pixels over which it fades from the edge, or twice as many from a corner. */
  readonly width: number;
  /** Seed of its unevenness along the edge. */
  readonly seed: number;
  readonly crowd: Crowd;
}

/**
 * Between the stars of a crowded field there is no sky to be measured; at the edges of the CCD, where the estimate has neighbours on one
 * side only, it comes out too high: a smooth dark rim or corner, 200–400 px wide, −0.2…−2 × sky rms. The event brings the stars of its
 * field along (one in 800 to 8000 pixels): the sparse ones say that it is not the crowding that is looked for.
 * Source: Melchior et al. 2016 (Astronomy and Computing 16, 99), the Exposure Checker's example (a corner).
 */
export const darkRim: ArtifactModel<DarkRimParameters> = {
  className: 'Dark rim',
  stage: 'sky',
  scope: 'ccd',
  extended: false,
  wholeCcd: false,
  draw(rng, exposure) {
    const { width, height, skyRms, fwhmPixels } = exposure;
    return {
      peak: drawAmplitude(rng, 'Dark rim'),
      form: rng.pick(['edge', 'two edges', 'frame', 'corner']),
      first: rng.integer(0, 3),
      width: rng.logUniform(200, 400),
      seed: rng.uint32(),
      crowd: {
        count: Math.round(rng.logUniform(1 / 8000, 1 / 800) * width * height),
        faintest: fluxOfPeak(skyRms, fwhmPixels),
        brightest: fluxOfPeak(fullWellElectrons, fwhmPixels),
        seed: rng.uint32(),
        width,
        height,
      },
    };
  },
  stars: ({ crowd }) => crowdStars(crowd),
  render(scene, p, delta) {
    const { width, height } = scene;
    const field = new CoarseField(width, height, 16);
    const { step, nx, ny, values } = field;
    const uneven = randomField(new Rng(p.seed), width, height, 300);
    let darkest = 0;
    for (let j = 0; j < ny; j++) {
      const y = Math.min(j * step, height - 1);
      for (let i = 0; i < nx; i++) {
        const x = Math.min(i * step, width - 1);
        const rim = rimAt(p, [x, y, width - 1 - x, height - 1 - y]);
        if (rim === 0) continue;
        const value = rim * Math.max(0, 1 + 0.25 * uneven.values[j * uneven.nx + i]);
        values[j * nx + i] = value;
        darkest = Math.max(darkest, value);
      }
    }
    if (darkest > 0) field.addTo(delta, (-p.peak * scene.skyRms) / darkest);
  },
};

/** 1 at the edge or corner, 0 where the rim ends; from the distances to the four edges. */
function rimAt({ form, first, width }: DarkRimParameters, distances: readonly number[]): number {
  const a = distances[first];
  const b = distances[(first + 1) % 4];
  if (form === 'corner') return 1 - smoothStep(0, 2 * width, Math.hypot(a, b));
  const near = form === 'edge' ? a : form === 'two edges' ? Math.min(a, b) : Math.min(...distances);
  return 1 - smoothStep(0, width, near);
}

function crowdStars({ count, faintest, brightest, seed, width, height }: Crowd): Star[] {
  const rng = new Rng(seed);
  const slope = 0.8;
  const rare = (faintest / brightest) ** slope;
  return Array.from({ length: count }, () => ({
    x: rng.uniform(0, width - 1),
    y: rng.uniform(0, height - 1),
    flux: faintest * rng.uniform(rare, 1) ** (-1 / slope),
  }));
}

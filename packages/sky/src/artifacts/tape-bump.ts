import type { ArtifactModel } from '../artifact.ts';
import { Rng } from '../rng.ts';
import { drawAmplitude } from './amplitudes.ts';
import { CoarseField } from './coarse-field.ts';
import { smoothStep } from './place.ts';

export interface TapeBumpParameters {
  /** Largest change, per cent of the sky. */
  readonly peak: number;
  readonly sign: 1 | -1;
  /** How far the spots lie from where the flat has them, pixels: 0 for a flat without them, else the bumps are bipolar. */
  readonly shift: number;
  /** Direction of the shift, radians. */
  readonly angle: number;
}

/** A spot of tape, fixed per CCD: centre and radius in pixels, `ring` the width of its ring (0: a disc), `strength` up to 1. */
interface Spot {
  readonly x: number;
  readonly y: number;
  readonly radius: number;
  readonly ring: number;
  readonly strength: number;
}

/** Seed of the detectors: the spots of each CCD are the same in every exposure ever simulated. */
const tapeSeed = 20120912;

/**
 * Six spots of double-sided tape under each CCD, three along either long edge, strain the silicon: rings or discs 100–150 px across, ±0.3–3 % of
 * the sky, bipolar where the flat has them shifted. Places and shapes are fixed per CCD for ever (a function of CCDNUM alone); strength,
 * sign and shift are the event's.
 * Source: Plazas et al. 2014 (PASP 126, 750), section on tape bumps; Flaugher et al. 2015 (AJ 150, 150); the Exposure Checker's example.
 */
export const tapeBump: ArtifactModel<TapeBumpParameters> = {
  className: 'Tape bump',
  stage: 'readout',
  scope: 'ccd',
  extended: false,
  wholeCcd: false,
  draw(rng) {
    return {
      peak: drawAmplitude(rng, 'Tape bump'),
      sign: rng.sign(),
      shift: rng.chance(0.4) ? rng.uniform(4, 20) : 0,
      angle: rng.uniform(0, 2 * Math.PI),
    };
  },
  render(scene, p, delta) {
    const { width, height } = scene;
    const field = new CoarseField(width, height, 4);
    const { step, nx, values } = field;
    const shiftX = p.shift * Math.cos(p.angle);
    const shiftY = p.shift * Math.sin(p.angle);
    let largest = 0;
    for (const spot of spots(scene.place.ccdnum, width, height)) {
      const reach = 1.5 * spot.radius + p.shift;
      const [i0, i1] = field.nodesX(spot.x - reach, spot.x + reach);
      const [j0, j1] = field.nodesY(spot.y - reach, spot.y + reach);
      for (let j = j0; j <= j1; j++) {
        const dy = j * step - spot.y;
        for (let i = i0; i <= i1; i++) {
          const dx = i * step - spot.x;
          const bump = spotAt(spot, Math.hypot(dx - shiftX, dy - shiftY));
          const value = bump - (p.shift > 0 ? spotAt(spot, Math.hypot(dx, dy)) : 0);
          const at = j * nx + i;
          values[at] += value;
          largest = Math.max(largest, Math.abs(values[at]));
        }
      }
    }
    if (largest > 0) field.addTo(delta, (p.sign * (p.peak / 100) * scene.skyLevel) / largest);
  },
};

function spots(ccdnum: number, width: number, height: number): Spot[] {
  const rng = new Rng(tapeSeed, ccdnum);
  const ring = rng.chance(0.7);
  return Array.from({ length: 6 }, (_, k) => {
    const inset = rng.uniform(80, 140);
    return {
      x: k < 3 ? inset : width - 1 - inset,
      y: height * ((k % 3) / 3 + 1 / 6 + rng.uniform(-0.03, 0.03)),
      radius: rng.uniform(50, 75),
      ring: ring ? rng.uniform(16, 26) : 0,
      strength: rng.uniform(0.4, 1),
    };
  });
}

/** The spot at a distance from its centre: a disc with soft ends, or a ring inside `radius` with a shallower inside. */
function spotAt({ radius, ring, strength }: Spot, distance: number): number {
  const disc = 1 - smoothStep(radius - 12, radius + 6, distance);
  const hole = ring === 0 ? 0 : 1 - smoothStep(radius - ring - 12, radius - ring + 6, distance);
  return strength * (disc - 0.85 * hole);
}

import type { ArtifactModel } from '../artifact.ts';
import { Rng } from '../rng.ts';
import { drawAmplitude } from './amplitudes.ts';
import { CoarseField } from './coarse-field.ts';

export interface FringingParameters {
  /** Amplitude of the brightest fringe, sky rms. */
  readonly peak: number;
  /** Sign of the residue: fringes left over or taken off twice. */
  readonly sign: 1 | -1;
}

/** Seed of the silicon: the thickness of each CCD is the same in every exposure ever simulated. */
const waferSeed = 20130831;

/**
 * Night-sky OH lines interfere in the silicon, whose thickness varies by micrometres over a CCD: bright and dark contours of equal thickness,
 * closed around its hills and hollows, period 25–65 px, in z and Y only. The contours are fixed per CCD for ever (a function of CCDNUM
 * alone); one amplitude holds for the exposure, 0.1–1 × sky rms, stronger here and weaker there on a CCD.
 * Source: Bernstein et al. 2017 (PASP 129, 114502), section on fringes; the Exposure Checker's example.
 */
export const fringing: ArtifactModel<FringingParameters> = {
  className: 'Fringing',
  stage: 'photons',
  scope: 'exposure',
  extended: false,
  wholeCcd: true,
  bands: ['z', 'Y'],
  draw(rng) {
    return { peak: drawAmplitude(rng, 'Fringing'), sign: rng.sign() };
  },
  render(scene, p, delta) {
    const { width, height } = scene;
    const wafer = new Rng(waferSeed, scene.place.ccdnum);
    const phase = smoothPhase(wafer, width, height);
    const envelope = smoothPhase(wafer, width, height);
    for (let i = 0; i < envelope.values.length; i++) {
      envelope.values[i] = 0.7 + 0.3 * cosine(0.12 * envelope.values[i]);
    }
    const field = new CoarseField(width, height, 4);
    const ratio = phase.step / field.step;
    const turns = new Float64Array(phase.nx);
    const strength = new Float64Array(phase.nx);
    for (let j = 0; j < field.ny; j++) {
      interpolateRow(phase, j / ratio, turns);
      interpolateRow(envelope, j / ratio, strength);
      const base = j * field.nx;
      for (let a = 0; a < phase.nx - 1; a++) {
        const dTurns = (turns[a + 1] - turns[a]) / ratio;
        const dStrength = (strength[a + 1] - strength[a]) / ratio;
        // the last cell takes the node on its far side too
        const n = a === phase.nx - 2 ? ratio + 1 : ratio;
        for (let k = 0, i = a * ratio; k < n && i < field.nx; k++, i++) {
          field.values[base + i] = cosine(turns[a] + k * dTurns) * (strength[a] + k * dStrength);
        }
      }
    }
    field.addTo(delta, p.sign * p.peak * scene.skyRms);
  },
};

/** The field's values at (possibly fractional) node row v, linear between rows. */
function interpolateRow(field: CoarseField, v: number, out: Float64Array): void {
  const { nx, ny, values } = field;
  const j = Math.min(ny - 2, Math.floor(v));
  const f = v - j;
  for (let i = 0; i < nx; i++)
    out[i] = values[j * nx + i] + f * (values[(j + 1) * nx + i] - values[j * nx + i]);
}

/**
 * Thickness in fringes: a sum of plane waves of 1400–4000 px with random directions, scaled so that the steepest common slope is a fringe in 25 px
 * (rms slope one in 50). Sampled every 16 px, over which it bends by a hundredth of a fringe.
 */
function smoothPhase(rng: Rng, width: number, height: number): CoarseField {
  const field = new CoarseField(width, height, 16);
  const waves = Array.from({ length: 7 }, () => {
    const wavelength = rng.logUniform(1400, 4000);
    const direction = rng.uniform(0, 2 * Math.PI);
    const kx = (2 * Math.PI * Math.cos(direction)) / wavelength;
    const ky = (2 * Math.PI * Math.sin(direction)) / wavelength;
    return { kx, ky, offset: rng.uniform(0, 2 * Math.PI), weight: rng.uniform(0.5, 1) * wavelength };
  });
  const slope2 = waves.reduce((sum, w) => sum + 0.5 * w.weight ** 2 * (w.kx ** 2 + w.ky ** 2), 0);
  const scale = 1 / 50 / Math.sqrt(slope2);
  for (const { kx, ky, offset, weight } of waves) {
    const amplitude = weight * scale;
    for (let j = 0; j < field.ny; j++) {
      // sin(a + b) by rotation along the row: one sine a row
      const start = offset + ky * j * field.step;
      let s = Math.sin(start);
      let c = Math.cos(start);
      const ds = Math.sin(kx * field.step);
      const dc = Math.cos(kx * field.step);
      for (let i = 0; i < field.nx; i++) {
        field.values[j * field.nx + i] += amplitude * s;
        const next = s * dc + c * ds;
        c = c * dc - s * ds;
        s = next;
      }
    }
  }
  return field;
}

const cosines = Float32Array.from({ length: 4096 }, (_, i) => Math.cos((2 * Math.PI * i) / 4096));

/** Cosine of a number of turns, from a table of 4096. */
function cosine(turns: number): number {
  return cosines[Math.floor(turns * 4096) & 4095];
}

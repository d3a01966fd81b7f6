import type { ArtifactModel } from '../artifact.ts';
import type { Rng } from '../rng.ts';
import { drawAmplitude } from './amplitudes.ts';
import { CoarseField } from './coarse-field.ts';
import { focalOrigin } from './place.ts';

/** A plane wave on the focal plane: radians a pixel along x and y, and the phase on the optical axis. */
interface Wave {
  readonly kx: number;
  readonly ky: number;
  readonly phase: number;
}

export interface WavySkyParameters {
  /** Amplitude of the undulations where they are strongest, sky rms. */
  readonly peak: number;
  readonly wave: Wave;
  /** What bends the crests, by up to `bend` radians, and what makes them higher here and lower there. */
  readonly bending: Wave;
  readonly bend: number;
  readonly envelope: Wave;
}

/**
 * Diagonal undulations of the sky of 400–1000 px, ±0.1–0.5 × sky rms, coherent over all CCDs; their cause is unknown. Crests bend and
 * swell on scales of a few wavelengths. They are in the pixels before the survey's sky subtraction, which takes most of the long ones away.
 * Source: Melchior et al. 2016 (Astronomy and Computing 16, 99), the Exposure Checker's example.
 */
export const wavySky: ArtifactModel<WavySkyParameters> = {
  className: 'Wavy sky',
  stage: 'readout',
  scope: 'exposure',
  extended: true,
  wholeCcd: true,
  draw(rng) {
    const wavelength = rng.logUniform(400, 1000);
    const diagonal = rng.uniform(0.25, 0.75) * (Math.PI / 2);
    const angle = rng.chance(0.5) ? diagonal : -diagonal;
    return {
      peak: drawAmplitude(rng, 'Wavy sky'),
      wave: drawWave(rng, wavelength, angle),
      bending: drawWave(rng, wavelength * rng.uniform(3, 6), rng.uniform(0, 2 * Math.PI)),
      bend: rng.uniform(0.3, 1.2),
      envelope: drawWave(rng, wavelength * rng.uniform(2, 5), rng.uniform(0, 2 * Math.PI)),
    };
  },
  render(scene, p, delta) {
    const origin = focalOrigin(scene);
    // 25 nodes or more a wave
    const field = new CoarseField(scene.width, scene.height, 16);
    const { step, nx, ny, values } = field;
    for (let j = 0; j < ny; j++) {
      const y = origin.y + j * step;
      for (let i = 0; i < nx; i++) {
        const x = origin.x + i * step;
        const bent = p.bend * Math.sin(phaseAt(p.bending, x, y));
        const height = 0.6 + 0.4 * Math.sin(phaseAt(p.envelope, x, y));
        values[j * nx + i] = height * Math.sin(phaseAt(p.wave, x, y) + bent);
      }
    }
    field.addTo(delta, p.peak * scene.skyRms);
  },
};

function drawWave(rng: Rng, wavelength: number, angle: number): Wave {
  const k = (2 * Math.PI) / wavelength;
  return { kx: k * Math.cos(angle), ky: k * Math.sin(angle), phase: rng.uniform(0, 2 * Math.PI) };
}

function phaseAt({ kx, ky, phase }: Wave, x: number, y: number): number {
  return kx * x + ky * y + phase;
}

import type { ArtifactModel } from '../artifact.ts';
import { Rng } from '../rng.ts';
import { drawAmplitude } from './amplitudes.ts';

export interface AmplifierJumpParameters {
  /** Height of the step between the amplifiers, sky rms. */
  readonly peak: number;
  /** The amplifier that is wrong (`left`: x < width / 2), and the sign of its error. */
  readonly amplifier: 'left' | 'right';
  readonly sign: 1 | -1;
  /** Relative change of the step from the first row to the last, and how much of it wanders. */
  readonly drift: number;
  readonly wander: number;
  readonly seed: number;
}

/**
 * One amplifier's gain, bias or linearity is off: a step of 0.05–2 × sky rms exactly between x = width/2 − 1 and width/2 over the full height.
 * It is drawn as a constant error of one half, read out before the survey's sky subtraction; that leaves it antisymmetric about the
 * boundary and fading within ±300 px, half the step on either side. A gain error's share in the stars (their flux off by 0.1–5 %) is
 * left out: no pixel looks wrong for it. The step may drift along y by up to a third and wander a little.
 */
export const amplifierJump: ArtifactModel<AmplifierJumpParameters> = {
  className: 'A/B jump',
  stage: 'readout',
  scope: 'ccd',
  extended: true,
  wholeCcd: false,
  draw(rng) {
    return {
      peak: drawAmplitude(rng, 'A/B jump'),
      amplifier: rng.chance(0.5) ? 'left' : 'right',
      sign: rng.sign(),
      drift: rng.chance(0.3) ? rng.uniform(-0.35, 0.35) : 0,
      wander: rng.chance(0.3) ? rng.uniform(0, 0.1) : 0,
      seed: rng.uint32(),
    };
  },
  render(scene, p, delta) {
    const { width, height } = scene;
    const rng = new Rng(p.seed);
    const from = p.amplifier === 'left' ? 0 : width >> 1;
    const to = p.amplifier === 'left' ? width >> 1 : width;
    const level = p.sign * p.peak * scene.skyRms;
    let wander = 0;
    for (let y = 0; y < height; y++) {
      wander = 0.995 * wander + 0.1 * rng.normal();
      const along = 1 - Math.abs(p.drift) / 2 + p.drift * (y / height - 0.5);
      const value = level * Math.min(1, along * (1 + p.wander * wander));
      const base = y * width;
      for (let x = from; x < to; x++) delta[base + x] += value;
    }
  },
};

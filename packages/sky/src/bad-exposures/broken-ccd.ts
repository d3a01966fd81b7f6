import type { ArtifactModel } from '../artifact.ts';
import { addNoise } from '../noise.ts';
import { Rng } from '../rng.ts';

export interface BrokenCcdParameters {
  /** `dead`: no charge; `flat`: the charge of a lamp, no sky; `noisy`: noise of its own; `gain`: all pixels a share brighter or darker. */
  readonly form: 'dead' | 'flat' | 'noisy' | 'gain';
  /** The half that is broken, or both. */
  readonly side: 'left' | 'right' | 'both';
  /** Electrons (`dead`, `flat`), × sky rms (`noisy`), or a share with its sign (`gain`). */
  readonly level: number;
  /** Noise where there is no light, electrons. */
  readonly noise: number;
  readonly seed: number;
}

/** A CCD or one of its amplifiers that does not work. */
export const brokenCcd: ArtifactModel<BrokenCcdParameters> = {
  className: 'broken CCD',
  stage: 'readout',
  scope: 'ccd',
  extended: false,
  wholeCcd: true,
  draw: () => {
    throw new RangeError('brokenCcd: its parameters are drawn with the exposure');
  },
  render(scene, p, delta) {
    const { width, height, electrons, skyRms } = scene;
    const half = width >> 1;
    const from = p.side === 'right' ? half : 0;
    const to = p.side === 'left' ? half : width;
    const noise = new Float32Array(width * height);
    const scatter = p.form === 'noisy' ? p.level * skyRms : p.form === 'gain' ? 0 : p.noise;
    if (scatter > 0) addNoise(noise, width, height, [scatter, scatter], new Rng(p.seed));
    const lit = p.form === 'dead' || p.form === 'flat';
    for (let y = 0; y < height; y++)
      for (let x = from, at = y * width + from; x < to; x++, at++) {
        const change = lit ? p.level - electrons[at] : p.form === 'gain' ? p.level * electrons[at] : 0;
        delta[at] = change + noise[at];
      }
  },
};

import { estimateBackground, renderBackground } from '@blemish/imaging';
import type { ArtifactModel } from '../artifact.ts';
import { detectorOf, meanGain } from '../detector.ts';
import { Rng } from '../rng.ts';

export interface FailedSkyParameters {
  /** `blocks`: each block of `mesh` pixels has an error of its own; `eaten`: a mesh finer than the sources, which takes them for sky. */
  readonly form: 'blocks' | 'eaten';
  readonly mesh: number;
  /** Rms of the blocks' errors, sky rms. */
  readonly level: number;
  /** Share of blocks in error. */
  readonly share: number;
  readonly seed: number;
}

/**
 * A sky subtraction that failed: detections are far from what the field should have, by spurious ones at the seams of blocks or by sources
 * that were taken for sky. The level of the sky itself stays in the pixels, so that it does not give the failure away.
 */
export const failedSky: ArtifactModel<FailedSkyParameters> = {
  className: 'failed sky subtraction',
  stage: 'sky',
  scope: 'exposure',
  extended: false,
  wholeCcd: true,
  draw: () => {
    throw new RangeError('failedSky: its parameters are drawn with the exposure');
  },
  render(scene, p, delta) {
    const { width, height, electrons, skyRms, place } = scene;
    if (p.form === 'eaten') {
      // Pixels are ADU by now, changes electrons.
      const gain = meanGain(detectorOf(place));
      const background = estimateBackground({ width, height, data: electrons }, { mesh: p.mesh, filter: 1 });
      renderBackground(background, delta);
      for (let i = 0; i < delta.length; i++) delta[i] = (background.globalLevel - delta[i]) * gain;
      return;
    }
    const rng = new Rng(p.seed, place.ccdnum);
    const columns = Math.ceil(width / p.mesh);
    const errors = Float32Array.from({ length: columns * Math.ceil(height / p.mesh) }, () => {
      const error = p.level * skyRms * rng.normal();
      return rng.chance(p.share) ? error : 0;
    });
    for (let y = 0, at = 0; y < height; y++) {
      const row = Math.floor(y / p.mesh) * columns;
      for (let x = 0; x < width; x++, at++) delta[at] = errors[row + Math.floor(x / p.mesh)];
    }
  },
};

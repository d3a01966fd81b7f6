import type { ArtifactModel } from '../artifact.ts';
import { drawAmplitude } from './amplitudes.ts';
import { saturatedFlux } from './bright-star.ts';
import { trailProfile } from './trail-profile.ts';

export interface ShutterParameters {
  /** Level of the trail of a star three times too bright for the full well, sky rms. */
  readonly peak: number;
  /** Flux of that star, electrons. */
  readonly referenceFlux: number;
  /** Rows shifted while the shutter was still open, as a fraction of the height. */
  readonly rows: number;
}

/**
 * The shutter is still open while the CCDs are read: every star goes on shining on rows that move towards the serial register, and so draws a
 * trail along y away from it, as wide as the PSF, in proportion to its flux, on one side only. The register lies at opposite ends on the two
 * halves of the focal plane, and with it the direction. Row after row is shifted at an even pace, so that the trail is even up to its
 * end. Source: the Exposure Checker's class of this name; read-out directions of Flaugher et al. 2015 (AJ 150, 150).
 */
export const shutter: ArtifactModel<ShutterParameters> = {
  className: 'Shutter',
  stage: 'photons',
  scope: 'exposure',
  extended: false,
  wholeCcd: true,
  draw(rng, exposure) {
    return {
      peak: drawAmplitude(rng, 'Shutter'),
      referenceFlux: saturatedFlux(3, exposure),
      rows: rng.logUniform(0.1, 1),
    };
  },
  render(scene, p, delta) {
    const { width, height, place } = scene;
    const profile = trailProfile(scene.fwhmPixels, 0, 0.005);
    const away = place.readoutEdge === 'bottom' ? 1 : -1;
    const length = p.rows * height;
    for (const star of scene.stars) {
      const level = p.peak * scene.skyRms * (star.flux / p.referenceFlux);
      // Below this the trails of all faint stars together are a little more sky.
      if (level < 0.05 * scene.skyRms) continue;
      const first = Math.max(0, Math.ceil(star.x - profile.reach));
      const last = Math.min(width - 1, Math.floor(star.x + profile.reach));
      for (let k = 0; k < length; k++) {
        const y = Math.round(star.y) + away * k;
        if (y < 0 || y >= height) continue;
        // the end is as soft as the star is wide
        const value = level * Math.min(1, (length - k) / scene.fwhmPixels);
        for (let x = first; x <= last; x++) {
          const at = Math.abs(x - star.x) * profile.samplesPerPixel;
          const i = Math.floor(at);
          const cross = profile.values[i] + (at - i) * (profile.values[i + 1] - profile.values[i]);
          delta[y * width + x] += value * cross;
        }
      }
    }
  },
};

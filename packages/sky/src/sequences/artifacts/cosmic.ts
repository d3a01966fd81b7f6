import { cosmicRay } from '../../artifacts/cosmic-ray.ts';
import type { CosmicRayTrack } from '../../artifacts/cosmic-ray.ts';
import type { SequenceArtifact } from '../artifact.ts';
import { drawFrames } from '../artifact.ts';
import { cutoutSize } from '../camera.ts';
import { asCcdScene } from './scene.ts';

export interface CosmicParameters {
  readonly tracks: ReadonlyMap<number, CosmicRayTrack>;
}

/** A cosmic ray on the object in one frame, now and then in two: spots, worms and muons as in exposures. 15–600 × sky rms. */
export const cosmic: SequenceArtifact<CosmicParameters> = {
  draw(rng, context) {
    const tracks = new Map<number, CosmicRayTrack>();
    for (const frame of drawFrames(rng, context, rng.chance(0.85) ? 0 : 1)) {
      const kind = rng.pick(['muon', 'worm', 'spot'] as const);
      const sigmaStart = rng.uniform(0.3, 0.45);
      tracks.set(frame, {
        kind,
        x: 0.5 + rng.normal(0, 2) / cutoutSize,
        y: 0.5 + rng.normal(0, 2) / cutoutSize,
        angle: rng.uniform(0, 2 * Math.PI),
        lengthPixels: kind === 'muon' ? rng.logUniform(3, 40) : kind === 'worm' ? rng.logUniform(4, 20) : 0,
        peak: rng.logUniform(15, 600),
        sigmaStart,
        sigmaEnd: rng.uniform(sigmaStart, 0.65),
        seed: rng.uint32(),
      });
    }
    return { tracks };
  },
  render(scene, { tracks }) {
    const track = tracks.get(scene.frame);
    if (track) cosmicRay.render!(asCcdScene(scene), { tracks: [track] }, scene.plane);
  },
};

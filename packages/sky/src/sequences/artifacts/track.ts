import { satellite } from '../../artifacts/satellite.ts';
import type { SatelliteParameters } from '../../artifacts/satellite.ts';
import type { SequenceArtifact } from '../artifact.ts';
import { drawFrames } from '../artifact.ts';
import { asCcdScene } from './scene.ts';

/** A trail through each of some frames, from the object's place on. */
export interface TrackParameters {
  readonly trails: ReadonlyMap<number, SatelliteParameters>;
}

/** Satellites and aircraft: half of the objects have one such frame, the others up to four. 3–300 × sky rms. */
export const track: SequenceArtifact<TrackParameters> = {
  draw(rng, context) {
    const frames = drawFrames(rng, context, rng.chance(0.5) ? 0 : rng.integer(1, 3));
    const trails = new Map<number, SatelliteParameters>();
    for (const frame of frames) {
      const variation = rng.pick(['steady', 'steady', 'drift', 'tumbling'] as const);
      trails.set(frame, {
        x: rng.normal(0, 1.5),
        y: rng.normal(0, 1.5),
        angle: rng.uniform(0, Math.PI),
        peak: rng.logUniform(3, 300),
        blurPixels: rng.uniform(0, 3),
        start: -1e6,
        end: 1e6,
        variation,
        period: rng.logUniform(15, 200),
        floor: rng.uniform(0.2, 0.8),
      });
    }
    return { trails };
  },
  render(scene, { trails }) {
    const trail = trails.get(scene.frame);
    if (!trail) return;
    const placed = { ...trail, x: trail.x + scene.objectX, y: trail.y + scene.objectY };
    satellite.render!(asCcdScene(scene), placed, scene.plane);
  },
};

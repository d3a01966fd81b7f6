import { outOfFocus } from '../../artifacts/out-of-focus.ts';
import type { OutOfFocusParameters } from '../../artifacts/out-of-focus.ts';
import type { SequenceArtifact } from '../artifact.ts';
import { drawFrames } from '../artifact.ts';
import { cutoutSize } from '../camera.ts';
import { asCcdScene } from './scene.ts';

export interface DefocusingParameters {
  readonly donuts: ReadonlyMap<number, OutOfFocusParameters>;
}

/** Frames whose focus was lost, one to a twentieth of them: each source is the image of the pupil, 4.5–16 px wide. */
export const defocusing: SequenceArtifact<DefocusingParameters> = {
  draw(rng, context) {
    const share = rng.uniform(0, 0.05);
    const more = rng.chance(0.15) ? 0 : Math.ceil(share * context.exposures.length);
    const donuts = new Map<number, OutOfFocusParameters>();
    for (const frame of drawFrames(rng, context, more))
      donuts.set(frame, {
        diameter: rng.logUniform(4.5, 16),
        tiltX: 0,
        tiltY: 0,
        coma: rng.uniform(0, 0.6),
        comaAngle: rng.uniform(0, 2 * Math.PI),
      });
    return { donuts };
  },
  render(scene, { donuts }) {
    const donut = donuts.get(scene.frame);
    if (!donut) return;
    const { size, values } = outOfFocus.kernel!(donut, asCcdScene(scene).place);
    const margin = (size - 1) / 2;
    const side = cutoutSize + 2 * margin;
    const light = scene.light(margin);
    for (let y = 0; y < cutoutSize; y++)
      for (let x = 0; x < cutoutSize; x++) {
        let sum = 0;
        for (let j = 0; j < size; j++)
          for (let i = 0, at = (y + j) * side + x; i < size; i++) sum += values[j * size + i] * light[at + i];
        scene.plane[y * cutoutSize + x] = sum;
      }
  },
};

import type { SequenceArtifact } from '../artifact.ts';
import { electronsOfMagnitude } from '../camera.ts';
import { addBrightStar } from './star-light.ts';
import type { BrightStar } from './star-light.ts';

/** A star of 8–11.5 mag within 25 px: the object is a bump on its wings. */
export const brightStar: SequenceArtifact<BrightStar> = {
  draw(rng) {
    const angle = rng.uniform(0, 2 * Math.PI);
    const distance = rng.uniform(5, 25);
    const magnitude = rng.uniform(8, 11.5);
    return {
      dx: distance * Math.cos(angle),
      dy: distance * Math.sin(angle),
      flux: electronsOfMagnitude(magnitude),
      bleedLength: 2 + 14 * 10 ** (-0.2 * (magnitude - 9.5)),
      bleedWidth: rng.uniform(2, 5),
    };
  },
  render: addBrightStar,
};

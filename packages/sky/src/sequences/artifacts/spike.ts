import { fluxOfSpike } from '../../psf.ts';
import type { SequenceArtifact } from '../artifact.ts';
import { ztfCamera } from '../camera.ts';
import { addBrightStar } from './star-light.ts';
import type { BrightStar } from './star-light.ts';

/** A diffraction spike of a star of about 4–8 mag, 20–90 px off, that runs over the object or close by. */
export const spike: SequenceArtifact<BrightStar> = {
  draw(rng, { spikeAngle }) {
    const angle = spikeAngle + (rng.integer(0, 3) * Math.PI) / 2;
    const distance = rng.uniform(20, 90);
    const aside = rng.normal(0, 1.5);
    // 15–150 DN above the sky on the spike's ridge where the object is, in usual seeing.
    const flux = fluxOfSpike(rng.logUniform(15, 150) * ztfCamera.gain, distance, 2);
    return {
      dx: -distance * Math.cos(angle) - aside * Math.sin(angle),
      dy: -distance * Math.sin(angle) + aside * Math.cos(angle),
      ...{ flux, bleedLength: rng.uniform(20, 45), bleedWidth: rng.uniform(3, 5) },
    };
  },
  render: addBrightStar,
};

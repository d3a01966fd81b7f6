import { drawStrength } from './amplitudes.ts';
import type { Cause } from './cause.ts';
import { failedSky } from './failed-sky.ts';
import type { FailedSkyParameters } from './failed-sky.ts';

/** The sky subtraction failed, so that detections are far from what the field should have. */
export const noObjects: Cause = {
  category: 'NObjects',
  events(rng) {
    const blocks = rng.chance(0.6);
    const parameters: FailedSkyParameters = {
      form: blocks ? 'blocks' : 'eaten',
      mesh: Math.round(blocks ? rng.logUniform(24, 128) : rng.logUniform(5, 12)),
      level: drawStrength(rng, 'sky blocks'),
      share: rng.uniform(0.25, 1),
      seed: rng.uint32(),
    };
    return [{ className: failedSky.className, ccd: null, parameters }];
  },
  zeroPointLoss: [0.02, 0.1],
  zeroPointMissing: 0.1,
};

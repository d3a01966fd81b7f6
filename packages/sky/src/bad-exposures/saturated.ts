import { drawStrength } from './amplitudes.ts';
import type { Cause } from './cause.ts';
import { illumination } from './illumination.ts';
import type { IlluminationParameters } from './illumination.ts';

/** Electrons an ADU, about. */
const gain = 4;

/** Twilight or a moon beside the field: 20,000 to 60,000 ADU of sky, few stars, clipped, and the instrument's concentric response. */
export const saturated: Cause = {
  category: 'Saturated',
  conditions(rng, draft) {
    const skyLevel = gain * drawStrength(rng, 'twilight sky');
    const exposureSeconds = rng.chance(0.6) ? Math.round(rng.logUniform(5, 60)) : draft.exposureSeconds;
    return { ...draft, skyLevel, exposureSeconds };
  },
  events(start) {
    const rng = start.fork('light');
    const parameters: IlluminationParameters = {
      form: 'rings',
      amplitude: drawStrength(rng, 'instrument response'),
      period: rng.uniform(0.6, 1.6),
      power: rng.uniform(1, 2),
      phase: rng.uniform(0, 2 * Math.PI),
    };
    return [{ className: illumination.className, ccd: null, parameters }];
  },
  zeroPointLoss: [0.1, 0.2],
  zeroPointMissing: 0.3,
};

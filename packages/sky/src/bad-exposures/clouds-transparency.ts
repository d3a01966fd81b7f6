import { drawStrength } from './amplitudes.ts';
import type { Cause } from './cause.ts';
import { illumination } from './illumination.ts';
import type { IlluminationParameters } from './illumination.ts';

/**
 * Clouds: the zero point falls by 0.3 to 3 mag, patchy over 0.1 to 1° (a twentieth to nearly the whole of the field's radius), and moonlight
 * on them makes the sky uneven.
 */
export const cloudsTransparency: Cause = {
  category: 'Clouds_transparency',
  conditions(rng, draft, radius) {
    const extinction = drawStrength(rng, 'cloud extinction');
    const patchiness = drawStrength(rng, 'cloud patchiness');
    const clouds = { extinction, patchiness, scale: radius * rng.logUniform(0.09, 0.9), seed: rng.uint32() };
    // Clouds are lit by the moon and the towns.
    return { ...draft, clouds, skyLevel: draft.skyLevel * rng.uniform(1, 1.8) };
  },
  events(start) {
    const rng = start.fork('light');
    const parameters: IlluminationParameters = {
      form: 'patches',
      amplitude: drawStrength(rng, 'cloud glow'),
      scale: rng.logUniform(0.09, 0.9),
      seed: rng.uint32(),
    };
    return [{ className: illumination.className, ccd: null, parameters }];
  },
  zeroPointLoss: [0, 0.05],
  zeroPointMissing: 0.04,
};

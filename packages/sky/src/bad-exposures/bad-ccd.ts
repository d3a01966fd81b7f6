import { drawStrength } from './amplitudes.ts';
import { brokenCcd } from './broken-ccd.ts';
import type { BrokenCcdParameters } from './broken-ccd.ts';
import type { Cause } from './cause.ts';

/** One to three CCDs, or amplifiers of them, dead, flat, noisy or of a wrong gain. */
export const badCcd: Cause = {
  category: 'Bad_CCD',
  events(rng, plan) {
    const { ccds, skyLevel, skyRms } = plan.context;
    const left = ccds.map(({ name }) => name);
    const count = Math.min(left.length, rng.pick([1, 1, 2, 3]));
    const form = rng.pick(['dead', 'flat', 'noisy', 'gain'] as const);
    return Array.from({ length: count }, () => {
      const [name] = left.splice(rng.integer(0, left.length - 1), 1);
      // A wrong gain of both amplifiers is a matter of calibration: no one sees it.
      const side = form === 'gain' || rng.chance(0.5) ? rng.pick(['left', 'right'] as const) : 'both';
      const level = {
        dead: rng.uniform(-40, 200),
        flat: skyLevel * rng.uniform(0.2, 1.5),
        noisy: drawStrength(rng, 'noisy amplifier'),
        gain: rng.sign() * drawStrength(rng, 'amplifier gain'),
      }[form];
      const noise = rng.chance(0.3) ? 0 : skyRms * rng.logUniform(0.05, 0.7);
      const parameters: BrokenCcdParameters = { form, side, level, noise, seed: rng.uint32() };
      return { className: brokenCcd.className, ccd: name, parameters };
    });
  },
};

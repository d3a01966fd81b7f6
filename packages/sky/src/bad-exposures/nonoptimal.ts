import { drawStrength } from './amplitudes.ts';
import type { Cause } from './cause.ts';
import { exposedFor, exposureFactor, secondsFor } from './draft.ts';

/** Electrons a pixel of the brightest sky that is not yet a saturated exposure. */
const brightest = 60_000;

/**
 * Shallow: an exposure factor below 0.3 by a short exposure, a bright sky or air that is not clear, while pixels look normal. It needs the
 * exposure time, the zero point and the sky to be seen.
 */
export const nonoptimal: Cause = {
  category: 'Nonoptimal_exp',
  conditions(rng, draft) {
    const factor = drawStrength(rng, 'exposure factor');
    const cause = rng.uniform();
    if (cause < 0.25) {
      // Sky in place of time.
      const skyLevel = (draft.skyLevel * exposureFactor(draft)) / factor;
      draft = { ...draft, skyLevel: Math.min(brightest, skyLevel) };
    } else if (cause < 0.45) {
      const transparency = draft.transparency * Math.sqrt(factor / exposureFactor(draft));
      draft = { ...draft, transparency: Math.max(0.25, transparency) };
    }
    const seconds = secondsFor(factor, draft);
    // Whole seconds, as everybody's.
    return exposedFor(Math.max(1, Math.min(draft.exposureSeconds, Math.floor(seconds))), draft);
  },
};

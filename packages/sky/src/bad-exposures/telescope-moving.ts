import { guiding } from '../artifacts/guiding.ts';
import { drawStrength } from './amplitudes.ts';
import type { Cause } from './cause.ts';
import { trackEvent } from './point-spread.ts';

const drifting = 0.3;

/** The telescope moved: two images of every source with one offset and one ratio of their light, or a drift. */
export const telescopeMoving: Cause = {
  category: 'Telescope_Moving',
  conditions(rng, draft) {
    if (rng.chance(drifting)) return draft;
    const offset = drawStrength(rng, 'second image');
    const angle = rng.uniform(0, 2 * Math.PI);
    const share = rng.uniform(0.5, 0.85);
    const dx = offset * Math.cos(angle);
    const dy = offset * Math.sin(angle);
    // Half of the offset to either side, so that stars from beyond the edge come in as others leave.
    return {
      ...draft,
      images: [
        { dx: dx / 2, dy: dy / 2, share },
        { dx: -dx / 2, dy: -dy / 2, share: 1 - share },
      ],
    };
  },
  events(rng, plan) {
    // The same first draw as above.
    if (!rng.chance(drifting)) return [];
    return [trackEvent(guiding.draw(rng, plan.context), drawStrength(rng, 'drift'), 'line')];
  },
  zeroPointLoss: [0.2, 0.2],
  zeroPointMissing: 0.05,
};

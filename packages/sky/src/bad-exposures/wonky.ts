import { verticalStripes } from '../artifacts/vertical-stripes.ts';
import { wavySky } from '../artifacts/wavy-sky.ts';
import { focalPlaneRadius } from '../focal-plane.ts';
import type { PlannedEvent } from '../plan.ts';
import { drawStrength } from './amplitudes.ts';
import type { Cause } from './cause.ts';
import { illumination } from './illumination.ts';
import type { IlluminationParameters } from './illumination.ts';
import { shearedRows } from './sheared-rows.ts';

/** What fits nowhere else: mostly rings about the optical axis, else something in the beam, waves, grain, rows out of step. */
export const wonky: Cause = {
  category: 'Wonky',
  events(rng, plan) {
    const kind = rng.uniform();
    if (kind < 0.6) {
      return light({
        form: 'rings',
        amplitude: drawStrength(rng, 'illumination rings'),
        period: rng.logUniform(0.1, 0.4),
        power: rng.uniform(0.9, 1.6),
        phase: rng.uniform(0, 2 * Math.PI),
      });
    }
    if (kind < 0.72) {
      // Its edge passes over one of the CCDs.
      const place = rng.pick(plan.context.ccds);
      const angle = rng.uniform(0, 2 * Math.PI);
      const radius = focalPlaneRadius(plan.width, plan.height);
      return light({
        form: 'shadow',
        left: rng.uniform(0.2, 0.85),
        angle,
        distance: (place.centreX * Math.cos(angle) + place.centreY * Math.sin(angle)) / radius,
        // from a knife's edge on the CCD to a slope over several
        softness: (rng.logUniform(0.05, 1) * plan.width) / radius,
      });
    }
    if (kind < 0.8) {
      const parameters = { step: rng.integer(1, 6), every: rng.integer(1, 8) };
      return [{ className: shearedRows.className, ccd: null, parameters }];
    }
    const peak = drawStrength(rng, 'odd pattern');
    if (kind < 0.9) {
      const parameters = { ...wavySky.draw(rng, plan.context), peak };
      return [{ className: wavySky.className, ccd: null, parameters }];
    }
    return plan.context.ccds.map(({ name }, i) => ({
      className: verticalStripes.className,
      ccd: name,
      parameters: { ...verticalStripes.draw(rng.fork(`ccd ${i}`), plan.context), peak },
    }));
  },
};

function light(parameters: IlluminationParameters): PlannedEvent[] {
  return [{ className: illumination.className, ccd: null, parameters }];
}

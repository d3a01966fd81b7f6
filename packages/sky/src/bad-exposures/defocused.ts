import { outOfFocus } from '../artifacts/out-of-focus.ts';
import { drawStrength } from './amplitudes.ts';
import type { Cause } from './cause.ts';

/** Donuts for stars, on one side of the field worse than on the other. */
export const defocused: Cause = {
  category: 'Out_of_focus',
  events(rng, plan) {
    const drawn = outOfFocus.draw(rng, plan.context);
    const diameter = drawStrength(rng, 'defocus');
    const scale = diameter / drawn.diameter;
    const parameters = { ...drawn, diameter, tiltX: drawn.tiltX * scale, tiltY: drawn.tiltY * scale };
    return [{ className: outOfFocus.className, ccd: null, parameters }];
  },
  zeroPointLoss: [0.15, 0.15],
  zeroPointMissing: 0.08,
};

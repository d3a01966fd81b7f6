import { guiding } from '../artifacts/guiding.ts';
import { pixelScaleArcsec } from '../focal-plane.ts';
import type { PlannedEvent } from '../plan.ts';
import { drawStrength } from './amplitudes.ts';
import type { Cause } from './cause.ts';

/** The point-spread function as no model has it: seeing above 2″, ellipticity above 0.2 on all CCDs, trailed or double within a star. */
export const pointSpread: Cause = {
  category: 'PSF',
  conditions(rng, draft) {
    const form = rng.pick(forms);
    if (form === 'seeing') return { ...draft, fwhmPixels: drawStrength(rng, 'seeing') / pixelScaleArcsec };
    return form === 'ellipticity' ? { ...draft, ellipticity: drawStrength(rng, 'ellipticity') } : draft;
  },
  events(rng, plan) {
    // The same first draw as above: one form an exposure.
    const form = rng.pick(forms);
    if (form !== 'trailed' && form !== 'double') return [];
    const length = drawStrength(rng, form === 'trailed' ? 'trail' : 'double image');
    return [
      trackEvent(guiding.draw(rng, plan.context), length, form === 'trailed' ? rng.pick(tracks) : 'double'),
    ];
  },
  zeroPointLoss: [0.05, 0.05],
  zeroPointMissing: 0.03,
};

const forms = ['seeing', 'seeing', 'ellipticity', 'trailed', 'double'] as const;
const tracks = ['line', 'hook'] as const;

/** A track of every star, of another length and form than drawn. */
export function trackEvent(
  drawn: ReturnType<typeof guiding.draw>,
  length: number,
  form: (typeof drawn)['form'],
): PlannedEvent {
  return { className: guiding.className, ccd: null, parameters: { ...drawn, length, form } };
}

import { readoutNoise } from '../artifacts/readout-noise.ts';
import { drawStrength } from './amplitudes.ts';
import type { Cause } from './cause.ts';

/** The backplane, 0 to 5, that reads a CCD: three on each half of the focal plane, about ten neighbours in the order of their names each. */
export function backplaneOf(ccd: string): number {
  const third = Math.min(2, Math.floor((Number(ccd.slice(1)) - 1) / 10));
  return (ccd.startsWith('N') ? 3 : 0) + third;
}

/** One backplane's CCDs with one coherent banding; the rest are fine. */
export const backplaneNoise: Cause = {
  category: 'Noise',
  events(rng, plan) {
    const { ccds } = plan.context;
    const backplane = backplaneOf(rng.pick(ccds).name);
    let drawn = readoutNoise.draw(rng, plan.context);
    while (drawn.form !== 'stripes') drawn = readoutNoise.draw(rng, plan.context);
    const parameters = { ...drawn, peak: drawStrength(rng, 'banding') };
    return ccds
      .filter(({ name }) => backplaneOf(name) === backplane)
      .map(({ name }) => ({ className: readoutNoise.className, ccd: name, parameters }));
  },
};

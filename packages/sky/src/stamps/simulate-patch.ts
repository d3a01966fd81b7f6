import { stream } from '../streams.ts';
import { classOfStamp } from './classes.ts';
import type { StampMix } from './classes.ts';
import { cutStamp } from './cut-stamp.ts';
import type { Stamp } from './cut-stamp.ts';
import { planPatch } from './plan-patch.ts';
import { renderReference, renderScience } from './render-patch.ts';
import { subtractPatch } from './subtract-patch.ts';

/** Stamps that one patch of sky gives. */
export const stampsOfPatch = 40;

export interface PatchOptions {
  /** Seed of the set; patch p has the seed `seed + p`. */
  readonly seed: number;
  readonly patch: number;
  readonly mix?: StampMix | undefined;
  /** Side of a stamp, pixels, odd; default 63. */
  readonly side?: number | undefined;
}

/**
 * The stamps `patch · 40 … patch · 40 + 39` of a set. They share their sky, so that they belong on one side of a split.
 * @throws RangeError for a side that is even or not from 21 to 127
 */
export function simulatePatch({ seed, patch, mix, side = 63 }: PatchOptions): readonly Stamp[] {
  if (!Number.isInteger(side) || side % 2 === 0 || side < 21 || side > 127)
    throw new RangeError(`simulatePatch: side = ${side}; it must be an odd number from 21 to 127`);
  const own = seed + patch;
  const classes = Array.from({ length: stampsOfPatch }, (_, i) =>
    classOfStamp(patch * stampsOfPatch + i, mix),
  );
  for (let attempt = 0; attempt < 20; attempt++) {
    // another sky where no kernel could be fitted on the first
    const plan = planPatch(attempt === 0 ? own : stream(own, 'again', attempt).uint32(), classes);
    const subtracted = subtractPatch(
      renderScience(plan),
      renderReference(plan),
      plan.science.psf,
      plan.maskReach,
    );
    if (subtracted === null) continue;
    const centring = stream(own, 'centring');
    return plan.planted.map((one) => {
      const stamp = cutStamp(plan, subtracted, one, side, centring);
      return { ...stamp, row: { ...stamp.row, group: own } };
    });
  }
  throw new RangeError(`simulatePatch: no sky of seed ${own} has stars enough; choose another seed`);
}

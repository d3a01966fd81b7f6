import { backplaneNoise } from './backplane-noise.ts';
import { badCcd } from './bad-ccd.ts';
import { badCategories } from './categories.ts';
import type { BadCategory } from './categories.ts';
import type { Cause } from './cause.ts';
import { cloudsTransparency } from './clouds-transparency.ts';
import { defocused } from './defocused.ts';
import { ghostScatter } from './ghost-scatter.ts';
import { noObjects } from './no-objects.ts';
import { nonoptimal } from './nonoptimal.ts';
import { pointSpread } from './point-spread.ts';
import { saturated } from './saturated.ts';
import { telescopeMoving } from './telescope-moving.ts';
import { wonky } from './wonky.ts';

/** In the order of the categories. */
const causes: readonly Cause[] = [
  cloudsTransparency,
  pointSpread,
  ghostScatter,
  nonoptimal,
  noObjects,
  defocused,
  telescopeMoving,
  backplaneNoise,
  badCcd,
  saturated,
  wonky,
];

export function causeOf(category: BadCategory): Cause {
  return causes.find((cause) => cause.category === category)!;
}

/** Forms of one thing, of which an exposure has one at most. */
const alike: readonly (readonly BadCategory[])[] = [
  ['PSF', 'Out_of_focus', 'Telescope_Moving'],
  ['Clouds_transparency', 'Nonoptimal_exp'],
];

/** What cannot be told any more where another thing is wrong. */
const hidden: Readonly<Partial<Record<BadCategory, readonly BadCategory[]>>> = {
  Saturated: badCategories.filter((name) => name !== 'Noise' && name !== 'Bad_CCD'),
  NObjects: ['PSF', 'Ghost_Scatter', 'Out_of_focus', 'Telescope_Moving', 'Noise', 'Wonky'],
};

/** Whether both can be told on one exposure. */
export function goTogether(a: BadCategory, b: BadCategory): boolean {
  if (a === b || alike.some((group) => group.includes(a) && group.includes(b))) return false;
  return !(hidden[a]?.includes(b) ?? false) && !(hidden[b]?.includes(a) ?? false);
}

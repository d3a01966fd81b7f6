/**
 * What is wrong with an exposure, in the order that models answer in: the categories of the DECaLS lists of bad exposures, `Good` first.
 * An exposure may have several, `Good` only alone.
 */
export const exposureCategories = [
  'Good',
  'Clouds_transparency',
  'PSF',
  'Ghost_Scatter',
  'Nonoptimal_exp',
  'NObjects',
  'Out_of_focus',
  'Telescope_Moving',
  'Noise',
  'Bad_CCD',
  'Saturated',
  'Wonky',
] as const;

export type ExposureCategory = (typeof exposureCategories)[number];

/** What can be wrong: all but `Good`. */
export type BadCategory = Exclude<ExposureCategory, 'Good'>;

export const badCategories: readonly BadCategory[] = exposureCategories.filter((name) => name !== 'Good');

/**
 * The ten classes of the SDSS supernova search's hand scan (Sako et al. 2008, AJ 135, 348; du Buisson et al. 2015, MNRAS 454, 2026, table 1),
 * and how they map on three and on two.
 */
export const stampClasses = [
  ...(['artifact', 'dipole', 'saturated star', 'moving', 'variable', 'transient'] as const),
  ...(['SN other', 'SN bronze', 'SN silver', 'SN gold'] as const),
] as const;
export type StampClass = (typeof stampClasses)[number];

/** What a person sees at first sight. */
export const visualClasses = ['artifact', 'dipole/saturated', 'real'] as const;
export type VisualClass = (typeof visualClasses)[number];

export interface StampClassProperties {
  readonly visual: VisualClass;
  /** Whether something changed on the sky. */
  readonly real: boolean;
  /** Share of the stamps of a set unless others are asked for; half of all are real. */
  readonly share: number;
  readonly meaning: string;
}

export const stampClassProperties: Readonly<Record<StampClass, StampClassProperties>> = {
  artifact: {
    ...{ visual: 'artifact', real: false, share: 0.26 },
    meaning: 'residual of a problem in an image: charge, optics, detector, a kernel that does not fit',
  },
  dipole: {
    ...{ visual: 'dipole/saturated', real: false, share: 0.14 },
    meaning: 'positive and negative residual of a source that lies elsewhere in the reference',
  },
  'saturated star': {
    ...{ visual: 'dipole/saturated', real: false, share: 0.1 },
    meaning: 'residual of a star that saturates the detector',
  },
  moving: {
    ...{ visual: 'real', real: true, share: 0.07 },
    meaning: 'asteroid: no counterpart in the reference, mostly trailed',
  },
  variable: {
    ...{ visual: 'real', real: true, share: 0.1 },
    meaning: 'star in both images, brighter or fainter than it was',
  },
  transient: {
    ...{ visual: 'real', real: true, share: 0.06 },
    meaning: 'point source without motion and without a host in the reference',
  },
  'SN other': {
    ...{ visual: 'real', real: true, share: 0.04 },
    meaning: 'supernova that fits none of the next: far out in its host, or blended with a star',
  },
  'SN bronze': {
    ...{ visual: 'real', real: true, share: 0.08 },
    meaning: 'point source on the nucleus of a galaxy: supernova or active nucleus',
  },
  'SN silver': {
    ...{ visual: 'real', real: true, share: 0.05 },
    meaning: 'supernova two magnitudes or more brighter than its host, which is barely seen',
  },
  'SN gold': {
    ...{ visual: 'real', real: true, share: 0.1 },
    meaning: 'supernova on its host, off the nucleus',
  },
};

/** Shares of classes in a set; they need not sum to 1. */
export type StampMix = Readonly<Partial<Record<StampClass, number>>>;

export const defaultStampMix: StampMix = Object.fromEntries(
  stampClasses.map((name) => [name, stampClassProperties[name].share]),
);

/** Fractions of the golden ratio fill an interval evenly from wherever one begins: shares hold in every part of a set. */
const golden = (Math.sqrt(5) - 1) / 2;

/**
 * The class of stamp `index` of a set, by its shares alone.
 * @throws RangeError where no share is above 0, or one is below or not finite
 */
export function classOfStamp(index: number, mix: StampMix = defaultStampMix): StampClass {
  const entries = stampClasses.map((name) => [name, mix[name] ?? 0] as const);
  const bad = entries.find(([, share]) => !(share >= 0 && share < Infinity));
  const sum = entries.reduce((total, [, share]) => total + share, 0);
  if (bad !== undefined || !(sum > 0))
    throw new RangeError(
      `classOfStamp: the share of ${bad?.[0] ?? 'every class'} is ${bad?.[1] ?? 0}; give shares of 0 or more, one of them above`,
    );
  let left = ((0.5 + index * golden) % 1) * sum;
  const shown = entries.filter(([, share]) => share > 0);
  return (shown.find(([, share]) => (left -= share) < 0) ?? shown[shown.length - 1])[0];
}

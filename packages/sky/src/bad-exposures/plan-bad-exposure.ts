import type { Band } from '../bands.ts';
import { bandProperties, bands } from '../bands.ts';
import { artifactModels } from '../artifacts/index.ts';
import { fringing } from '../artifacts/fringing.ts';
import { focalPlaneRadius } from '../focal-plane.ts';
import { planExposure } from '../plan.ts';
import type { ExposurePlan, PlannedEvent } from '../plan.ts';
import type { Rng } from '../rng.ts';
import { stream } from '../streams.ts';
import { badCategories, exposureCategories } from './categories.ts';
import type { BadCategory, ExposureCategory } from './categories.ts';
import type { Cause } from './cause.ts';
import { causeOf, goTogether } from './causes.ts';
import { extinctionOf } from './conditions.ts';
import type { ExposureDraft } from './draft.ts';
import { goodDraft } from './draft.ts';

/** How often each category is drawn relative to the others; 0 where it is not named. */
export type CategoryMix = Readonly<Partial<Record<ExposureCategory, number>>>;

/** Four good exposures for each of a bad category. */
export const defaultCategoryMix: CategoryMix = Object.fromEntries(
  exposureCategories.map((name) => [name, name === 'Good' ? 4 : 1]),
);

export interface BadExposureOptions {
  /** Non-negative integer. Seeds from 900000 are for tests alone. */
  readonly seed: number;
  readonly mix?: CategoryMix;
  /** Share of bad exposures with a second category (default 0.15), where one goes with the first. */
  readonly several?: number;
  /** As of `planExposure`; 4 CCDs of 2046 × 4094 by default. */
  readonly ccds?: number | readonly string[];
  readonly width?: number;
  readonly height?: number;
  readonly band?: Band;
}

export interface BadExposurePlan {
  readonly plan: ExposurePlan;
  /** `Good` alone, or what is wrong, in the order of the categories. */
  readonly reasons: readonly ExposureCategory[];
}

/** Artifacts of single CCDs that good and bad exposures have alike; what makes an exposure bad is not among them. */
const everyday = new Set([
  ...['Satellite', 'Cosmic ray', 'Bleed trail', 'Edge-bleed', 'Bad column', 'Cross-talk', 'Column mask'],
  ...['Tape bump', 'Tree rings', 'Dark rim', 'Anti-bleed', 'A/B jump'],
]);
const everydayWeights = Object.fromEntries(
  artifactModels.map(({ className }) => [className, everyday.has(className) ? 1 : 0]),
);
/** Share of exposures, and of CCDs, with none of them: the root of it. */
const cleanFraction = 0.6;
/** Electrons an ADU, about: each CCD has its own. */
const nominalGain = 4;

/**
 * Draws an exposure as inspectors of a survey see them: good, or bad in one or two of eleven ways. Conditions (band, seeing, moon, crowding,
 * fringes in z and Y, everyday artifacts) are drawn first and alike for all, so that they tell nothing; the categories change them.
 * The same seed gives the same exposure, its sky the same whatever the category.
 * @throws RangeError for weights without one above 0, or as `planExposure`
 */
export function planBadExposure(options: BadExposureOptions): BadExposurePlan {
  const { seed, width = 2046, height = 4094, ccds = 4 } = options;
  const reasons = drawReasons(options);
  const causes = reasons.filter((name) => name !== 'Good').map(causeOf);
  const rng = stream(seed, 'exposure conditions');
  const band = options.band ?? rng.pick(bands);
  const airmass = 1 + Math.abs(rng.normal(0, 0.35));
  const radius = focalPlaneRadius(width, height);
  let draft = goodDraft(rng.fork('draft'), band, airmass);
  for (const cause of causes)
    draft = cause.conditions?.(stream(seed, 'cause', cause.category), draft, radius) ?? draft;
  const planned = planExposure({
    ...{ seed, ccds, width, height, band },
    exposureSeconds: draft.exposureSeconds,
    fwhmPixels: draft.fwhmPixels,
    skyLevel: draft.skyLevel,
    transparency: draft.transparency,
    starDensity: draft.starDensity,
    artifacts: 'random',
    classWeights: everydayWeights,
    cleanFraction,
    skySubtracted: false,
    pipeline: 'community',
  });
  const events: PlannedEvent[] = [...planned.events, ...fringes(rng.fork('fringes'), planned)];
  for (const cause of causes)
    events.push(...(cause.events?.(stream(seed, 'cause', cause.category), planned) ?? []));
  const psf = draft.ellipticity === null ? planned.psf : stretched(rng, planned, draft.ellipticity);
  const conditions = {
    clouds: draft.clouds,
    images: draft.images,
    airmass,
    zeroPoint: measuredZeroPoint(stream(seed, 'zero point'), planned, draft, causes),
  };
  return { plan: { ...planned, psf, events, conditions }, reasons };
}

function drawReasons({
  seed,
  mix = defaultCategoryMix,
  several = 0.15,
}: BadExposureOptions): ExposureCategory[] {
  const weightOf = (name: ExposureCategory) => mix[name] ?? 0;
  const total = exposureCategories.reduce((sum, name) => sum + weightOf(name), 0);
  if (!(total > 0 && total < Infinity) || exposureCategories.some((name) => weightOf(name) < 0))
    throw new RangeError('planBadExposure: the weights of categories must be 0 or more, and one above 0');
  const rng = stream(seed, 'category');
  let at = rng.uniform(0, total);
  const first = exposureCategories.find((name) => (at -= weightOf(name)) < 0) ?? 'Good';
  if (first === 'Good') return ['Good'];
  const others = badCategories.filter((name) => weightOf(name) > 0 && goTogether(first, name));
  if (!rng.chance(several) || others.length === 0) return [first];
  const both: readonly BadCategory[] = [first, rng.pick(others)];
  return badCategories.filter((name) => both.includes(name));
}

/** Fringes are good, and strongest in Y: a hard negative. */
function fringes(rng: Rng, { context }: ExposurePlan): PlannedEvent[] {
  const share = { g: 0, r: 0, i: 0, z: 0.4, Y: 0.85 }[context.band];
  if (!rng.chance(share)) return [];
  const peak = rng.logUniform(0.1, context.band === 'Y' ? 2 : 1);
  const parameters = { ...fringing.draw(rng, context), peak };
  return [{ className: fringing.className, ccd: null, parameters }];
}

/** The point-spread function with this 1 − b/a, on all CCDs. */
function stretched(rng: Rng, { psf }: ExposurePlan, ellipticity: number): ExposurePlan['psf'] {
  const e = ellipticity / (2 - ellipticity);
  const angle = rng.fork('ellipticity').uniform(0, 2 * Math.PI);
  return { ...psf, e1: e * Math.cos(angle), e2: e * Math.sin(angle) };
}

/**
 * The zero point as a pipeline measures it from stars in its apertures: of the exposure as a whole, with scatter, clouds in it, sometimes missing. So it is a
 * second witness, and not the answer.
 */
function measuredZeroPoint(
  rng: Rng,
  { context, transparency }: ExposurePlan,
  { clouds, images }: ExposureDraft,
  causes: readonly Cause[],
): number | null {
  const missing = causes.reduce((most, cause) => Math.max(most, cause.zeroPointMissing ?? 0), 0.01);
  if (rng.chance(missing)) return null;
  const extinction = clouds === null ? () => 0 : extinctionOf(clouds);
  const { ccds } = context;
  const veiled =
    ccds.reduce((sum, { centreX, centreY }) => sum + extinction(centreX, centreY), 0) / ccds.length;
  // Two images far apart are two stars, each fainter than it is.
  const split = images.length === 0 ? 0 : 0.5;
  const scatter = 0.02 + 0.1 * (clouds === null ? 0 : clouds.patchiness * clouds.extinction) + 0.1 * split;
  const lost = causes.reduce((sum, { zeroPointLoss: loss = [0, 0] }) => {
    return sum + Math.max(0, rng.normal(loss[0], loss[1]));
  }, 0);
  const clear = bandProperties[context.band].zeroPoint - 2.5 * Math.log10(nominalGain);
  return clear + 2.5 * Math.log10(transparency) - veiled - lost - split + rng.normal(0, scatter);
}

import type { Band } from '../bands.ts';
import { drawSkyLevel } from '../bands.ts';
import { pixelScaleArcsec } from '../focal-plane.ts';
import { nominalReadNoise } from '../plan.ts';
import type { Rng } from '../rng.ts';
import type { Clouds, SourceImage } from './conditions.ts';

/** Telescope, sky and exposure before anything is drawn on it. What befalls an exposure changes this, or adds events later. */
export interface ExposureDraft {
  readonly band: Band;
  readonly exposureSeconds: number;
  readonly fwhmPixels: number;
  /** 1 − b/a of the stars; null: as telescopes deliver. */
  readonly ellipticity: number | null;
  /** Sky, electrons a pixel in the whole exposure. */
  readonly skyLevel: number;
  /** Sky of a dark night in 90 s, electrons a pixel. */
  readonly darkSky: number;
  readonly transparency: number;
  readonly starDensity: number;
  readonly clouds: Clouds | null;
  readonly images: readonly SourceImage[];
}

/** Wide-survey exposures, as `depthFactor` of @blemish/imaging takes them. */
const nominalSeconds = 90;
const nominalFwhmPixels = 0.9 / pixelScaleArcsec;
/** What observers can still add to an exposure in bad conditions, and the least they give in good ones, seconds. */
const secondsRange = [40, 250] as const;
/** Extinction by clear air, mag an airmass. */
const clearAir: Readonly<Record<Band, number>> = { g: 0.17, r: 0.09, i: 0.06, z: 0.06, Y: 0.06 };

/**
 * Exposure factor: effective over nominal exposure time, transparency² × (FWHM₀ / FWHM)² × (dark sky / sky) × t / 90 s, read noise counted as sky (the
 * `depthFactor` of @blemish/imaging).
 */
export function exposureFactor(draft: Omit<ExposureDraft, 'clouds' | 'images'>): number {
  const { exposureSeconds, fwhmPixels, skyLevel, darkSky, transparency } = draft;
  const read = nominalReadNoise ** 2;
  const signal = transparency * (exposureSeconds / nominalSeconds);
  return signal ** 2 * (nominalFwhmPixels / fwhmPixels) ** 2 * ((darkSky + read) / (skyLevel + read));
}

/** Exposure time that gives this factor, all else being as in the draft; the sky grows with it. Not limited to what observers would give. */
export function secondsFor(factor: number, draft: ExposureDraft): number {
  const rate = draft.skyLevel / draft.exposureSeconds;
  let seconds = draft.exposureSeconds;
  // Sky-limited exposures gain in proportion to time, so that a few steps meet the factor.
  for (let k = 0; k < 12; k++)
    seconds *= Math.sqrt(
      factor / exposureFactor({ ...draft, exposureSeconds: seconds, skyLevel: rate * seconds }),
    );
  return seconds;
}

/** The draft at another exposure time. */
export function exposedFor(seconds: number, draft: ExposureDraft): ExposureDraft {
  return {
    ...draft,
    exposureSeconds: seconds,
    skyLevel: (draft.skyLevel / draft.exposureSeconds) * seconds,
  };
}

/**
 * A good exposure, some of them hard to tell from bad ones: seeing up to 1.8″, veils of less than 0.1 mag, crowded fields, a moon that
 * doubles the sky; observers choose the time by what the conditions are.
 */
export function goodDraft(rng: Rng, band: Band, airmass: number): ExposureDraft {
  const darkSky = drawSkyLevel(rng, band, nominalReadNoise);
  const fwhmPixels = Math.min(
    1.8 / pixelScaleArcsec,
    Math.max(2.9, Math.exp(rng.normal(Math.log(4.2), 0.22))),
  );
  const moon = rng.logUniform(0.8, 2);
  const veil = rng.chance(0.3) ? rng.uniform(0, 0.1) : Math.abs(rng.normal(0, 0.015));
  const crowded = rng.chance(0.15);
  const starDensity = crowded ? rng.logUniform(4, 15) : Math.exp(rng.normal(0.1, 0.6));
  const draft: ExposureDraft = {
    band,
    exposureSeconds: nominalSeconds,
    fwhmPixels,
    ellipticity: null,
    skyLevel: moon * darkSky,
    darkSky,
    transparency: 10 ** (-0.4 * (veil + clearAir[band] * (airmass - 1))),
    starDensity,
    clouds: null,
    images: [],
  };
  const seconds = secondsFor(rng.logUniform(0.6, 1.4), draft);
  const [least, most] = secondsRange;
  return exposedFor(Math.round(Math.min(most, Math.max(least, seconds))), draft);
}

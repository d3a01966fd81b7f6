import { stream } from '../streams.ts';
import { drawCadence } from './cadence.ts';
import type { ReadoutChannel } from './camera.ts';
import type { Rng } from '../rng.ts';

/** One exposure of a field: what all objects on it share. */
export interface FieldExposure {
  readonly mjd: number;
  /** FWHM of stars, pixels. */
  readonly fwhmPixels: number;
  /** Which of the few elongations of the PSF. */
  readonly elongation: number;
  /** DN. */
  readonly skyLevel: number;
  /** Share of the light that clouds let through. */
  readonly transparency: number;
  /** By how much the sky lies off its usual place on the chip, pixels. */
  readonly shiftX: number;
  readonly shiftY: number;
}

export interface Field {
  readonly number: number;
  /** Centre, degrees. */
  readonly ra: number;
  readonly dec: number;
  /** Stars over the counts at intermediate galactic latitude. */
  readonly starDensity: number;
  readonly exposures: readonly FieldExposure[];
  /** Readout channels on which objects of the field are. */
  readonly channels: readonly ReadoutChannel[];
}

/** Numbers of the simulated fields: few enough that each has many objects. */
export const fieldNumbers: readonly number[] = Array.from({ length: 40 }, (_, i) => 240 + 16 * i);
const channelsOfField = 4;
/** Pixels by which no pointing is further off. */
export const greatestShift = 200;
/** Elongations of the PSF that are told apart. */
export const elongations = 4;

/** Channels of a field, without drawing its exposures. */
export function fieldChannels(number: number): readonly ReadoutChannel[] {
  const rng = stream(number, 'channels');
  const all = Array.from({ length: 64 }, (_, i) => ({ ccd: (i >> 2) + 1, quadrant: (i & 3) + 1 }));
  return Array.from({ length: channelsOfField }, () => all.splice(rng.integer(0, all.length - 1), 1)[0]);
}

/**
 * A field: a function of its number and `medianFrames` alone, so that all objects of a field share its times, seeing, sky, clouds and
 * pointings as they do in a survey, and folds grouped by field mean something.
 * The number of exposures is lognormal about the median (σ 0.55, as the real objects' is), from 6 to 9999.
 */
export function drawField(number: number, medianFrames: number): Field {
  const rng = stream(number, 'field');
  const ra = rng.uniform(0, 360);
  const dec = rng.uniform(-25, 80);
  const starDensity = rng.logUniform(0.6, 20);
  const count = Math.min(9999, Math.max(6, Math.round(medianFrames * Math.exp(rng.normal(0, 0.55)))));
  const times = drawCadence(stream(number, 'cadence'), count);
  const conditions = stream(number, 'conditions');
  return {
    ...{ number, ra, dec, starDensity, channels: fieldChannels(number) },
    exposures: times.map((mjd) => drawExposure(conditions, mjd)),
  };
}

/**
 * Seeing about 1.9 px (1.3 at best, a tail to 5), sky from 140 DN in the dark to 1000 by a full moon, clouds in one exposure of six. Three
 * exposures of five point where the field lies within 4 px, the others within some 15 px along x and 50 along y: the spread of reference
 * coordinates of real cut-outs.
 */
function drawExposure(rng: Rng, mjd: number): FieldExposure {
  const tail = rng.chance(0.06) ? rng.uniform(0.2, 0.8) : 0;
  const fwhm = Math.min(5, Math.max(1.3, 1.9 * Math.exp(rng.normal(0, 0.15) + tail)));
  // Full moon on 31 March 2018.
  const moon = (1 + Math.cos((2 * Math.PI * (mjd - 58208.5)) / 29.5306)) / 2;
  const [spreadX, spreadY] = rng.chance(0.6) ? [4, 4] : [15, 50];
  const shift = (spread: number) => Math.max(-greatestShift, Math.min(greatestShift, rng.normal(0, spread)));
  const sky = 140 * Math.exp(rng.normal(0, 0.15)) + 700 * moon ** 2 * rng.uniform(0.2, 1.2);
  return {
    mjd,
    // In steps, so that profiles can be kept.
    fwhmPixels: Math.round(fwhm * 20) / 20,
    elongation: rng.integer(0, elongations - 1),
    skyLevel: sky,
    transparency: rng.chance(1 / 6) ? 10 ** (-0.4 * rng.uniform(0.05, 0.7)) : Math.exp(rng.normal(0, 0.02)),
    shiftX: shift(spreadX),
    shiftY: shift(spreadY),
  };
}

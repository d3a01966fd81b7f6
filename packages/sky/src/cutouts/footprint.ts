import type { Rng } from '../rng.ts';
import { stream } from '../streams.ts';
import type { CutoutSurveyName, SkyArea } from './surveys.ts';
import { cutoutSurveys } from './surveys.ts';

/** A place on a survey's footprint, degrees, and the block of sky it lies in. */
export interface SkyPlace {
  readonly ra: number;
  readonly dec: number;
  /** Name of the block: what may not be split between training and test. */
  readonly block: string;
}

/** What all cut-outs of a block of sky share, whatever the seed. */
export interface BlockSky {
  /** Seeing over the survey's median, by the nearest of {@link seeingFactors}. */
  readonly seeing: number;
  /** Noise over the survey's median. */
  readonly noise: number;
  /** Stars over the count at intermediate latitude. */
  readonly stars: number;
}

/** A few seeings stand for all, so that the profiles of stars need not be made for each cut-out. */
export const seeingFactors = [0.84, 0.9, 0.95, 1, 1.05, 1.1, 1.17, 1.25] as const;

/** Height of a block; in right ascension a block spans as many degrees on the sky as fit a whole number of blocks into a circle. */
const blockDegrees: Readonly<Record<CutoutSurveyName, number>> = { des: 5, hsc: 2 };

/** A place drawn evenly over the footprint. */
export function drawPlace(rng: Rng, survey: CutoutSurveyName): SkyPlace {
  const { areas }: { readonly areas: readonly SkyArea[] } = cutoutSurveys[survey];
  const sin = (degrees: number) => Math.sin((degrees * Math.PI) / 180);
  const sizes = areas.map(({ ra, dec }) => (ra[1] - ra[0]) * (sin(dec[1]) - sin(dec[0])));
  let at = rng.uniform(
    0,
    sizes.reduce((sum, size) => sum + size, 0),
  );
  let k = 0;
  while (k < areas.length - 1 && at >= sizes[k]) at -= sizes[k++];
  const { ra, dec } = areas[k];
  const longitude = (rng.uniform(ra[0], ra[1]) + 360) % 360;
  const latitude = (Math.asin(rng.uniform(sin(dec[0]), sin(dec[1]))) * 180) / Math.PI;
  return { ra: longitude, dec: latitude, block: blockOf(survey, longitude, latitude) };
}

/** The block of a survey's sky that a place lies in: {@link skyBlock} with the survey's name and size of block. */
export function blockOf(survey: CutoutSurveyName, ra: number, dec: number): string {
  return skyBlock(survey, ra, dec, blockDegrees[survey]);
}

/** `des-05-012`: a name, row from the south pole, number in the row from right ascension 0. Blocks are some `height` degrees on each side. */
export function skyBlock(name: string, ra: number, dec: number, height = 5): string {
  const row = Math.min(Math.ceil(180 / height) - 1, Math.floor((dec + 90) / height));
  const middle = ((row + 0.5) * height - 90) * (Math.PI / 180);
  const inRow = Math.max(1, Math.round((360 * Math.cos(middle)) / height));
  const number = Math.floor(((((ra % 360) + 360) % 360) / 360) * inRow);
  return `${name}-${String(row).padStart(2, '0')}-${String(number).padStart(3, '0')}`;
}

/** Conditions differ from block to block: a split by block is harder than one at random, as on the real sky. */
export function blockSky(block: string): BlockSky {
  const rng = stream(0, 'cutout-block', block);
  const seeing = Math.exp(rng.normal(0, 0.1));
  const nearest = seeingFactors.reduce((a, b) => (Math.abs(b - seeing) < Math.abs(a - seeing) ? b : a));
  return { seeing: nearest, noise: Math.exp(rng.normal(0, 0.08)), stars: Math.exp(rng.normal(0, 0.4)) };
}

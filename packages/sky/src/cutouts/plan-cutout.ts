import type { Rng } from '../rng.ts';
import { stream } from '../streams.ts';
import { drawArtifactOne } from './artifact-one.ts';
import { drawArtifactTwo } from './artifact-two.ts';
import { drawCirrus } from './cirrus.ts';
import { blockSky, drawPlace } from './footprint.ts';
import type { BlockSky, SkyPlace } from './footprint.ts';
import { drawLsbg } from './lsbg.ts';
import { drawField } from './neighbours.ts';
import type { CutoutTruth, Scene, SceneLight } from './scene.ts';
import type { CutoutSurveyName } from './surveys.ts';
import { cutoutPixelArcsec, cutoutSurveys } from './surveys.ts';

/** Classes of cut-outs: low-surface-brightness galaxies, DeepShadows' artifacts of type 1 and 2, and Galactic cirrus. */
export const cutoutClasses = ['lsbg', 'artifact-1', 'artifact-2', 'cirrus'] as const;
export type CutoutClass = (typeof cutoutClasses)[number];

const scenes: Readonly<Record<CutoutClass, (rng: Rng) => Scene>> = {
  lsbg: drawLsbg,
  'artifact-1': drawArtifactOne,
  'artifact-2': drawArtifactTwo,
  cirrus: drawCirrus,
};

export interface CutoutOptions {
  readonly seed: number;
  readonly survey: CutoutSurveyName;
  /** Side in pixels (default 64). */
  readonly size?: number;
  /** One of these is drawn (default galaxies and artifacts of type 2, as the paper's). */
  readonly classes?: readonly CutoutClass[];
}

/** All that is to be seen on a cut-out, before the noise. */
export interface CutoutPlan {
  readonly seed: number;
  readonly survey: CutoutSurveyName;
  readonly size: number;
  readonly label: CutoutClass;
  readonly place: SkyPlace;
  readonly sky: BlockSky;
  readonly truth: CutoutTruth;
  /** The label's own lights first. */
  readonly lights: readonly SceneLight[];
}

/**
 * Plans the cut-out of a seed. The same seed gives the same object, whichever the survey; place, field and noise are each survey's own.
 * @throws RangeError for a size below 16 or above 512, or no class
 */
export function planCutout({
  seed,
  survey,
  size = 64,
  classes = ['lsbg', 'artifact-2'],
}: CutoutOptions): CutoutPlan {
  if (!Number.isInteger(size) || size < 16 || size > 512)
    throw new RangeError(`cut-outs of ${size} pixels: give a whole number from 16 to 512`);
  if (classes.length === 0)
    throw new RangeError(`cut-outs of no class; give some of ${cutoutClasses.join(', ')}`);
  const label = stream(seed, 'cutout-class').pick(classes);
  const { truth, lights } = scenes[label](stream(seed, 'cutout-scene', label));
  const place = drawPlace(stream(seed, 'cutout-place', survey), survey);
  const sky = blockSky(place.block);
  // A little beyond the edge, for what shines in.
  const half = (size / 2) * cutoutPixelArcsec(survey) + 3;
  const field = drawField(
    stream(seed, 'cutout-field', survey),
    half,
    cutoutSurveys[survey].faintest,
    sky.stars,
  );
  return { seed, survey, size, label, place, sky, truth, lights: [...lights, ...field] };
}

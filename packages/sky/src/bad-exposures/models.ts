import { artifactModel } from '../artifact.ts';
import type { ArtifactModel } from '../artifact.ts';
import { brokenCcd } from './broken-ccd.ts';
import { failedSky } from './failed-sky.ts';
import { illumination } from './illumination.ts';
import { shearedRows } from './sheared-rows.ts';

/** What befalls exposures and is no artifact class: these have no bit in a truth plane. */
export const conditionModels: readonly ArtifactModel<unknown>[] = [
  artifactModel(illumination),
  artifactModel(brokenCcd),
  artifactModel(failedSky),
  artifactModel(shearedRows),
];

import type { Transform, TransformName } from '../transform.ts';
import { frameSummary } from './frame-summary.ts';
import { impute } from './impute.ts';
import { minMaxScale } from './min-max-scale.ts';
import { pca } from './pca.ts';
import { rankScale } from './rank-scale.ts';
import { robustScale } from './robust-scale.ts';
import { selectFeatures } from './select-features.ts';
import { standardScale } from './standard-scale.ts';
import { varianceThreshold } from './variance-threshold.ts';

/** Every transform by its name in recipes. */
export const transforms: Readonly<Partial<Record<TransformName, Transform>>> = {
  impute,
  'standard-scale': standardScale,
  'min-max-scale': minMaxScale,
  'robust-scale': robustScale,
  'rank-scale': rankScale,
  pca,
  'variance-threshold': varianceThreshold,
  'select-features': selectFeatures,
  'frame-summary': frameSummary,
};

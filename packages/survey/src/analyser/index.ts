import { loadModel } from '@blemish/engine';
import type { ThresholdChoice } from '@blemish/evaluate';
import type { CcdDescription, ExposureDescription } from '../bundle-description.ts';
import { openBundle } from '../bundle.ts';
import { SurveyError } from '../errors.ts';
import { NetworkAnalyser } from './ccd-analyser.ts';
import { openExposureModel } from '../exposure-models/index.ts';
import { chooseExposureThreshold, chooseThreshold } from './choose-threshold.ts';
import { ExposureAnalyser } from './exposure-analyser.ts';
import type { AnalyserOptions, CcdAnalyser, ThresholdOptions } from './types.ts';

export type * from './types.ts';

/**
 * Opens a bundle for analysis. One thread each: a scan's workers share the cores.
 * @throws SurveyError MODEL_NOT_FOUND, MODEL_INVALID, OPTION_INVALID
 */
export async function createAnalyser(options: AnalyserOptions): Promise<CcdAnalyser> {
  const bundle = await openBundle(options.bundlePath, 'ccd', 'exposure');
  const { description, folder } = bundle;
  const threshold = thresholdOf(description, options.thresholds);
  if (description.task === 'exposure') {
    return new ExposureAnalyser(await openExposureModel(folder, { threads: 1 }), threshold);
  }
  try {
    const model = await loadModel(bundle.network, { threads: 1 });
    return new NetworkAnalyser({ ...bundle, description }, model, threshold);
  } catch (cause) {
    throw new SurveyError('MODEL_INVALID', (cause as Error).message, { path: folder, cause });
  }
}

/** @throws SurveyError OPTION_INVALID */
function thresholdOf(
  description: CcdDescription | ExposureDescription,
  options: ThresholdOptions,
): ThresholdChoice {
  try {
    return description.task === 'ccd'
      ? chooseThreshold(description, options)
      : chooseExposureThreshold(description, options);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new SurveyError('OPTION_INVALID', cause.message, { cause });
  }
}

import { loadModel } from '@blemish/engine';
import { openBundle } from '../bundle.ts';
import { SurveyError } from '../errors.ts';
import { NetworkAnalyser } from './ccd-analyser.ts';
import { chooseThreshold } from './choose-threshold.ts';
import type { AnalyserOptions, CcdAnalyser } from './types.ts';

export type * from './types.ts';

/**
 * Opens a bundle for analysis. One thread each: a scan's workers share the cores.
 * @throws SurveyError MODEL_NOT_FOUND, MODEL_INVALID, OPTION_INVALID
 */
export async function createAnalyser(options: AnalyserOptions): Promise<CcdAnalyser> {
  const bundle = await openBundle(options.bundlePath, 'ccd');
  let threshold;
  try {
    threshold = chooseThreshold(bundle.description, options.thresholds);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new SurveyError('OPTION_INVALID', cause.message, { cause });
  }
  try {
    const model = await loadModel(bundle.network, { threads: 1 });
    return new NetworkAnalyser(bundle, model, threshold);
  } catch (cause) {
    throw new SurveyError('MODEL_INVALID', (cause as Error).message, { path: bundle.folder, cause });
  }
}

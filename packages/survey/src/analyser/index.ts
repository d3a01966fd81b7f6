import { SurveyError } from '../errors.ts';
import type { AnalyserOptions, CcdAnalyser } from './types.ts';

export type * from './types.ts';

/** @throws SurveyError MODEL_NOT_FOUND */
export function createAnalyser(options: AnalyserOptions): Promise<CcdAnalyser> {
  return Promise.reject(
    new SurveyError('MODEL_NOT_FOUND', 'no model is shipped yet', {
      path: options.bundlePath ?? undefined,
    }),
  );
}

import { SurveyError } from '../errors.ts';
import type { AnalyserOptions, CcdAnalyser, CreateAnalyser } from '../analyser/types.ts';

/** The analyser of a module that exports `createAnalyser`. @throws SurveyError MODEL_INVALID where it does not. */
export async function createAnalyserFrom(module: string, options: AnalyserOptions): Promise<CcdAnalyser> {
  const exported = (await import(module)) as { readonly createAnalyser?: CreateAnalyser };
  if (typeof exported.createAnalyser !== 'function') {
    throw new SurveyError('MODEL_INVALID', 'the module exports no createAnalyser', { path: module });
  }
  return exported.createAnalyser(options);
}
